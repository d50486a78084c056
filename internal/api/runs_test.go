package api

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/store"
)

// told is a Headgate-Run header about a run that began so many seconds ago, and took
// so many unless that is negative.
func told(id string, ago, took float64, more string) string {
	start := float64(time.Now().UnixMilli())/1e3 - ago
	if took < 0 {
		return fmt.Sprintf("id=%s&event=start&start=%.3f&%s", id, start, more)
	}
	return fmt.Sprintf("id=%s&event=end&start=%.3f&end=%.3f&%s", id, start, start+took, more)
}

// tellOfRuns pushes what a few jobs do.
func tellOfRuns(t *testing.T, g *gateway) {
	t.Helper()
	for _, p := range [][2]string{
		{"job/backup/instance/db1", told("b1", 900, 60, "outcome=success&code=0&host=db1&schedule=15+3+*+*+*&timezone=Europe%2FBerlin&expect=26h&max=1h")},
		{"job/backup/instance/db2", told("b2", 600, 30, "outcome=failure&code=2&host=db2&attempts=3&schedule=15+3+*+*+*&timezone=Europe%2FBerlin")},
		{"job/backup/instance/db1", told("b3", 580, 1, "outcome=skipped&host=db1")},
		{"job/backup/instance/db1", told("b4", 100, -1, "host=db1")},
		{"job/sync", told("s", 7200, -1, "max=1h&host=%3Cweb%3E")},
		{"job/sync/env/prod", told("p", 7200, -1, "")},
	} {
		want(t, g.do("POST", "/metrics/"+p[0], "", "Headgate-Run", p[1]), 200)
	}
}

type shownRuns struct {
	Labels           map[string]string
	Schedule         string
	Running, Stuck   int
	Median           float64 `json:"median_duration_seconds"`
	Last             float64 `json:"last_duration_seconds"`
	OverlappingTotal int     `json:"overlapping_total"`
	Next             *time.Time
	Runs             []struct {
		ID, Host, Outcome string
		Code              *int
		Attempts          int
	}
}

// What pushes tell of runs is listed: instances together, other labels apart, the newest first.
func TestRunsAreListed(t *testing.T) {
	g := newGateway(t, nil)
	tellOfRuns(t, g)
	all := dataOf[[]shownRuns](t, g.do("GET", "/api/v1/runs", "").Body.String())
	if len(all) != 3 || all[0].Labels["job"] != "backup" || all[2].Labels["env"] != "prod" {
		t.Fatalf("got %+v, want backup, sync and sync of prod", all)
	}
	b := all[0]
	if len(b.Runs) != 4 || b.Runs[0].ID != "b4" || b.Runs[0].Outcome != "running" || b.Runs[1].Outcome != "skipped" ||
		b.Runs[2].Attempts != 3 || b.Runs[2].Code == nil || *b.Runs[2].Code != 2 || b.Runs[3].Host != "db1" {
		t.Errorf("the runs are %+v", b.Runs)
	}
	if b.Running != 1 || b.Stuck != 0 || b.Median != 45 || b.Last != 30 || b.Schedule != "15 3 * * *" || b.Next == nil || !b.Next.After(time.Now()) {
		t.Errorf("got %+v", b)
	}
	if all[1].Stuck != 1 || all[1].Runs[0].Outcome != "stuck" || all[2].Stuck != 0 {
		t.Errorf("got %+v, want the first one stuck, as it may take an hour", all[1:])
	}
	for query, jobs := range map[string]int{
		"job=sync": 2, "job=": 0, `match[]={job="sync",env=""}`: 1, `match[]={job="sync"}&match[]={job="backup"}`: 3, `job=backup&match[]={job="sync"}`: 0,
	} {
		if got := dataOf[[]shownRuns](t, g.do("GET", "/api/v1/runs?"+query, "").Body.String()); len(got) != jobs {
			t.Errorf("%s: %d jobs, want %d", query, len(got), jobs)
		}
	}
	for limit, n := range map[string]int{"0": 0, "1": 1, "100": 4} {
		if got := dataOf[[]shownRuns](t, g.do("GET", "/api/v1/runs?job=backup&limit="+limit, "").Body.String()); len(got[0].Runs) != n {
			t.Errorf("limit=%s: %d runs, want %d", limit, len(got[0].Runs), n)
		}
	}
	want(t, g.do("GET", "/api/v1/runs?limit=-1", ""), 400, `limit=\"-1\"`)
	want(t, g.do("GET", "/api/v1/runs?match[]={", ""), 400)
}

// A header that can't be read refuses the push, on each route, and so that nothing is changed.
func TestBadRunIsRefused(t *testing.T) {
	g := newGateway(t, nil)
	want(t, g.do("POST", "/metrics/job/j", "m 1\n", "Headgate-Run", "id=a b&event=start"), 400, `header Headgate-Run: id="a b": want 1 to 64`)
	twice := httptest.NewRequest("POST", "/metrics/job/j", nil)
	twice.Header["Headgate-Run"] = []string{told("a", 1, -1, ""), told("b", 1, -1, "")}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, twice)
	want(t, w, 400, "2 times")
	want(t, g.do("POST", "/api/v1/push?job=j", `[{"name":"q","value":1}]`, "Headgate-Run", ""), 400, "id=")
	if n := len(g.Store.Groups(nil)); n != 0 {
		t.Errorf("%d groups, want none", n)
	}
}

// A push of samples as JSON tells of runs as well; a dry run of none.
func TestRunsComeWithAnyPush(t *testing.T) {
	g := newGateway(t, nil)
	want(t, g.do("POST", "/metrics/job/j?dry_run=1", "", "Headgate-Run", told("a", 1, -1, "")), 200)
	want(t, g.do("POST", "/metrics/job/j", "m{", "Headgate-Run", told("b", 1, -1, "")), 400)
	if n := len(g.Store.Runs()); n != 0 {
		t.Errorf("%d histories, want none", n)
	}
	want(t, g.do("POST", "/api/v1/push?job=j", `[{"name":"q","value":1}]`, "Headgate-Run", told("c", 1, -1, "")), 200)
	want(t, g.do("PUT", "/metrics/job/j", "m 1\n", "Headgate-Run", told("d", 1, -1, "")), 200)
	if all := g.Store.Runs(); len(all) != 1 || len(all[0].Runs) != 2 {
		t.Errorf("got %+v, want two runs", all)
	}
}

// The page says in words what its pictures show, and escapes what clients say.
func TestRunsPage(t *testing.T) {
	g := newGateway(t, nil)
	want(t, g.do("GET", "/runs", ""), 200, "No push has told of a run yet")
	tellOfRuns(t, g)
	w := g.do("GET", "/runs", "")
	want(t, w, 200, "The newest at the right: 1 success, 1 failure, 1 skipped, 1 running", "✕ failure", "⏱ stuck", "on &lt;web&gt;",
		"failure with code 2, 30 s, began 10 min ago", "3 attempts", "median 45 s", "Europe/Berlin")
	if strings.Contains(w.Body.String(), "style=") || strings.Contains(w.Body.String(), "<script") {
		t.Error("the page has what its policy forbids")
	}
	due := time.Now().Add(-20 * time.Minute).UnixNano()
	miss := runs.Verdict{Key: store.KeyOf([]expo.Label{{Name: "job", Value: "sync"}}), Until: time.Now().UnixNano()}
	for i := range int64(3) {
		miss.Misses = append(miss.Misses, runs.Miss{Due: due + i, From: due, To: due + i})
	}
	if err := g.Door.NoteMissed(t.Context(), []runs.Verdict{miss}); err != nil {
		t.Fatal(err)
	}
	want(t, g.do("GET", "/runs?q=sync", ""), 200, "1 stuck, 3 missed", "missed, was due 20 min ago", "<dd>3</dd>")
	want(t, g.do("GET", "/runs?q=prod", ""), 200, "of 1 job<")
	want(t, g.do("GET", "/runs?q={", ""), 400, "selector")
	want(t, g.do("GET", "/runs?page=7", ""), 200, "backup")
}
