package client

import (
	"time"

	"github.com/headgate/headgate/internal/figure"
)

// Group is a group as the API lists it.
type Group struct {
	Labels Key `json:"labels"`
	// LastPush, LastFailure and Expires are zero if there is none.
	LastPush           time.Time `json:"last_push,omitzero"`
	LastFailure        time.Time `json:"last_failure,omitzero"`
	LastPushSuccessful bool      `json:"last_push_successful"`
	TTL                Seconds   `json:"ttl_seconds"`
	Expires            time.Time `json:"expires,omitzero"`
	KeepUntilScraped   bool      `json:"keep_until_scraped"`
	Expect             Seconds   `json:"expect_seconds"`
	Overdue            bool      `json:"overdue"`
	Aggregate          string    `json:"aggregate"` // none, delta or cumulative
	Families           int       `json:"families"`
	Series             int       `json:"series"`
	Bytes              int       `json:"bytes"`
}

// Seconds is a duration as the API writes it.
type Seconds float64

// Duration is s in Go's terms.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// States are what is to be said of a group at a time, what is worst first: failed,
// overdue, sum, until scraped, and to when it stays.
func (g *Group) States(now time.Time) (states []string) {
	if !g.LastPushSuccessful {
		states = append(states, "failed")
	}
	if g.Overdue {
		late := now.Sub(g.LastPush) - g.Expect.Duration()
		if g.LastPush.IsZero() {
			late = now.Sub(g.LastFailure) - g.Expect.Duration()
		}
		states = append(states, "overdue "+figure.Span(late))
	}
	if len(states) == 0 {
		states = append(states, "ok")
	}
	if g.Aggregate != "none" {
		states = append(states, "sum")
	}
	if g.KeepUntilScraped {
		states = append(states, "until scraped")
	}
	if !g.Expires.IsZero() {
		states = append(states, "expires "+figure.Span(g.Expires.Sub(now)))
	}
	return states
}

// Age is how long ago a group was pushed to, or tried to be.
func (g *Group) Age(now time.Time) time.Duration {
	last := g.LastPush
	if last.IsZero() {
		last = g.LastFailure
	}
	return max(0, now.Sub(last))
}
