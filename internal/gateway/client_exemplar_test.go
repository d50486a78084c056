package gateway

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	client "github.com/headgate/headgate/push"
	"github.com/headgate/headgate/push/labels"
)

// scrapeAs asks for a format of the metrics page.
func scrapeAs(t *testing.T, g *Gateway, accept string) *httptest.ResponseRecorder {
	t.Helper()
	q := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	q.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, q)
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: %d %s", w.Code, w.Body)
	}
	return w
}

// The labels that a policy strips from what our client records come to a scraper
// on exemplars, in both formats that have them.
func TestOwnClientsExemplars(t *testing.T) {
	policy, err := labels.New(labels.Drop("trace_id").ToExemplar())
	if err != nil {
		t.Fatal(err)
	}
	g := start(t, Config{})
	p := client.New(servedOn(t, g), "web", client.WithTotals(), client.WithPolicy(policy))
	p.Recorder().Counter("requests_total", "Requests.", "trace_id").Add(3, "4bf92f35")
	seconds := p.Recorder().Histogram("request_seconds", "Time.", []float64{1}, "trace_id")
	seconds.Observe(0.5, "4bf92f36")
	seconds.Observe(2, "4bf92f37")
	if err := p.Push(); err != nil {
		t.Fatal(err)
	}

	text := scrapeAs(t, g, "application/openmetrics-text;version=1.0.0").Body.String()
	for _, line := range []string{
		`requests_total{instance="",job="web"} 3.0 # {trace_id="4bf92f35"} 3.0 `,
		`request_seconds_bucket{instance="",job="web",le="1.0"} 1 # {trace_id="4bf92f36"} 0.5 `,
		`request_seconds_bucket{instance="",job="web",le="+Inf"} 2 # {trace_id="4bf92f37"} 2.0 `,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the scrape has no line that begins with %s", line)
		}
	}

	w := scrapeAs(t, g, string(expfmt.NewFormat(expfmt.TypeProtoDelim)))
	traces := map[string]float64{}
	for _, f := range familiesOf(t, w) {
		for _, m := range f.Metric {
			for _, l := range m.GetCounter().GetExemplar().GetLabel() {
				traces[l.GetValue()] = m.Counter.Exemplar.GetValue()
			}
			for _, b := range m.GetHistogram().GetBucket() {
				for _, l := range b.GetExemplar().GetLabel() {
					traces[l.GetValue()] = b.Exemplar.GetValue()
				}
			}
		}
	}
	if want := map[string]float64{"4bf92f35": 3, "4bf92f36": 0.5, "4bf92f37": 2}; !maps.Equal(traces, want) {
		t.Errorf("the exemplars in protobuf are %v, want %v", traces, want)
	}
}

// familiesOf decodes an exposition.
func familiesOf(t *testing.T, w *httptest.ResponseRecorder) (families []*dto.MetricFamily) {
	t.Helper()
	dec := expfmt.NewDecoder(w.Body, expfmt.ResponseFormat(w.Header()))
	for {
		f := new(dto.MetricFamily)
		switch err := dec.Decode(f); {
		case errors.Is(err, io.EOF):
			return families
		case err != nil:
			t.Fatal(err)
		}
		families = append(families, f)
	}
}
