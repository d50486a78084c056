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

// How long a group is to stay may be said in the URL or in a header, and is listed.
func TestLifetimeOptions(t *testing.T) {
	g := newGateway(t, nil)
	want(t, g.do("PUT", "/metrics/job/url?ttl=1d12h&expect=26h&keep=until-scraped", "m 1\n"), 200)
	want(t, g.do("PUT", "/metrics/job/header", "m 1\n", "Headgate-TTL", "1d12h", "Headgate-Expect", "26h", "Headgate-Keep", "until-scraped"), 200)
	want(t, g.do("POST", jsonPath+"?ttl=1d12h&expect=26h&keep=until-scraped", `{"name":"m","value":1,"job":"json"}`), 200)
	for _, job := range []string{"url", "header", "json"} {
		want(t, g.do("GET", `/api/v1/groups?match[]={job="`+job+`"}`, ""), 200,
			`"ttl_seconds":129600`, `"expect_seconds":93600`, `"keep_until_scraped":true`, `"overdue":false`)
	}
	want(t, g.do("PUT", "/metrics/job/url", "m 1\n"), 200)
	want(t, g.do("GET", `/api/v1/groups?match[]={job="url"}`, ""), 200, `"ttl_seconds":0`, `"expires":null`)
}

// An unknown value of a known option is refused, with what would be right, and
// nothing changes.
func TestBadOptions(t *testing.T) {
	g := newGateway(t, nil)
	for target, part := range map[string]string{
		"?ttl=36":               "ttl=36: want a duration with its unit",
		"?ttl=-1h":              "want a duration",
		"?ttl=0s":               "above 0",
		"?ttl=":                 "ttl has no value",
		"?expect=tomorrow":      "expect=tomorrow: want a duration",
		"?keep=forever":         "keep=forever: want until-scraped",
		"?dry_run=maybe":        "dry_run=maybe: want 1 or 0",
		"?ttl=1h&ttl=2h":        `ttl is both "1h" and "2h"`,
		"?ttl=1h;x":             "want ttl=a duration",
		"?keep=until-scraped%z": "keep=until-scraped",
	} {
		want(t, g.do("PUT", "/metrics/job/j"+target, "m 1\n"), 400, part)
	}
	want(t, g.do("PUT", "/metrics/job/j?ttl=1h", "m 1\n", "Headgate-TTL", "2h"), 400, "say it once")
	want(t, g.do("PUT", "/metrics/job/j?ttl=1h", "m 1\n", "Headgate-TTL", "1h"), 200)
	want(t, g.do("PUT", "/metrics/job/j", "m 1\n", "Headgate-Keep", "no"), 400, "header Headgate-Keep: no")
}

// A dry run answers as the push would be answered and changes nothing, not even the
// time of the last failure.
func TestDryRun(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j", "# TYPE m gauge\nm 1\n")
	before := g.scraped(t)
	for _, c := range []struct {
		method, target, body string
		status               int
		part                 string
	}{
		{"PUT", "/metrics/job/j?dry_run=1", "m 2\n", 200, ""},
		{"PUT", "/metrics/job/new?dry_run=1", "# TYPE m counter\nm 1\n", 400, "has type counter here and type gauge"},
		{"PUT", "/metrics/job/j?dry_run=true", "m 1 5\n", 400, "timestamps"},
		{"PUT", "/metrics/job/j?dry_run=1", "m{ 1\n", 400, "line 1"},
		{"POST", jsonPath + "?dry_run=1", `{"name":"n","value":1,"job":"json"}`, 200, ""},
		{"DELETE", "/metrics/job/j?dry_run=1", "", 202, `would delete job="j" with 3 series`},
	} {
		want(t, g.do(c.method, c.target, c.body), c.status, c.part)
	}
	want(t, g.do("PUT", "/metrics/job/j", "m 2\n", "Headgate-Dry-Run", "1"), 200)
	if after := g.scraped(t); after != before {
		t.Errorf("dry runs made\n%s\nof\n%s", after, before)
	}
}
