package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shows is whether a scrape shows a job.
func shows(t *testing.T, g *Gateway, job string) bool {
	t.Helper()
	_, text := do(t, g.Handler(), http.MethodGet, "/metrics", "")
	return strings.Contains(text, `job="`+job+`"`)
}

func wantShown(t *testing.T, g *Gateway, job string, want bool) {
	t.Helper()
	if got := shows(t, g, job); got != want {
		t.Errorf("after %s: job %s shown: %v, want %v", time.Since(epoch), job, got, want)
	}
}

// epoch is when every bubble's clock begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// bubble runs a test in virtual time.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// reopen is a gateway on a folder that the caller closes.
func reopen(t *testing.T, cfg Config) (*Gateway, func()) {
	t.Helper()
	g, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g, func() {
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// A group goes its ttl after its last push, a push in time keeps it, and one without
// a ttl stays.
func TestGroupExpiresAfterItsTTL(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		push(t, g, "/metrics/job/short?ttl=1m", "m 1\n")
		push(t, g, "/metrics/job/kept?ttl=1m", "m 1\n")
		push(t, g, "/metrics/job/stays", "m 1\n")
		time.Sleep(50 * time.Second)
		push(t, g, "/metrics/job/kept?ttl=1m", "m 2\n")
		wantShown(t, g, "short", true)
		time.Sleep(12 * time.Second)
		wantShown(t, g, "short", false)
		wantShown(t, g, "kept", true)
		time.Sleep(time.Minute)
		wantShown(t, g, "kept", false)
		wantShown(t, g, "stays", true)
		if n := g.store.Stats().Expired; n != 2 {
			t.Errorf("%d groups counted as expired, want 2", n)
		}
	})
}

// A deadline survives a restart, from the journal as from a snapshot, and is kept
// even if it passed while the gateway was down.
func TestDeadlineSurvivesRestart(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		dir := t.TempDir()
		bubble(t, func(t *testing.T) {
			g, end := reopen(t, Config{DataDir: dir})
			push(t, g, "/metrics/job/soon?ttl=1m", "m 1\n")
			push(t, g, "/metrics/job/late?ttl=1h", "m 1\n")
			if snapshot {
				if err := g.snapshot(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			end()
			time.Sleep(2 * time.Minute)
			g, end = reopen(t, Config{DataDir: dir})
			defer end()
			time.Sleep(2 * time.Second)
			wantShown(t, g, "soon", false)
			wantShown(t, g, "late", true)
			time.Sleep(time.Hour)
			wantShown(t, g, "late", false)
		})
	}
}

// A failure alone makes a group that goes, too, if pushes of its kind have a ttl.
func TestGroupOfFailuresExpires(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		if code, _ := do(t, g.Handler(), http.MethodPut, "/metrics/job/bad?ttl=1m", "m 1 5\n"); code != http.StatusBadRequest {
			t.Fatalf("status %d", code)
		}
		wantShown(t, g, "bad", true)
		time.Sleep(62 * time.Second)
		wantShown(t, g, "bad", false)
	})
}

// scrapeFrom is a scrape by Prometheus from an address.
func scrapeFrom(t *testing.T, g *Gateway, address, query string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/metrics"+query, nil)
	r.RemoteAddr = address + ":40000"
	r.Header.Set(scraperHeader, "10")
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	return w.Body.String()
}

const keptJob = "/metrics/job/kept?keep=until-scraped"

// With a pair of Prometheus, a push stays until both have read it, and goes then.
func TestKeptUntilBothOfAPairHaveScraped(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		scrapeFrom(t, g, "10.0.0.1", "")
		scrapeFrom(t, g, "10.0.0.2", "")
		push(t, g, keptJob, "m 1\n")
		time.Sleep(3 * time.Second)
		do(t, g.Handler(), http.MethodGet, "/metrics", "") // a person, who doesn't count
		for i := range 3 {
			if text := scrapeFrom(t, g, "10.0.0.1", ""); !strings.Contains(text, `job="kept"`) {
				t.Fatalf("scrape %d of the first doesn't show it", i)
			}
			time.Sleep(3 * time.Second)
		}
		if text := scrapeFrom(t, g, "10.0.0.2", ""); !strings.Contains(text, `job="kept"`) {
			t.Error("the second never sees it")
		}
		time.Sleep(3 * time.Second)
		wantShown(t, g, "kept", false)
	})
}

// A push that came after a scrape isn't what the scrape has read.
func TestPushAfterTheScrapeStays(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		push(t, g, keptJob, "m 1\n")
		scrapeFrom(t, g, "10.0.0.1", "")
		push(t, g, keptJob, "m 2\n")
		time.Sleep(5 * time.Second)
		wantShown(t, g, "kept", true)
		scrapeFrom(t, g, "10.0.0.1", "")
		time.Sleep(5 * time.Second)
		wantShown(t, g, "kept", false)
	})
}

// Nobody is waited for who hasn't scraped for ten minutes, and without anybody who
// scrapes a group stays.
func TestAbsentScraperIsNotWaitedForForever(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		push(t, g, keptJob, "m 1\n")
		time.Sleep(time.Hour)
		wantShown(t, g, "kept", true)
		scrapeFrom(t, g, "10.0.0.2", "")
		push(t, g, keptJob, "m 2\n")
		for range 11 {
			wantShown(t, g, "kept", true)
			time.Sleep(time.Minute)
			scrapeFrom(t, g, "10.0.0.1", "")
		}
		time.Sleep(2 * time.Second)
		wantShown(t, g, "kept", false)
	})
}

// Who scraped before a restart is waited for after it: one of a pair that comes back
// first doesn't take from the other what it hasn't seen.
func TestScrapersAreRememberedAcrossRestart(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		scrapeFrom(t, g, "10.0.0.1", "")
		scrapeFrom(t, g, "::1", "?shard=1/1")
		time.Sleep(2 * time.Second)
		push(t, g, keptJob, "m 1\n")
		end()
		g, end = reopen(t, Config{DataDir: dir})
		defer end()
		scrapeFrom(t, g, "10.0.0.1", "")
		time.Sleep(2 * time.Second)
		wantShown(t, g, "kept", true)
		scrapeFrom(t, g, "::1", "?shard=1/1")
		time.Sleep(2 * time.Second)
		wantShown(t, g, "kept", false)
	})
}

// Those who scrape a part are waited for by the groups in their part, and no others.
func TestScrapersOfParts(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		for i := range 16 {
			push(t, g, fmt.Sprintf("/metrics/job/j%d?keep=until-scraped", i), "m 1\n")
		}
		push(t, g, keptJob, "m 1\n")
		first := scrapeFrom(t, g, "10.0.0.1", "?shard=1/2")
		time.Sleep(2 * time.Second)
		for i := range 16 {
			job := fmt.Sprintf("j%d", i)
			wantShown(t, g, job, !strings.Contains(first, `job="`+job+`"`))
		}
		scrapeFrom(t, g, "10.0.0.2", `?match[]={job=~"j.*"}`)
		time.Sleep(2 * time.Second)
		for i := range 16 {
			wantShown(t, g, fmt.Sprintf("j%d", i), false)
		}
	})
}

// A ttl ends what nobody scrapes.
func TestKeepWithTTLGoesAtTheDeadline(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		push(t, g, keptJob+"&ttl=1m", "m 1\n")
		time.Sleep(62 * time.Second)
		wantShown(t, g, "kept", false)
	})
}
