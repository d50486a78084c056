package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// pushed is a scrape without comments and what the gateway says of itself.
func pushed(t *testing.T, g *Gateway) string {
	t.Helper()
	_, text := do(t, g.Handler(), http.MethodGet, "/metrics", "")
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, `job="`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Five thousand groups whose time comes at once all go, and of the pushes that come
// meanwhile, to those groups and to others, none is lost.
func TestManyGroupsExpireWhilePushesGoOn(t *testing.T) {
	const groups, pushers, each = 5000, 4, 300
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		for i := range groups {
			push(t, g, fmt.Sprintf("/metrics/job/mortal/i/%d?ttl=1m", i), "m 1\n")
		}
		time.Sleep(time.Minute)
		var all sync.WaitGroup
		for p := range pushers {
			all.Go(func() {
				for i := range each {
					// Half of them to groups that are due, with a new lease.
					push(t, g, fmt.Sprintf("/metrics/job/pusher/p/%d", p), fmt.Sprintf("n %d\n", i))
					push(t, g, fmt.Sprintf("/metrics/job/mortal/i/%d?ttl=1h", p*each+i), "m 2\n")
					time.Sleep(5 * time.Millisecond)
				}
			})
		}
		all.Wait()
		time.Sleep(3 * time.Second)
		text := "\n" + pushed(t, g)
		if n := strings.Count(text, "\nm{"); n != pushers*each {
			t.Errorf("%d groups are left, want the %d that were pushed again", n, pushers*each)
		}
		if strings.Contains(text, "m{i=\"1\",instance=\"\",job=\"mortal\"} 1\n") {
			t.Error("a group shows what expired")
		}
		for p := range pushers {
			if want := fmt.Sprintf("n{instance=\"\",job=\"pusher\",p=\"%d\"} %d\n", p, each-1); !strings.Contains(text, want) {
				t.Errorf("the scrape lacks %s", want)
			}
		}
		stats := g.store.Stats()
		if stats.Groups != pushers*each+pushers {
			t.Errorf("%d groups are left, want %d", stats.Groups, pushers*each+pushers)
		}
	})
}

// A wipe of more groups than a record brings back is undone whole after a restart,
// from the journal as from a snapshot, be that of before the wipe or after it; what was
// scraped before is scraped again, and deadlines hold.
func TestWipeIsUndoneAfterARestart(t *testing.T) {
	for name, snapshots := range map[string][2]bool{
		"from the journal": {}, "snapshot before": {true, false}, "snapshot after": {false, true},
	} {
		dir := t.TempDir()
		bubble(t, func(t *testing.T) {
			cfg := Config{DataDir: dir, EnableAdminAPI: true}
			g, end := reopen(t, cfg)
			snapshot := func(wanted bool) {
				if !wanted {
					return
				}
				if err := g.snapshot(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 600 { // records bring back 250 each
				push(t, g, fmt.Sprintf("/metrics/job/j/i/%d?ttl=1h", i), fmt.Sprintf("m{x=\"a\"} %d\nm{x=\"b\"} 1\n", i))
			}
			push(t, g, "/metrics/job/h", "# HELP h of a push\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n")
			before := pushed(t, g)
			snapshot(snapshots[0])
			if code, answer := do(t, g.Handler(), http.MethodPut, "/api/v1/admin/wipe", ""); code/100 != 2 {
				t.Fatalf("%s: wipe: %d %s", name, code, answer)
			}
			snapshot(snapshots[1])
			if text := pushed(t, g); text != "" {
				t.Fatalf("%s: after the wipe the scrape has\n%.300s", name, text)
			}
			end()
			time.Sleep(time.Minute)
			g, end = reopen(t, cfg)
			applied := g.store.Stats().Applied
			code, answer := do(t, g.Handler(), http.MethodPost, "/api/v1/groups/undo", "")
			if code != http.StatusOK || !strings.Contains(answer, `"restored":601,"series":2406,"skipped":[]`) {
				t.Errorf("%s: undo: %d %s", name, code, answer)
			}
			if n := g.store.Stats().Applied - applied; n != 3 {
				t.Errorf("%s: it took %d records, want 3: the store is held for each", name, n)
			}
			if after := pushed(t, g); after != before {
				t.Errorf("%s: undone it shows\n%.500s\nbefore it was\n%.500s", name, after, before)
			}
			if n := g.store.Stats(); n.Undoable != 0 || n.UndoableBytes != 0 {
				t.Errorf("%s: %d deletes of %d bytes can be undone still", name, n.Undoable, n.UndoableBytes)
			}
			end()
			g, end = reopen(t, cfg)
			defer end()
			if after := pushed(t, g); after != before {
				t.Errorf("%s: after one more restart it shows\n%.500s\nwant\n%.500s", name, after, before)
			}
			time.Sleep(time.Hour)
			if n := g.store.Stats().Groups; n != 1 {
				t.Errorf("%s: %d groups are left at their deadline, want 1", name, n)
			}
		})
	}
}

// What is brought back must still go: an undo after the deadline of a group shows it
// for a moment at most.
func TestUndoneGroupKeepsItsDeadline(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		push(t, g, "/metrics/job/short?ttl=1m", "m 1\n")
		do(t, g.Handler(), http.MethodDelete, "/metrics/job/short", "")
		time.Sleep(5 * time.Minute)
		if code, answer := do(t, g.Handler(), http.MethodPost, "/api/v1/groups/undo", ""); code != http.StatusOK {
			t.Fatalf("undo: %d %s", code, answer)
		}
		time.Sleep(2 * time.Second)
		wantShown(t, g, "short", false)
	})
}
