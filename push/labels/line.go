package labels

import (
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	dropLogInterval = time.Second
	lossLogInterval = 10 * time.Second
)

// line is a kind of log line that isn't written more often than every so long.
// The zero value writes nothing.
type line struct {
	log      *slog.Logger
	every    time.Duration
	next     atomic.Int64 // Unix nanoseconds before which none is due
	withheld atomic.Uint64
}

// write logs at level info, unless the last line is too recent. Arguments that
// are empty are left out. They aren't variadic, so that a line withheld costs no memory.
func (l *line) write(msg, reason, metric, label, value string) {
	if l.log == nil {
		return
	}
	now, next := time.Now().UnixNano(), l.next.Load()
	if now < next || !l.next.CompareAndSwap(next, now+int64(l.every)) {
		l.withheld.Add(1)
		return
	}
	args := []any{"metric", metric}
	if reason != "" {
		args = append(args, "reason", reason)
	}
	if label != "" {
		args = append(args, "label", label, "value", value)
	}
	l.log.Info(msg, append(args, "withheld", l.withheld.Swap(0))...)
}
