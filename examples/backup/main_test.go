package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate/headgate/examples/internal/stage"
	"github.com/headgate/headgate/push/labels"
	"github.com/headgate/headgate/push/pushtest"
)

func TestMain(m *testing.M) { stage.Main(m, main) }

// tables makes a folder of tables by their rows.
func tables(t *testing.T, rows map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for table, text := range rows {
		if err := os.WriteFile(filepath.Join(dir, table+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The gateway knows what was saved, and that it was.
func TestBackup(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		from := tables(t, map[string]string{"orders": "1,apple\n2,pear\n3,plum\n", "customers": "7,Ada\n"})
		if got := stage.Run(t, gw.URL(), from, t.TempDir()); got.Code != 0 || !strings.HasPrefix(got.Stdout, "saved ") {
			t.Fatalf("want success, got %+v", got)
		}
		host, err := os.Hostname()
		if err != nil {
			t.Fatal(err)
		}
		key := []string{"job", "backup", "instance", host}
		for _, want := range []struct {
			value  float64
			metric string
			labels []string
		}{
			{3, "backup_rows_total", []string{"table", "orders"}},
			{1, "backup_rows_total", []string{"table", "customers"}},
			{1, "backup_success", nil},
		} {
			if got := gw.Value(want.metric, append(want.labels, key...)...); got != want.value {
				t.Errorf("%s%q is %v, want %v", want.metric, want.labels, got, want.value)
			}
		}
		if size := gw.Value("backup_size_bytes", "table", "orders"); size <= 0 {
			t.Errorf("the backup of orders has %v bytes", size)
		}
	})
}

// A run that fails says so, ends with 1, and leaves the time of the last success alone.
func TestBackupFails(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		from := tables(t, map[string]string{"orders": "1,apple\n"})
		stage.Run(t, gw.URL(), from, t.TempDir())
		before := gw.Value("backup_last_success_timestamp_seconds")

		got := stage.Run(t, gw.URL(), from, filepath.Join(from, "not-there"))
		if got.Code != 1 || !strings.Contains(got.Stderr, "not-there") {
			t.Errorf("want exit code 1 and the folder that is missing, got %+v", got)
		}
		if v := gw.Value("backup_success"); v != 0 {
			t.Errorf("backup_success is %v after a failure", v)
		}
		if after := gw.Value("backup_last_success_timestamp_seconds"); after != before {
			t.Errorf("the last success moved from %v to %v", before, after)
		}
	})
}

// A backup that the gateway doesn't take note of is made all the same, and the exit code tells.
func TestBackupUntold(t *testing.T) {
	gw := pushtest.New(t)
	gw.Respond(pushtest.Status(403).Times(0))
	from, to := tables(t, map[string]string{"orders": "1,apple\n"}), t.TempDir()
	if got := stage.Run(t, gw.URL(), from, to); got.Code != 1 || !strings.Contains(got.Stderr, "403") {
		t.Errorf("want exit code 1 and the gateway's answer, got %+v", got)
	}
	if _, err := os.Stat(filepath.Join(to, "orders.csv.gz")); err != nil {
		t.Error(err)
	}
}

// The metrics are named as the conventions have it.
func TestBackupMetrics(t *testing.T) {
	m := newMetrics()
	m.rows.WithLabelValues("orders").Inc()
	m.size.WithLabelValues("orders").Set(1)
	m.finish(nil)
	findings, err := labels.Vet(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}
