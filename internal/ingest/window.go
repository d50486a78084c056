package ingest

import (
	"context"
	"fmt"

	"github.com/headgate/headgate/internal/store"
	finding "github.com/headgate/headgate/push/labels"
)

// The findings of window rules.
const (
	windowLate   = "window-late"
	windowSeries = "window-series"
)

// SetWindows puts window rules into force, by a record of the journal if they differ
// from those that are. A *store.ConflictError says that a name is taken by something
// that was pushed; then nothing has changed.
func (d *Door) SetWindows(ctx context.Context, rules []store.WindowRule) error {
	if differ, err := d.store.WindowsDiffer(rules); !differ || err != nil {
		return err
	}
	_, err := d.submit(ctx, store.SetWindows(rules))
	return err
}

// windowFinding tells a pusher what of its push a window rule could not place.
func windowFinding(n *store.WindowNote) finding.Finding {
	if n.Overflow > 0 {
		return finding.Finding{
			Rule: windowSeries, Count: n.Overflow,
			Message:    fmt.Sprintf("window rule %q has %s series in this window, as many as it may: %d samples aren't in its results", n.Rule.Name, grouped(int64(n.Rule.MaxSeries)), n.Overflow),
			Suggestion: "have the gateway's rule keep fewer labels, or raise its max_series",
		}
	}
	what := "it counts in the window of now"
	if n.Rule.DropsLate {
		what = "it is in none of its results"
	}
	return finding.Finding{
		Rule: windowLate, Count: 1,
		Message:    fmt.Sprintf("the window of rule %q in which this was taken is closed: %s", n.Rule.Name, what),
		Suggestion: "push earlier, or raise the rule's grace",
	}
}
