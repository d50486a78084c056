package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// pushIntact pushes what must be there after everything else.
func pushIntact(t *testing.T, g *gateway) {
	t.Helper()
	var body strings.Builder
	body.WriteString("# TYPE intact_m gauge\n")
	for i := range intactSeries {
		fmt.Fprintf(&body, "intact_m{i=\"%d\"} %d\n", i, i)
	}
	body.WriteString("# TYPE intact_h histogram\nintact_h_bucket{le=\"1\"} 1\nintact_h_sum 3\nintact_h_count 2\n")
	g.do(t, http.MethodPut, "/metrics/job/intact/slot/a", body.String(), http.StatusOK)
}

// checkIntact wants the exposition to be valid, and what pushIntact pushed to be in it,
// whole and unchanged, beside the gateway's own metrics.
func checkIntact(t *testing.T, g *gateway) {
	t.Helper()
	families := g.scrape(t)
	if len(families["go_goroutines"].GetMetric()) == 0 {
		t.Error("the gateway's own metrics are missing")
	}
	shown := series(families)
	for i := range intactSeries {
		key := fmt.Sprintf(`intact_m{i="%d",job="intact",slot="a"}`, i)
		if v, ok := shown[key]; !ok || v != float64(i) {
			t.Fatalf("%s: want %d, got %v (there: %t)", key, i, v, ok)
		}
	}
	if n := shown[`intact_h{job="intact",slot="a"}`]; n != 2 {
		t.Fatalf("intact_h: want a count of 2, got %v", n)
	}
}

// checkPrometheus wants a real Prometheus to take the whole exposition.
func checkPrometheus(t *testing.T, g *gateway) {
	p := startPrometheus(t, g)
	p.expect(t, `up{job="gateway"}`, 1)
	p.expect(t, `count(intact_m)`, intactSeries)
	eventually(t, "all samples scraped", func() error {
		plain, err := g.exposition(t.Context(), "identity")
		if err != nil {
			return err
		}
		got, err := p.query(`scrape_samples_scraped{job="gateway"}`)
		if want := float64(countSamples(plain)); err == nil && got != want {
			err = fmt.Errorf("scrape_samples_scraped: want %v, got %v", want, got)
		}
		return err
	})
	status, own, err := request(http.MethodGet, p.url+"/metrics", nil, nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("Prometheus's own metrics: status %d, %v", status, err)
	}
	for _, counter := range []string{"duplicate_timestamp", "out_of_order", "out_of_bounds"} {
		line := "prometheus_target_scrapes_sample_" + counter + "_total 0\n"
		if !bytes.Contains(own, []byte(line)) {
			t.Errorf("Prometheus dropped samples: want %q", line)
		}
	}
	if strings.Contains(p.out.String(), "Append failed") {
		t.Error(errors.New("Prometheus says that it could not append a scrape"))
	}
}

func countSamples(exposition []byte) int {
	n := 0
	for line := range bytes.Lines(exposition) {
		if line[0] != '#' && line[0] != '\n' {
			n++
		}
	}
	return n
}
