package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/store"
)

const (
	clockJump   = 10 * time.Hour
	clockGroups = 50
)

// writeJournal leaves the journal of a gateway whose clock was off by so much: groups
// job="clock0" and on, of which every other expires an hour after its push.
func writeJournal(t *testing.T, dir string, off time.Duration) {
	t.Helper()
	done := make(chan struct{}, clockGroups)
	j, err := journal.Open(journal.Options{
		Dir: dir, Now: func() time.Time { return time.Now().Add(off) },
		Deliver: func(es []*journal.Entry) {
			for _, e := range es {
				if e.Err != nil {
					t.Error(e.Err)
				}
				done <- struct{}{}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Replay(t.Context(), func(*journal.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	j.Start()
	for i := range clockGroups {
		job := fmt.Sprintf("clock%d", i)
		c := &store.Change{
			Kind: store.KindPush, Key: store.KeyOf([]expo.Label{{Name: "job", Value: job}}),
			Families: []store.FamilyChange{{Name: "clock_m", Type: expo.Gauge, Text: fmt.Sprintf("clock_m{instance=\"\",job=%q} %d\n", job, i)}},
		}
		if i%2 == 1 {
			c.Terms.TTL = time.Hour
		}
		if err := j.Append(&journal.Entry{Kind: c.Kind, Payload: store.AppendPayload(nil, c)}); err != nil {
			t.Fatal(err)
		}
		<-done
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func clockBack(t *testing.T) string {
	dir := t.TempDir()
	writeJournal(t, dir, clockJump)
	g := startGateway(t, dir)
	checkClock(t, g, clockGroups)
	g.do(t, http.MethodPut, "/metrics/job/clock0", "# TYPE clock_m gauge\nclock_m 1000\n", http.StatusOK)
	g.kill()
	g = startGateway(t, dir)
	checkClock(t, g, clockGroups)
	if v := series(g.scrape(t))[`clock_m{job="clock0"}`]; v != 1000 {
		t.Errorf("the push after the jump is not the last: %v", v)
	}
	return fmt.Sprintf("%s: all %d groups stay, those with an hour to live among them; a push after it wins, also after `kill -9`", clockJump, clockGroups)
}

func clockAhead(t *testing.T) string {
	dir := t.TempDir()
	writeJournal(t, dir, -clockJump)
	g := startGateway(t, dir)
	began := time.Now()
	eventually(t, "groups whose hour is over go", func() error {
		if n := strings.Count(string(g.do(t, http.MethodGet, "/metrics", "", http.StatusOK)), "\nclock_m{"); n != clockGroups/2 {
			return fmt.Errorf("%d groups, want %d", n, clockGroups/2)
		}
		return nil
	})
	took := time.Since(began)
	checkClock(t, g, clockGroups/2)
	return fmt.Sprintf("%s: %d groups with an hour to live are gone %s after the start, the %d others stay", clockJump, clockGroups/2, round(took), clockGroups/2)
}

// checkClock wants so many groups, those without a time to live among them.
func checkClock(t *testing.T, g *gateway, want int) {
	t.Helper()
	shown := series(g.scrape(t))
	if len(shown) != want {
		t.Errorf("%d groups, want %d", len(shown), want)
	}
	for i := 0; i < clockGroups; i += 2 {
		if _, ok := shown[fmt.Sprintf(`clock_m{job="clock%d"}`, i)]; !ok {
			t.Errorf("group %d is gone", i)
		}
	}
}
