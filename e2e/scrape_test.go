package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/conformance"
)

// scrape reads the exposition, plain and compressed, with Prometheus's parser.
// Nothing may push meanwhile: both must say the same of what was pushed.
func (g *gateway) scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	plain, err := g.exposition(t.Context(), "identity")
	if err != nil {
		t.Fatal(err)
	}
	packed, err := g.exposition(t.Context(), "gzip")
	if err != nil {
		t.Fatal(err)
	}
	families, err := conformance.ParseExposition(plain)
	if err != nil {
		t.Fatalf("exposition: %v", err)
	}
	if p, z := pushedLines(plain), pushedLines(packed); p != z {
		t.Fatalf("plain and compressed exposition differ: %d and %d bytes of pushed series", len(p), len(z))
	}
	return families
}

func (g *gateway) exposition(ctx context.Context, encoding string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	// Set by hand, so that the client does not unpack by itself and the
	// checksum at the end of the gzip stream is known to be checked.
	req.Header.Set("Accept-Encoding", encoding)
	resp, err := httpClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("scrape: want status 200, got %d: %.500s", resp.StatusCode, body)
	}
	if got := resp.Header.Get("Content-Encoding"); got != strings.TrimPrefix(encoding, "identity") {
		return nil, fmt.Errorf("scrape: asked for encoding %q, got %q", encoding, got)
	}
	if encoding != "gzip" {
		return body, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}

// pushedLines are the sample lines of groups; the gateway's own series change
// from scrape to scrape.
func pushedLines(exposition []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(exposition) {
		if bytes.Contains(line, []byte(`job="`)) {
			b.Write(line)
		}
	}
	return b.String()
}

// series returns the pushed series as name{labels} → value, the gateway's push
// times left out. Histograms and summaries count by their sample count.
func series(families map[string]*dto.MetricFamily) map[string]float64 {
	all := map[string]float64{}
	for name, mf := range families {
		if name == "push_time_seconds" || name == "push_failure_time_seconds" {
			continue
		}
		for _, m := range mf.Metric {
			if key, ok := pushedKey(m); ok {
				all[name+"{"+key+"}"] = value(m)
			}
		}
	}
	return all
}

func pushedKey(m *dto.Metric) (string, bool) {
	var parts []string
	pushed := false
	for _, l := range m.Label {
		pushed = pushed || l.GetName() == "job"
		if l.GetValue() != "" {
			parts = append(parts, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ","), pushed
}

func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	case m.Untyped != nil:
		return m.Untyped.GetValue()
	case m.Histogram != nil:
		return float64(m.Histogram.GetSampleCount())
	default:
		return float64(m.Summary.GetSampleCount())
	}
}
