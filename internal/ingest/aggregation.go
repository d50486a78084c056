package ingest

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
)

// Aggregation says how pushes to groups that its matchers select are added up.
type Aggregation struct {
	// Match is over the grouping key before PusherLabel is taken off, after relabelling;
	// an absent label is empty.
	Match []*labels.Matcher
	// Mode is that of pushes which don't say one.
	Mode store.Mode
	// PusherLabel is the label of the grouping key that names who pushes. It is taken
	// off the sum. "" means that there is none.
	PusherLabel string
	// PusherIdle is how long after its last push a pusher of totals counts as gone;
	// 0 means DefaultPusherIdle.
	PusherIdle time.Duration
	// Gauges says what becomes of gauges; the first that matches a metric's name
	// holds, and without one the last push does.
	Gauges []GaugeRule
}

// GaugeRule is what becomes of some gauges to which several push.
type GaugeRule struct {
	Metric *labels.Matcher // of __name__
	As     aggregate.Gauges
}

// DefaultPusherIdle is how long a silent pusher of totals is remembered.
const DefaultPusherIdle = time.Hour

// How long pushes are remembered, so that they aren't counted twice: those of a
// producer after its last one, and opaque keys.
const (
	producerRetention = 7 * 24 * time.Hour
	keyRetention      = 24 * time.Hour
)

// SumWish is how a push asks to be added up.
type SumWish struct {
	Mode   store.Mode // Keep means that it doesn't say
	Pusher string     // who pushes, "" if it doesn't say
	Epoch  uint64
}

// summing settles how a push is added up, and takes the label off its key that names
// the pusher.
func (w *work) summing(p *Push) error {
	w.sum = store.Summing{Mode: p.Sum.Mode, Pusher: p.Sum.Pusher, Epoch: p.Sum.Epoch}
	a := w.rules.aggregation(p.Labels)
	w.aggregation = a
	if a != nil && w.sum.Mode == store.Keep {
		w.sum.Mode = a.Mode
	}
	p.Mode = w.sum.Mode
	p.Once.Retention = retention(&p.Once)
	if w.sum.Mode == store.Keep {
		w.sum = store.Summing{}
		return nil
	}
	if a != nil && a.PusherLabel != "" {
		p.Labels, w.sum.Pusher = takeOff(p.Labels, a.PusherLabel, w.sum.Pusher)
	}
	if w.sum.Mode == store.Delta && p.Replace {
		return refuse("mode", "PUT of increments: with aggregate delta they are added to what is there, which is POST")
	}
	if w.sum.Mode == store.Cumulative && w.sum.Pusher == "" {
		return refuse("pusher", "totals of several pushers are told apart by who pushes: want a header Headgate-Pusher, or a pusher_label in the gateway's aggregate rule that is in the grouping key")
	}
	w.sum.Idle = int64(DefaultPusherIdle)
	if a != nil && a.PusherIdle > 0 {
		w.sum.Idle = int64(a.PusherIdle)
	}
	return nil
}

// SumKey returns the key of the sum to which a rule has pushes with that grouping key
// added, the key itself if there is none. The key is one that Key has returned.
func (d *Door) SumKey(key []expo.Label) []expo.Label {
	if a := d.rules.Load().aggregation(key); a != nil && a.PusherLabel != "" {
		key, _ = takeOff(key, a.PusherLabel, "")
	}
	return key
}

// aggregation is the rule for a grouping key, nil if there is none.
func (r *Rules) aggregation(key []expo.Label) *Aggregation {
	for i := range r.Aggregations {
		if a := &r.Aggregations[i]; limit.Matches(a.Match, key) {
			return a
		}
	}
	return nil
}

func retention(o *store.Once) time.Duration {
	switch {
	case o.Sequence.Producer != "":
		return producerRetention
	case o.Key != "":
		return keyRetention
	}
	return 0
}

// takeOff returns a key without a label, and that label's value unless there is
// another already.
func takeOff(key []expo.Label, name, other string) ([]expo.Label, string) {
	i := slices.IndexFunc(key, func(l expo.Label) bool { return l.Name == name })
	if i < 0 || name == "job" {
		return key, other
	}
	if other == "" {
		other = key[i].Value
	}
	rest := make([]expo.Label, 0, len(key)-1)
	return append(append(rest, key[:i]...), key[i+1:]...), other
}

// namesPusher is whether a label is taken off the series of a sum.
func (w *work) namesPusher(name string) bool {
	return w.sum.Mode != store.Keep && w.aggregation != nil && name == w.aggregation.PusherLabel && name != "job"
}

// gauges is what becomes of gauges of that name.
func (a *Aggregation) gauges(name string) aggregate.Gauges {
	if a == nil {
		return aggregate.Last
	}
	for _, g := range a.Gauges {
		if g.Metric.Matches(name) {
			return g.As
		}
	}
	return aggregate.Last
}
