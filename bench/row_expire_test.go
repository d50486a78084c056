package main

import (
	"testing"
	"time"
)

// TestExpiredSince promises that only what went after the deadline counts.
func TestExpiredSince(t *testing.T) {
	deadline := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log := `time=2026-01-02T03:04:04.000Z level=INFO source=x msg="groups expired" groups=7
time=2026-01-02T03:04:06.250Z level=INFO source=x msg="groups expired" groups=40
time=2026-01-02T03:04:07.500Z level=INFO source=x msg="groups expired" groups=2
`
	gone, last := expiredSince(log, deadline)
	if gone != 42 || last.Sub(deadline) != 2500*time.Millisecond {
		t.Errorf("%d groups gone after %v, want 42 after 2.5s", gone, last.Sub(deadline))
	}
}
