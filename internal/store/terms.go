package store

import (
	"encoding/binary"
	"time"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/runs"
)

// Terms are what a push asks for beyond its families, as the rules have it, and the
// limits that held when it came. They travel in the push's record, so that Apply
// needs no configuration and a replay under another one reaches the same state.
type Terms struct {
	// Replace drops the families that the push doesn't hold.
	Replace bool
	// TTL is how long after this push the group expires; 0 means never.
	TTL time.Duration
	// Expect is how often a push is due; 0 means that none is.
	Expect time.Duration
	// KeepUntilScraped lets the group go once all who scrape have read this push.
	KeepUntilScraped bool
	// Limits are what may be resident once the push is applied.
	Limits Limits
	// Summing is how the push is added up.
	Summing Summing
	// Once is how it is told from its repetitions.
	Once Once
	// Run is what it tells of a job's run, nil if it tells of none.
	Run *runs.Event
}

// Limits bound what is resident. The zero value has none.
type Limits struct {
	// Max has the limits up to limit.JobGroups; 0 means none.
	Max [limit.Resident]int64
	// DryRun has those that are told of and refuse nothing.
	DryRun [limit.Resident]bool
}

// The terms in a record: flags, then what they say is there.
//
//	flags (1 replace, 2 ttl, 4 expect, 8 keep, 16 limits, 32 summing, 64 once, 128 run)
//	[ttl]  [expect]  [dry run, a bit for each limit  max of each]
//	[mode  pusher  epoch  idle]  [producer  epoch  number  key  retention]  [run]
//
// The mode has 128 added if the push is its producer's first attempt. A run is in codec_run.go.
// Durations are in nanoseconds.
const (
	termReplace = 1 << iota
	termTTL
	termExpect
	termKeep
	termLimits
	termSumming
	termOnce
	termRun
)

// firstAttempt is what the mode has beside itself.
const firstAttempt = 128

func appendTerms(dst []byte, t *Terms) []byte {
	flags := byte(0)
	if t.Replace {
		flags |= termReplace
	}
	if t.TTL > 0 {
		flags |= termTTL
	}
	if t.Expect > 0 {
		flags |= termExpect
	}
	if t.KeepUntilScraped {
		flags |= termKeep
	}
	if t.Limits != (Limits{}) {
		flags |= termLimits
	}
	if t.Summing != (Summing{}) || t.Once.First {
		flags |= termSumming
	}
	if t.Once != (Once{}) {
		flags |= termOnce
	}
	if t.Run != nil {
		flags |= termRun
	}
	dst = append(dst, flags)
	if t.TTL > 0 {
		dst = binary.AppendUvarint(dst, uint64(t.TTL))
	}
	if t.Expect > 0 {
		dst = binary.AppendUvarint(dst, uint64(t.Expect))
	}
	if flags&termLimits != 0 {
		dst = appendLimits(dst, &t.Limits)
	}
	if u := &t.Summing; flags&termSumming != 0 {
		mode := byte(u.Mode)
		if t.Once.First {
			mode |= firstAttempt
		}
		dst = appendString(append(dst, mode), u.Pusher)
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, u.Epoch), uint64(u.Idle))
	}
	if o := &t.Once; flags&termOnce != 0 {
		dst = appendString(dst, o.Sequence.Producer)
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, o.Sequence.Epoch), o.Sequence.Number)
		dst = binary.AppendUvarint(appendString(dst, o.Key), uint64(o.Retention))
	}
	if t.Run != nil {
		dst = appendEvent(dst, t.Run)
	}
	return dst
}

func appendLimits(dst []byte, l *Limits) []byte {
	dry := byte(0)
	for id, on := range l.DryRun {
		if on {
			dry |= 1 << id
		}
	}
	dst = append(dst, dry)
	for _, most := range l.Max {
		dst = binary.AppendUvarint(dst, uint64(most))
	}
	return dst
}

func (d *decoder) terms() (t Terms) {
	flags := d.byte()
	t.Replace, t.KeepUntilScraped = flags&termReplace != 0, flags&termKeep != 0
	if flags&termTTL != 0 {
		t.TTL = d.duration()
	}
	if flags&termExpect != 0 {
		t.Expect = d.duration()
	}
	if flags&termLimits != 0 {
		dry := d.byte()
		for id := range t.Limits.Max {
			t.Limits.Max[id] = d.number()
			t.Limits.DryRun[id] = dry>>id&1 != 0
		}
	}
	if flags&termSumming != 0 {
		mode := d.byte()
		t.Once.First = mode&firstAttempt != 0
		t.Summing = Summing{Mode: Mode(mode &^ firstAttempt), Pusher: d.string(), Epoch: d.uvarint(), Idle: d.number()}
		d.bad = d.bad || t.Summing.Mode >= modes
	}
	if flags&termOnce != 0 {
		t.Once.Sequence = Sequence{Producer: d.string(), Epoch: d.uvarint(), Number: d.uvarint()}
		t.Once.Key, t.Once.Retention = d.string(), d.duration()
	}
	if flags&termRun != 0 {
		t.Run = d.event()
	}
	return t
}
