package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Scrapers that ask and then do not read hold up neither pushes nor other scrapes.
func TestStalledScrapers(t *testing.T) {
	g := startGateway(t, t.TempDir())
	const groups, perGroup = 20, 2000 // some megabytes, more than sockets buffer
	for i := range groups {
		var body strings.Builder
		for j := range perGroup {
			fmt.Fprintf(&body, "stalled_m{i=\"%d\",pad=%q} 1\n", j, strings.Repeat("x", 100))
		}
		g.do(t, http.MethodPut, fmt.Sprintf("/metrics/job/stalled%d", i), body.String(), http.StatusOK)
	}
	for range 8 {
		conn := dialGateway(t, g)
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil { // the answer has begun
			t.Fatal(err)
		}
	}
	for i := range 50 {
		g.do(t, http.MethodPut, "/metrics/job/moving", fmt.Sprintf("moving_m %d\n", i), http.StatusOK)
	}
	families := g.scrape(t)
	if n := len(families["stalled_m"].GetMetric()); n != groups*perGroup {
		t.Errorf("want %d series, got %d", groups*perGroup, n)
	}
	if v := series(families)[`moving_m{job="moving"}`]; v != 49 {
		t.Errorf("want the last value pushed, 49, got %v", v)
	}
}
