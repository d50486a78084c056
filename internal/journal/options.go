package journal

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"
)

// SyncMode says when an entry counts as durable.
type SyncMode uint8

const (
	// SyncAlways delivers a batch after it has been synced. The default.
	SyncAlways SyncMode = iota
	// SyncInterval delivers a batch once it is written and syncs every
	// Options.SyncInterval: a crash of the machine loses at most that much, one of the
	// process nothing.
	SyncInterval
	// SyncNever leaves it to the kernel, but for the ends of segments and Close.
	SyncNever
)

var syncModes = [...]string{"always", "interval", "never"}

func (m SyncMode) String() string {
	if int(m) < len(syncModes) {
		return syncModes[m]
	}
	return "invalid"
}

// MarshalText implements encoding.TextMarshaler.
func (m SyncMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler, for flags.
func (m *SyncMode) UnmarshalText(text []byte) error {
	for i, name := range syncModes {
		if name == string(text) {
			*m = SyncMode(i)
			return nil
		}
	}
	return fmt.Errorf("journal sync mode %q: want always, interval or never", text)
}

// Observe receives measurements; nil functions are skipped. They are called from the
// journal's own goroutines and must be quick.
type Observe struct {
	Sync     func(time.Duration)              // one sync of the log took so long
	Batch    func(entries int)                // a batch of so many entries was written
	Snapshot func(time.Duration, int64)       // a snapshot took so long and has so many bytes
	Replay   func(time.Duration, ReplayStats) // the replay took so long
}

// Options configure a Disk. Only Dir and Deliver are required.
type Options struct {
	// Dir is the data folder. The journal makes it and works in Dir/journal.
	Dir string
	FS  FS // nil: OS{}

	Sync         SyncMode
	SyncInterval time.Duration // 0: 1 s

	// SegmentSize is the size in bytes at which a new segment is begun. 0: 64 MiB.
	SegmentSize int64
	// Preallocate is by how many bytes of zeros a segment grows at a time, so that a
	// sync has no new size and no new blocks to write. 0: 1 MiB; negative: none.
	Preallocate int64
	// Reserve is how many bytes are kept for urgent entries on a full disk.
	// 0: 1 MiB; negative: none.
	Reserve int64

	// MaxQueueEntries and MaxQueueBytes (of payload) bound what has been accepted and
	// not yet delivered. 0: 65,536 entries and 256 MiB. An entry that is larger than
	// the bytes alone is accepted when nothing else waits.
	MaxQueueEntries int
	MaxQueueBytes   int64
	// MaxRecord bounds one payload, in bytes. 0: 256 MiB; at most 1 GiB.
	MaxRecord int

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: discard

	// Deliver is called from one goroutine, in log order, exactly once with every
	// entry that Append accepted: after it is durable, or with Err set. It may call
	// Append. It must not keep the slice, and not call Close.
	Deliver func([]*Entry)
	Observe Observe
}

const maxRecordLimit = 1 << 30

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = OS{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.SyncInterval = cmp.Or(o.SyncInterval, time.Second)
	o.SegmentSize = cmp.Or(o.SegmentSize, 64<<20)
	o.Preallocate = min(max(cmp.Or(o.Preallocate, 1<<20), 0), o.SegmentSize)
	o.Reserve = max(cmp.Or(o.Reserve, 1<<20), 0)
	o.MaxQueueEntries = cmp.Or(o.MaxQueueEntries, 1<<16)
	o.MaxQueueBytes = cmp.Or(o.MaxQueueBytes, 256<<20)
	o.MaxRecord = min(cmp.Or(o.MaxRecord, 256<<20), maxRecordLimit)
	return o
}
