package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// list asks for groups and returns their jobs in the order of the answer.
func (g *gateway) list(t *testing.T, query string) (jobs []string, counts struct{ Matched, Failing, Overdue int }) {
	t.Helper()
	w := g.do("GET", "/api/v1/groups?"+query, "")
	var answer struct {
		Matched, Failing, Overdue int
		Data                      []struct{ Labels map[string]string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s: %v", query, w.Code, w.Body, err)
	}
	for _, group := range answer.Data {
		jobs = append(jobs, group.Labels["job"]+group.Labels["zone"])
	}
	counts.Matched, counts.Failing, counts.Overdue = answer.Matched, answer.Failing, answer.Overdue
	return jobs, counts
}

// A list holds what was asked for, in that order, and counts what it leaves out.
func TestGroupsSortedAndLimited(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/old", "m 1\n")
	g.push(t, "/metrics/job/large", "m{a=\"1\"} 1\nm{a=\"2\"} 1\n")
	g.push(t, "/metrics/job/failing", "m 1\n")
	g.do("POST", "/metrics/job/failing", "m 1 5\n")
	g.push(t, "/metrics/job/late?expect=1ms", "m 1\n")
	for _, c := range []struct {
		query string
		jobs  []string
	}{
		{"", []string{"failing", "large", "late", "old"}},
		{"sort=name&limit=2", []string{"failing", "large"}},
		{"sort=recent&limit=1", []string{"late"}},
		{"sort=push&limit=1", []string{"old"}},
		{"sort=series&limit=1", []string{"large"}},
		{"sort=failure&limit=1", []string{"failing"}},
		{"limit=9", []string{"failing", "large", "late", "old"}},
	} {
		jobs, counts := g.list(t, c.query)
		if !slices.Equal(jobs, c.jobs) || counts.Matched != 4 || counts.Failing != 1 {
			t.Errorf("%s: %v and %+v, want %v, 4 matched and 1 failing", c.query, jobs, counts, c.jobs)
		}
	}
	for { // until it is late, which is a millisecond away
		if jobs, counts := g.list(t, "sort=attention&limit=2"); counts.Overdue == 1 {
			if want := []string{"failing", "late"}; !slices.Equal(jobs, want) {
				t.Errorf("what needs attention: %v, want %v", jobs, want)
			}
			break
		}
	}
}

// A group is found by its key alone, and by the words in it.
func TestGroupsNamed(t *testing.T) {
	g := threeGroups(t)
	for query, jobs := range map[string][]string{
		"group=job/b":         {"b"},
		"group=job/b/zone/eu": {"beu"},
		"group=job/none":      nil,
		"q=zone":              {"beu"},
		`q="B"`:               {"b", "beu"},
		`q="b"&` + url.Values{"match[]": {`{zone=""}`}}.Encode(): {"b"},
	} {
		if got, _ := g.list(t, query); !slices.Equal(got, jobs) {
			t.Errorf("%s: %v, want %v", query, got, jobs)
		}
	}
	a, _ := g.api(t, "DELETE", "/api/v1/groups?group=job/b")
	var done struct{ Deleted int }
	if err := json.Unmarshal(a.Data, &done); err != nil || done.Deleted != 1 {
		t.Errorf("delete of one group: %s, want 1 deleted: %v", a.Data, err)
	}
	g.wantResident(t, `zone="eu"`, `job="a"`)
}

// What means no group, no order or no number is refused, and says what would.
func TestListingRefused(t *testing.T) {
	g := threeGroups(t)
	for query, part := range map[string]string{
		"sort=age":   `sort=\"age\": want one of name, attention, recent`,
		"limit=0":    `limit=\"0\": want a whole number from 1`,
		"limit=many": `limit=\"many\"`,
		"group=jobs": `group=\"jobs\": want a grouping key`,
		"q={":        "selector",
		"group=job/b&" + url.Values{"match[]": {`{job="b"}`}}.Encode(): "exclude each other",
	} {
		want(t, g.do("GET", "/api/v1/groups?"+query, ""), 400, part)
	}
}
