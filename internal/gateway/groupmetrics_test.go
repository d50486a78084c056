package gateway

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// By default the groups that pushes are expected for say whether one is overdue; with
// "all" each group says its age and its deadline, too; with "none" no group says
// anything. A reload changes it for the next scrape.
func TestGroupMetrics(t *testing.T) {
	file := newConfigFile(t, "")
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir, ConfigFile: file.path})
		defer end()
		push(t, g, "/metrics/job/due/instance/i?expect=1m", "m 1\n")
		push(t, g, "/metrics/job/mortal?ttl=1h", "m 1\n")
		push(t, g, "/metrics/job/plain", "m 1\n")
		series := lasting(g)
		reload := func(mode string) {
			file.write("group_metrics: " + mode + "\n")
			if err := g.Reload(); err != nil {
				t.Fatal(err)
			}
		}
		const overdue, age, expires = "headgate_group_overdue", "headgate_group_last_push_age_seconds", "headgate_group_expires_in_seconds"

		time.Sleep(time.Minute)
		families := scraped(t, g)
		wantValue(t, families, 0, overdue, "job", "due", "instance", "i")
		wantNone(t, families, overdue, "job", "mortal")
		wantNone(t, families, age)
		wantNone(t, families, expires)

		time.Sleep(time.Second)
		wantValue(t, scraped(t, g), 1, overdue, "job", "due")

		reload("all")
		families = scraped(t, g)
		wantValue(t, families, 1, overdue, "job", "due")
		wantNone(t, families, overdue, "job", "plain")
		for _, job := range []string{"due", "mortal", "plain"} {
			wantValue(t, families, 61, age, "job", job)
		}
		wantValue(t, families, 3600-61, expires, "job", "mortal")
		wantNone(t, families, expires, "job", "due")

		push(t, g, "/metrics/job/due/instance/i?ttl=2m", "m 1\n") // no longer expected, and to go
		time.Sleep(9 * time.Second)
		families = scraped(t, g)
		wantNone(t, families, overdue)
		wantValue(t, families, 9, age, "job", "due")
		wantValue(t, families, 111, expires, "job", "due")

		if after := lasting(g); after != series {
			t.Errorf("%d series are resident, %d before the groups had metrics: they count against no limit", after, series)
		}

		reload("none")
		families = scraped(t, g)
		for _, name := range []string{overdue, age, expires} {
			if families[name] != nil {
				t.Errorf("%s is there though there is to be none", name)
			}
		}
		reload("expected")
		push(t, g, "/metrics/job/plain?expect=1h", "m 1\n")
		wantValue(t, scraped(t, g), 0, overdue, "job", "plain")
	})
}

func lasting(g *Gateway) int { return g.store.Stats().Series }

// A family of the groups' own name in a push is left out of it, as push_time_seconds
// is, whether groups have such metrics or not.
func TestPushedGroupMetricsAreLeftOut(t *testing.T) {
	for _, mode := range []string{"none", "expected", "all"} {
		file := newConfigFile(t, "group_metrics: "+mode+"\n")
		g := start(t, Config{ConfigFile: file.path})
		push(t, g, "/metrics/job/j?expect=1h", "# TYPE headgate_group_overdue counter\nheadgate_group_overdue 7\nheadgate_group_last_push_age_seconds{x=\"1\"} 7\nm 1\n")
		families := scraped(t, g)
		for _, name := range []string{"headgate_group_overdue", "headgate_group_last_push_age_seconds"} {
			if v, ok := value(families, name); ok && v == 7 {
				t.Errorf("%s: the pushed %s is shown", mode, name)
			}
		}
		wantValue(t, families, 1, "m", "job", "j")
		if mode != "none" {
			wantValue(t, families, 0, "headgate_group_overdue", "job", "j")
		}
	}
}

// What depends on the clock is no part of the state: a snapshot doesn't have it, and
// after a restart it is told anew.
func TestSnapshotHasNoGroupMetrics(t *testing.T) {
	file := newConfigFile(t, "group_metrics: all\n")
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir, ConfigFile: file.path, EnableAdminAPI: true})
		push(t, g, "/metrics/job/j?expect=1m&ttl=1h", "m 1\n")
		scraped(t, g)
		if err := g.snapshot(context.Background()); err != nil {
			t.Fatal(err)
		}
		before := g.store.Stats()
		end()
		time.Sleep(2 * time.Minute)
		g, end = reopen(t, Config{DataDir: dir, ConfigFile: file.path, EnableAdminAPI: true})
		defer end()
		if after := g.store.Stats(); after.Series != before.Series || after.Bytes != before.Bytes {
			t.Errorf("%d series of %d bytes came back, want %d of %d", after.Series, after.Bytes, before.Series, before.Bytes)
		}
		families := scraped(t, g)
		wantValue(t, families, 1, "headgate_group_overdue", "job", "j")
		wantValue(t, families, 120, "headgate_group_last_push_age_seconds", "job", "j")

		// Wiped and brought back, the group has each of them once.
		if code, answer := do(t, g.Handler(), http.MethodPut, "/api/v1/admin/wipe", ""); code/100 != 2 {
			t.Fatalf("wipe: %d %s", code, answer)
		}
		if families := scraped(t, g); families["headgate_group_overdue"] != nil {
			t.Error("a group that is wiped is overdue still")
		}
		if code, answer := do(t, g.Handler(), http.MethodPost, "/api/v1/groups/undo", ""); code != http.StatusOK {
			t.Fatalf("undo: %d %s", code, answer)
		}
		families = scraped(t, g)
		wantValue(t, families, 1, "headgate_group_overdue", "job", "j")
		if n := len(families["headgate_group_expires_in_seconds"].GetMetric()); n != 1 {
			t.Errorf("%d series of expires_in, want 1", n)
		}
	})
}
