// Package stage runs the example programs in their tests, as the processes that
// they are, beside gateways that can be looked at.
package stage

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/headgate/headgate/push/pushtest"
)

// patience is how long a test waits for what has to come, at most.
const patience = 30 * time.Second

// Gateway is what tests look at: a *pushtest.Gateway, or a *Real.
type Gateway interface {
	URL() string
	// Value returns the value of the only series that has the labels, and fails the
	// test if there is none or several.
	Value(name string, labels ...string) float64
	// Lookup is Value for a series that need not be there.
	Lookup(name string, labels ...string) (float64, bool)
	// Down takes the gateway away from its clients, Up gives it back.
	Down()
	Up()
}

// Each runs a test against pushtest's gateway and against the project's.
func Each(t *testing.T, test func(*testing.T, Gateway)) {
	t.Run("pushtest", func(t *testing.T) { test(t, tested{pushtest.New(t)}) })
	t.Run("headgate", func(t *testing.T) { test(t, NewReal(t)) })
}

// tested is pushtest's gateway as a Gateway.
type tested struct{ *pushtest.Gateway }

func (g tested) Down() { g.Kill() }
func (g tested) Up()   { g.Restart(pushtest.KeepUnanswered) }

// Eventually waits until a condition holds, of which nobody gives notice.
func Eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !holds() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("waited %s until %s", patience, what)
		}
	}
}

// Get asks a program's own server.
func Get(t *testing.T, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}
