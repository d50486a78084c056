package push

import (
	"errors"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate/headgate/push/labels"
)

// Metric is one thing that happened.
type Metric struct {
	// Name is the metric's. A name that has a handle does what the handle does.
	Name  string
	Value float64
	// Labels may stand in any order. An empty value is no label.
	Labels []Label
	// Timestamp is when it happened; the zero time is now. It counts only where
	// samples travel with their timestamps: elsewhere what was recorded last is newest.
	Timestamp time.Time
}

// Recorder counts, sets and observes without a registry. A Pusher has one.
//
// A series known already costs no allocation and no lock that others hold for
// long; a new one is checked, bounded and remembered. What can't be recorded is
// refused with an error, or where a method returns none, counted and reported.
// A Recorder and its handles may be used by several goroutines.
//
// What a label policy strips for an exemplar is put on one of the counter, or of
// the bucket that the value falls into, with the value and the time at which it was
// recorded; the newest wins. Increments take it with them once. Running totals
// keep it until there is a newer one. Gauges have no exemplars.
type Recorder struct {
	config recorderConfig
	// known are the label sets that Record has seen.
	known   seriesTable
	buffer  sampleBuffer
	refused refusalCounts
	// waiting counts what was recorded since the last drain, or in mode totals since
	// the last Gather, if there is a threshold.
	waiting atomic.Int64

	// mu guards what follows, and the fields of family and series that say so. It
	// is taken to make a series and to drain, never to record in a known series.
	mu       sync.Mutex
	families map[string]*family
	byName   []*family // sorted; nil if it has to be made
	series   int       // in all families
	entries  int       // in all tables of known label sets
	epoch    uint64    // drains, counted from 1
	stuck    uint64    // epoch in which no series could be let go
	recorded uint64    // by what was drained
	errs     []error   // of declarations
	closed   bool
	final    bool // closed, and the last drain is over
}

// recordMode is how what was recorded leaves a Recorder.
type recordMode uint8

const (
	// recordIncrements: what counters and histograms gained and gauges became.
	recordIncrements recordMode = iota
	// recordTotals: running totals, by Gather.
	recordTotals
	// recordSamples: each sample of a gauge with its time; the running totals of
	// counters and histograms that changed, with the time of the drain.
	recordSamples
)

type recorderConfig struct {
	mode        recordMode
	maxSeries   int               // over all metrics; 0: 10,000
	maxBuffered int               // samples waiting for a drain, recordSamples; 0: 100,000
	threshold   int               // wake is called at this many samples since the last drain; 0: never
	wake        func()            // must not block
	grouping    []Label           // the key that series are pushed under: a policy's label that says the same is left out
	reserved    func(Label) error // labels that no series may have; must not call the Recorder; nil: none
	policy      *labels.Policy    // nil: none
	utf8        bool              // names may be any UTF-8
	now         func() time.Time  // nil: time.Now
	onRefused   func(error)       // the first refusal of each metric and reason since a drain; must not block; nil: none
}

const (
	defaultMaxSeries   = 10_000
	defaultMaxBuffered = 100_000
)

func newRecorder(c recorderConfig) *Recorder {
	if c.maxSeries <= 0 {
		c.maxSeries = defaultMaxSeries
	}
	if c.maxBuffered <= 0 {
		c.maxBuffered = defaultMaxBuffered
	}
	if c.now == nil {
		c.now = time.Now
	}
	seed := maphash.MakeSeed()
	return &Recorder{
		config:   c,
		known:    seriesTable{seed: seed},
		buffer:   sampleBuffer{limit: c.maxBuffered},
		families: map[string]*family{},
		epoch:    1,
	}
}

// Record records m: a counter's handle adds the value, a histogram's observes it,
// and any other name is a gauge that becomes it. The error wraps ErrInvalidMetric,
// ErrSeriesLimit or ErrClosed. m.Labels isn't kept.
func (r *Recorder) Record(m Metric) error {
	at := noTime
	if r.config.mode == recordSamples && !m.Timestamp.IsZero() {
		at = m.Timestamp.UnixMilli()
	}
	e := r.known.findMetric(m.Name, m.Labels)
	if e != nil && e.series.family.kind.takes(m.Value) && e.do(e.series.family.kind.op(), m.Value, at) {
		return nil
	}
	return r.recordAnew(m.Name, m.Value, m.Labels, at)
}

// recordAnew records in a series that isn't known by these labels. It copies what
// it is given before anything else, so that the caller's Metric may stay on the stack.
func (r *Recorder) recordAnew(name string, v float64, set []Label, at int64) error {
	own, raw := strings.Clone(name), cloneLabels(set)
	for {
		e, why := r.admit(nil, own, raw, v)
		if why != nil {
			return r.refuse(nil, why)
		}
		if e.do(e.series.family.kind.op(), v, at) {
			return nil
		}
	}
}

// Err returns what was wrong with the handles that were asked for, joined: names
// or labels that are invalid, and names asked for as two different things. Such a
// handle records nothing and counts what it refuses.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.errs...)
}

// close ends the recording. What was accepted by then is in the next drain, or in
// mode totals in the next Gather; what comes after is refused with ErrClosed.
//
// Nobody who records takes r.mu or looks at r.closed, so each series is marked,
// and whoever finds the mark after recording asks under the lock whether the last
// drain has yet to come. What is recorded while it runs may be both refused and in it.
func (r *Recorder) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	r.buffer.close()
	r.known.reset()
	for _, f := range r.families {
		f.known.reset()
		for _, s := range f.series {
			s.seal()
		}
	}
}

// recorderStats is what a Recorder says about itself.
type recorderStats struct {
	series   int
	recorded uint64            // samples accepted
	refused  map[string]uint64 // by reason
	dropped  uint64            // samples that the buffer's bound pushed out
}

func (r *Recorder) stats() recorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := recorderStats{series: r.series, recorded: r.recorded, refused: r.refused.byName(), dropped: r.buffer.lost()}
	if r.final {
		return st // what waits was refused
	}
	for _, f := range r.families {
		for _, s := range f.series {
			st.recorded += s.waiting()
		}
	}
	return st
}

// counted tells the engine when enough waits for it.
func (r *Recorder) counted() {
	if r.config.threshold > 0 && r.waiting.Add(1) == int64(r.config.threshold) && r.config.wake != nil {
		r.config.wake()
	}
}
