package api

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// answerJSON is what the groups API answers.
type answerJSON struct {
	Status, ErrorType, Error string
	Data                     json.RawMessage
}

func (g *gateway) api(t *testing.T, method, path string, match ...string) (answerJSON, int) {
	t.Helper()
	q := url.Values{"match[]": match}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	w := g.do(method, path+sep+q.Encode(), "")
	var a answerJSON
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s %s: %v: %q", method, path, err, w.Body)
	}
	return a, w.Code
}

// threeGroups has jobs a, b, and b with a zone.
func threeGroups(t *testing.T) *gateway {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/a", "m 1\n")
	g.push(t, "/metrics/job/b", "m 1\n")
	g.push(t, "/metrics/job/b/zone/eu", "m 1\n")
	return g
}

func TestListGroups(t *testing.T) {
	g := threeGroups(t)
	g.do("POST", "/metrics/job/a", "m 1 5\n")
	for _, c := range []struct {
		match []string
		jobs  []string
	}{
		{nil, []string{`{"job":"a"}`, `{"job":"b"}`, `{"job":"b","zone":"eu"}`}},
		{[]string{`{job="b"}`}, []string{`{"job":"b"}`, `{"job":"b","zone":"eu"}`}},
		{[]string{`{zone=""}`}, []string{`{"job":"a"}`, `{"job":"b"}`}},
		{[]string{`{zone=~"e.",job!="a"}`, `{job="a"}`}, []string{`{"job":"a"}`, `{"job":"b","zone":"eu"}`}},
		{[]string{`{job="none"}`}, nil},
	} {
		a, status := g.api(t, "GET", "/api/v1/groups", c.match...)
		if status != 200 || a.Status != "success" {
			t.Fatalf("%v: %d %+v", c.match, status, a)
		}
		var groups []struct{ Labels json.RawMessage }
		if err := json.Unmarshal(a.Data, &groups); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range groups {
			got = append(got, string(g.Labels))
		}
		if strings.Join(got, " ") != strings.Join(c.jobs, " ") {
			t.Errorf("%v: %v, want %v", c.match, got, c.jobs)
		}
	}
	got := times.ReplaceAllString(g.do("GET", `/api/v1/groups?match[]={job="a"}`, "").Body.String(), "TIME")
	if !strings.Contains(got, `"last_push":TIME,"last_failure":TIME,"last_push_successful":false,"ttl_seconds":0,"expires":null,"keep_until_scraped":false,"expect_seconds":0,"overdue":false,"aggregate":"none","families":3,"series":3,"bytes":`) {
		t.Error(got)
	}
	want(t, g.do("GET", `/api/v1/groups?match[]={job="b",zone=""}`, ""), 200, `"last_failure":null`)
}

func TestDeleteGroupsBySelector(t *testing.T) {
	g := threeGroups(t)
	a, status := g.api(t, "DELETE", "/api/v1/groups?dry_run=1", `{job="b"}`)
	if status != 200 || !strings.Contains(string(a.Data), `"dry_run":true,"matched":2,"deleted":0,"groups":[{"labels":{"job":"b"}`) {
		t.Errorf("dry run: %d %s", status, a.Data)
	}
	g.wantResident(t, `m{instance="",job="b"}`)
	a, status = g.api(t, "DELETE", "/api/v1/groups", `{job="b"}`)
	if status != 200 || !strings.Contains(string(a.Data), `"dry_run":false,"matched":2,"deleted":2,`) {
		t.Errorf("delete: %d %s", status, a.Data)
	}
	g.wantAbsent(t, `job="b"`)
	g.wantResident(t, `job="a"`)
	a, status = g.api(t, "DELETE", "/api/v1/groups", `{job="b"}`)
	if status != 200 || !strings.Contains(string(a.Data), `"matched":0,"deleted":0,"groups":[]`) {
		t.Errorf("again: %d %s", status, a.Data)
	}
}

// A delete without a selector, or with one that can't mean groups, deletes nothing.
func TestGroupSelectorRefused(t *testing.T) {
	g := threeGroups(t)
	for _, c := range []struct {
		method, path, match string
		parts               []string
	}{
		{"DELETE", "/api/v1/groups", "", []string{"match[] is required", "admin/wipe"}},
		{"DELETE", "/api/v1/groups?match[]=", "", []string{"selector"}},
		{"DELETE", "/api/v1/groups", "{}", []string{"at least one"}},
		{"DELETE", "/api/v1/groups", `{job="b"`, []string{"parse error", "want label matchers"}},
		{"DELETE", "/api/v1/groups", `up{job="b"}`, []string{"no metric name"}},
		{"DELETE", "/api/v1/groups?dry_run=maybe", `{job="b"}`, []string{"dry_run", "maybe", "want 1 or 0"}},
		{"GET", "/api/v1/groups", `{job=~"("}`, []string{"selector"}},
		{"GET", "/api/v1/metrics", `{job=~"("}`, []string{"selector"}},
	} {
		target := c.path
		if c.match != "" {
			sep := "?"
			if strings.Contains(target, "?") {
				sep = "&"
			}
			target += sep + url.Values{"match[]": {c.match}}.Encode()
		}
		w := g.do(c.method, target, "")
		want(t, w, 400, append(c.parts, `"errorType":"bad_data"`)...)
	}
	g.wantResident(t, `job="a"`, `job="b"`)
}

// What a page of another site makes a browser send changes nothing.
func TestOtherSitesCannotDelete(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.EnableLifecycle = true; o.Quit = func() { t.Error("quit") } })
	g.push(t, "/metrics/job/a", "m 1\n")
	for _, c := range []struct{ method, path string }{
		{"DELETE", `/api/v1/groups?match[]={job="a"}`}, {"PUT", "/api/v1/admin/wipe"}, {"PUT", "/-/quit"}, {"POST", "/-/reload"},
		{"POST", "/groups/delete"},
	} {
		want(t, g.do(c.method, c.path, "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"), 403)
		want(t, g.do(c.method, c.path, "", "Origin", "https://evil.example"), 403)
	}
	g.wantResident(t, `m{`)
}
