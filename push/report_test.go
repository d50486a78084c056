package push

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// logged returns an option, and what it has had logged, a line an entry.
func logged() (Option, func() []string) {
	var b strings.Builder
	lines := func() []string { return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") }
	return WithLogger(slog.New(slog.NewTextHandler(&b, nil))), lines
}

func wantLines(t *testing.T, lines []string, want ...string) {
	t.Helper()
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), strings.Join(lines, "\n"))
	}
	for i, w := range want {
		if !strings.Contains(lines[i], w) {
			t.Errorf("line %d doesn't say %q: %s", i+1, w, lines[i])
		}
	}
}

// An outage is one line a minute for each target, not for all of them together, and
// one when it is over.
func TestLogOfOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logged()
		f, g := fake{answer: down}, fake{}
		p, _ := counterPusher(&f, WithTarget("other", &g), WithInterval(time.Second), log)
		noErr(t, p.Start(t.Context()))
		time.Sleep(30 * time.Second)
		g.set(down)
		time.Sleep(15 * time.Second)
		f.set(nil)
		g.set(nil)
		time.Sleep(2 * time.Minute)
		noErr(t, p.Close(t.Context()))
		wantLines(t, lines()[:2], "tried again\" target=gateway", "tried again\" target=other")
		wantLines(t, lines()[2:], "takes pushes again", "takes pushes again")
	})
}

// That Close leaves something to the next process is no error, but no secret either.
func TestLogOfWhatIsSpooled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logged()
		f := fake{answer: down}
		p, c := recordedPusher(&f, WithSpool(t.TempDir()), WithInterval(time.Second), log)
		noErr(t, p.Start(t.Context()))
		c.Inc("a")
		noErr(t, p.Close(t.Context()))
		wantLines(t, lines(), "tried again", "left in the spool\" target=gateway job=")
	})
}
