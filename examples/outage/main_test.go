package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/examples/internal/stage"
)

func TestMain(m *testing.M) { stage.Main(m, main) }

func orders(t *testing.T, n int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte(strings.Repeat("apple,3\n", n)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// What an import had to tell while the gateway was down, the next one tells.
func TestOutage(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		spool := t.TempDir()
		run := func(patience, shop string, n int) stage.Result {
			return stage.Run(t, gw.URL(), "-spool", spool, "-patience", patience, shop, orders(t, n))
		}
		gw.Down()
		began := float64(time.Now().Unix())
		for n, shop := range []string{"berlin", "paris"} {
			got := run("200ms", shop, n+1)
			if got.Code != 0 || !strings.HasPrefix(got.Stdout, "delivered 0 batches ") {
				t.Fatalf("want an import that ends well and delivers nothing, got %+v", got)
			}
		}
		ended := float64(time.Now().Unix() + 1)

		gw.Up()
		if got := run("30s", "rome", 3); got.Code != 0 || !strings.Contains(got.Stdout, " left 0 in ") {
			t.Fatalf("want an import that leaves nothing, got %+v", got)
		}
		for n, shop := range []string{"berlin", "paris", "rome"} {
			if v := gw.Value("import_orders", "job", "import", "shop", shop); v != float64(n+1) {
				t.Errorf("%v orders of %s, want %d", v, shop, n+1)
			}
		}
		if at := gw.Value("import_last_success_timestamp_seconds", "shop", "berlin"); at < began || at > ended {
			t.Errorf("the import of berlin was at %v, want the time of the import, %v to %v", at, began, ended)
		}
	})
}

// Of several imports of one shop the newest is what is delivered.
func TestOutageKeepsNewest(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		spool := t.TempDir()
		gw.Down()
		for n := range 3 {
			stage.Run(t, gw.URL(), "-spool", spool, "-patience", "100ms", "berlin", orders(t, n))
		}
		gw.Up()
		stage.Run(t, gw.URL(), "-spool", spool, "-patience", "30s", "paris", orders(t, 7))
		if v := gw.Value("import_orders", "shop", "berlin"); v != 2 {
			t.Errorf("%v orders of berlin, want the last import's 2", v)
		}
	})
}
