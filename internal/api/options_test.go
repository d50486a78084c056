package api

import (
	"net/http"
	"testing"
)

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
		"?age=yesterday":        "age=yesterday: want a duration",
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
