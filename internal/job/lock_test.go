package job

import (
	"path/filepath"
	"strings"
	"testing"
)

// Of two runs one has the lock, and the other is told which.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks")
	l, err := TakeLock(dir, "back/up", "", Holder{ID: "one", PID: 1, Host: "db1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = TakeLock(dir, "back/up", "", Holder{ID: "two"})
	if held, ok := err.(*HeldError); !ok || held.Holder.ID != "one" || !strings.Contains(err.Error(), "run one, process 1 on db1") {
		t.Errorf("got %v, want that run one has it", err)
	}
	for _, other := range [][2]string{{"back_up", ""}, {"back/up", "zone=a"}} {
		o, err := TakeLock(dir, other[0], other[1], Holder{})
		if err != nil {
			t.Errorf("%q: %v", other, err)
			continue
		}
		_ = o.Release()
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if l, err = TakeLock(dir, "back/up", "", Holder{ID: "three"}); err != nil {
		t.Fatal(err)
	}
	_ = l.Release()
}
