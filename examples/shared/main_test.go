package main

import (
	"strings"
	"testing"

	"github.com/headgate/headgate/examples/internal/stage"
)

func TestMain(m *testing.M) { stage.Main(m, main) }

// Not one page is lost among the goroutines, nor counted twice.
func TestShared(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		got := stage.Run(t, gw.URL(), "-goroutines", "16", "-pages", "20000")
		if got.Code != 0 || got.Stdout != "rendered 20000 pages with 16 goroutines\n" {
			t.Fatalf("want success, got %+v", got)
		}
		if n := gw.Value("render_pages_total", "job", "render", "outcome", "ok"); n != 20000 {
			t.Errorf("%v pages, want 20000", n)
		}
		if n := gw.Value("render_duration_seconds_count", "job", "render"); n != 20000 {
			t.Errorf("%v durations, want 20000", n)
		}
	})
}

// A run that is told to stop pushes what it did until then.
func TestSharedStopped(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		process := stage.Start(t, gw.URL(), "-pages", "1000000000")
		stage.Eventually(t, "the first push has come", func() bool {
			_, ok := gw.Lookup("render_duration_seconds_count")
			return ok
		})
		process.Stop()
		if got := process.Wait(); got.Code != 1 || !strings.Contains(got.Stderr, "stopped before page") {
			t.Errorf("want exit code 1 and how far it came, got %+v", got)
		}
		if n := gw.Value("render_pages_total", "outcome", "ok"); n == 0 {
			t.Error("nothing of what was done has been pushed")
		}
	})
}
