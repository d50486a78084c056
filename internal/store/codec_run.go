package store

import (
	"encoding/binary"

	"github.com/headgate/headgate/internal/runs"
)

// What a push tells of a run, and histories in a snapshot:
//
//	run        id  host  start  end  outcome  flags (1 code)  [code]  attempts  plan  most  keep
//	plan       schedule  timezone  expect  max
//	missed     count  (key  until  count  (due  from  to)…)…
//	runs       count  (grave  key  until  history)…
//	history    plan  planned  judged  gone start  gone id  missed  overlapping  last success
//	           count  (due  from  to)…
//	           count  (id  host  start  end  outcome  flags (1 code, 2 overlaps)  [code]  attempts  plan)…
//
// Times are in nanoseconds since the epoch. A code is its 32 bits.
const (
	flagCode = 1 << iota
	flagOverlaps
)

func appendNumbers(dst []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return dst
}

func appendEvent(dst []byte, e *runs.Event) []byte {
	dst = appendRun(dst, &runs.Run{
		ID: e.ID, Host: e.Host, Start: e.Start, End: e.End, Outcome: e.Outcome,
		Code: e.Code, HasCode: e.HasCode, Attempts: e.Attempts, Said: e.Plan,
	})
	return appendNumbers(dst, int64(e.Bounds.Runs), int64(e.Bounds.Keep))
}

func (d *decoder) event() *runs.Event {
	r := d.run()
	e := &runs.Event{
		ID: r.ID, Host: r.Host, Start: r.Start, End: r.End, Outcome: r.Outcome,
		Code: r.Code, HasCode: r.HasCode, Attempts: r.Attempts, Plan: r.Said,
	}
	e.Bounds = runs.Bounds{Runs: int(d.number()), Keep: d.duration()}
	return e
}

func appendRun(dst []byte, r *runs.Run) []byte {
	dst = appendNumbers(appendString(appendString(dst, r.ID), r.Host), r.Start, r.End)
	flags := byte(0)
	if r.HasCode {
		flags |= flagCode
	}
	if r.Overlaps {
		flags |= flagOverlaps
	}
	dst = append(dst, byte(r.Outcome), flags)
	if r.HasCode {
		dst = binary.AppendUvarint(dst, uint64(uint32(r.Code)))
	}
	return appendPlan(binary.AppendUvarint(dst, uint64(r.Attempts)), &r.Said)
}

// run reads what appendRun writes. Its strings are copies, as it may be kept.
func (d *decoder) run() runs.Run {
	r := runs.Run{ID: d.owned(), Host: d.owned(), Start: d.number(), End: d.number(), Outcome: runs.Outcome(d.byte())}
	flags := d.byte()
	r.HasCode, r.Overlaps = flags&flagCode != 0, flags&flagOverlaps != 0
	if r.HasCode {
		r.Code = int32(uint32(d.uvarint()))
	}
	r.Attempts, r.Said = uint32(d.uvarint()), d.plan()
	d.bad = d.bad || r.Outcome >= runs.Outcomes || (r.End == 0) != (r.Outcome == runs.Running)
	return r
}

func appendPlan(dst []byte, p *runs.Plan) []byte {
	dst = appendString(appendString(dst, p.Schedule), p.Timezone)
	return appendNumbers(dst, int64(p.Expect), int64(p.Max))
}

func (d *decoder) plan() runs.Plan {
	return runs.Plan{Schedule: d.owned(), Timezone: d.owned(), Expect: d.duration(), Max: d.duration()}
}

func appendMisses(dst []byte, misses []runs.Miss) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(misses)))
	for _, m := range misses {
		dst = appendNumbers(dst, m.Due, m.From, m.To)
	}
	return dst
}

func (d *decoder) miss() runs.Miss {
	return runs.Miss{Due: d.number(), From: d.number(), To: d.number()}
}

// listed reads a list of what read reads, and no more of it than there is.
func listed[T any](d *decoder, read func() T) (all []T) {
	for range d.count() {
		if d.bad {
			break
		}
		all = append(all, read())
	}
	return all
}

func appendVerdicts(dst []byte, verdicts []runs.Verdict) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(verdicts)))
	for i := range verdicts {
		v := &verdicts[i]
		dst = appendMisses(appendNumbers(appendString(dst, v.Key), v.Until), v.Misses)
	}
	return dst
}

func (d *decoder) verdict() runs.Verdict {
	return runs.Verdict{Key: d.string(), Until: d.number(), Misses: listed(d, d.miss)}
}

func appendHistories(dst []byte, histories []runs.Saved) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(histories)))
	for i := range histories {
		h := &histories[i]
		dst = appendNumbers(dst, h.Grave)
		dst = appendNumbers(appendString(dst, h.Key), h.Until)
		dst = appendNumbers(appendPlan(dst, &h.Plan), h.Planned, h.Judged, h.Gone.Start)
		dst = appendNumbers(appendString(dst, h.Gone.ID), int64(h.Missed), int64(h.Overlapping), h.LastSuccess)
		dst = appendMisses(dst, h.Misses)
		dst = binary.AppendUvarint(dst, uint64(len(h.Runs)))
		for j := range h.Runs {
			dst = appendRun(dst, &h.Runs[j])
		}
	}
	return dst
}

func (d *decoder) history() (h runs.Saved) {
	h.Grave, h.Key, h.Until = d.number(), d.owned(), d.number()
	h.Plan, h.Planned, h.Judged = d.plan(), d.number(), d.number()
	h.Gone = runs.Mark{Start: d.number(), ID: d.owned()}
	h.Missed, h.Overlapping, h.LastSuccess = d.uvarint(), d.uvarint(), d.number()
	h.Misses, h.Runs = listed(d, d.miss), listed(d, d.run)
	return h
}
