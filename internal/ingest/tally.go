package ingest

import (
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/push/labels"
)

// tally counts what the rules did to pushes. It is part of Door.
type tally struct {
	refused, dryRun [limit.IDs]atomic.Uint64
	// dropped are series that relabel rules dropped, rewritten and warned pushes with
	// findings of the vocabulary.
	dropped, vocabulary, bounded atomic.Uint64
	// peaks are the most that was seen of what limits bound, since they were last read.
	peaks [limit.IDs]atomic.Int64
}

// note counts what the rules did to a push: its findings if it was taken, else the
// limit that refused it.
func (t *tally) note(p *Push, err error) {
	if p.DryRun {
		return // nothing was done to it
	}
	if err == nil {
		t.taken(p)
		return
	}
	var over *OverLimitError
	var often *RateError
	switch {
	case errors.As(err, &over):
		t.refused[over.ID].Add(1)
	case errors.As(err, &often):
		t.refused[often.ID].Add(1)
	}
}

func (t *tally) taken(p *Push) {
	vocabulary := false
	for i := range p.Findings {
		f := &p.Findings[i]
		switch f.Rule {
		case relabelDropped:
			t.dropped.Add(uint64(f.Count))
		case lifetimeBounded:
			t.bounded.Add(1)
		default:
			if id, ok := limit.Named(f.Rule); ok {
				t.dryRun[id].Add(1)
			}
			vocabulary = vocabulary || isVocabulary(f.Rule)
		}
	}
	if vocabulary {
		t.vocabulary.Add(1)
	}
}

// peak notes how much there is of what a limit bounds.
func (t *tally) peak(id limit.ID, n int64) {
	for {
		old := t.peaks[id].Load()
		if n <= old || t.peaks[id].CompareAndSwap(old, n) {
			return
		}
	}
}

// Peaks returns the most that single series have had of what limits on labels bound,
// the largest bodies, and how full the fullest job's bucket of pushes was, each since the last call.
func (d *Door) Peaks() iter.Seq2[limit.ID, int64] {
	return func(yield func(limit.ID, int64) bool) {
		for _, id := range []limit.ID{limit.SeriesLabels, limit.LabelNameBytes, limit.LabelValueBytes, limit.BodyBytes, limit.DecodedBodyBytes} {
			if !yield(id, d.tally.peaks[id].Swap(0)) {
				return
			}
		}
		yield(limit.JobPushes, d.rates.fullest(time.Now()))
	}
}

// NoteBody counts a body of so many bytes, decompressed to so many, and the limit that
// refused it, limit.IDs for none.
func (d *Door) NoteBody(sent, decoded int64, refusedBy limit.ID) {
	d.tally.peak(limit.BodyBytes, sent)
	d.tally.peak(limit.DecodedBodyBytes, decoded)
	if refusedBy < limit.IDs {
		d.tally.refused[refusedBy].Add(1)
	}
}

// NoteDryRuns counts findings of limits on bodies that only tell.
func (d *Door) NoteDryRuns(found []labels.Finding) {
	for i := range found {
		if id, ok := limit.Named(found[i].Rule); ok {
			d.tally.dryRun[id].Add(1)
		}
	}
}

// Counts is what the rules did to pushes since the start.
type Counts struct {
	// Refused and DryRun count pushes beyond a limit.
	Refused, DryRun [limit.IDs]uint64
	// DroppedSeries are those that relabel rules dropped.
	DroppedSeries uint64
	// Vocabulary counts pushes with something against the vocabulary that were taken.
	Vocabulary uint64
	// Bounded counts pushes that asked for a longer ttl than they may have.
	Bounded uint64
}

// Counts returns what the rules did so far.
func (d *Door) Counts() (c Counts) {
	for id := range limit.IDs {
		c.Refused[id], c.DryRun[id] = d.tally.refused[id].Load(), d.tally.dryRun[id].Load()
	}
	c.DroppedSeries, c.Vocabulary, c.Bounded = d.tally.dropped.Load(), d.tally.vocabulary.Load(), d.tally.bounded.Load()
	return c
}

// Limits are the limits in force. They must not be changed.
func (d *Door) Limits() *limit.Rules { return &d.rules.Load().Limits }
