package push

import "testing"

// A key tells its job, whatever else is in it; what is no key tells none.
func TestSpooledJob(t *testing.T) {
	merging := sampleBatch()
	merging.encoded = nil
	for _, b := range []*Batch{merging, ranBatch(), {Job: "backup", Mode: Delta}} {
		if got := SpooledJob(b.key()); got != "backup" {
			t.Errorf("mode %s: got %q, want backup", b.Mode, got)
		}
	}
	for _, key := range []string{"", "x", "x\xff"} {
		if got := SpooledJob(key); got != "" {
			t.Errorf("%q: got %q, want nothing", key, got)
		}
	}
}
