package api

import (
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// Increments are never kept as values: who asks for them to be added up is told that
// this gateway doesn't, on each way in, and nothing changes.
func TestAggregateIsRefused(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j", "m 1\n")
	for _, c := range []struct {
		method, target, body, kind string
	}{
		{"POST", "/metrics/job/j", "m 2\n", "text/plain"},
		{"PUT", "/metrics/job/j", "m 2\n", "text/plain"},
		{"POST", jsonPath, `{"name":"m","value":2,"job":"j"}`, "application/json"},
	} {
		for _, value := range []string{"delta", "cumulative"} {
			w := g.do(c.method, c.target+"?x=y&aggregate="+value, c.body)
			want(t, w, http.StatusNotImplemented, "aggregate="+value+": this gateway does not add up pushes yet")
			wantHeader(t, w, "Content-Type", c.kind)
			want(t, g.do(c.method, c.target, c.body, "Headgate-Aggregate", value), http.StatusNotImplemented, "header Headgate-Aggregate: "+value)
		}
		for _, query := range []string{"aggregate=sum", "aggregate=", "aggregate=Delta", "aggregate=delta;x", "aggregate=%zz"} {
			want(t, g.do(c.method, c.target+"?"+query, c.body), http.StatusBadRequest, "delta or")
		}
		want(t, g.do(c.method, c.target, c.body, "Headgate-Aggregate", "max"), http.StatusBadRequest, "want delta or cumulative")
	}
	g.wantResident(t, `m{instance="",job="j"} 1`, `push_failure_time_seconds{instance="",job="j"} 0`)
	if n := testutil.ToFloat64(g.Telemetry.pushes[methodPut][unsupported]); n != 4 {
		t.Errorf("counted %v as not supported, want 4", n)
	}
	if n := testutil.ToFloat64(g.Telemetry.pushes[methodPut][badOption]); n != 6 {
		t.Errorf("counted %v as bad options, want 6", n)
	}
}

// Other options, and queries that make no sense, are as good as none.
func TestOtherOptionsAreIgnored(t *testing.T) {
	g := newGateway(t, nil)
	for _, query := range []string{"ttl=1h", "dry_run=0", "a;b", "%zz", "x=aggregate"} {
		want(t, g.do("PUT", "/metrics/job/j?"+query, "m 1\n"), http.StatusOK)
	}
	want(t, g.do("DELETE", "/metrics/job/j?aggregate=delta", ""), http.StatusAccepted)
}
