package store

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
)

// appendWindowRule appends a rule as a windows record has it. A rule is known again by
// these bytes.
func appendWindowRule(dst []byte, r *WindowRule) []byte {
	dst = binary.AppendUvarint(appendString(dst, r.Name), uint64(len(r.Match)))
	for _, m := range r.Match {
		dst = appendString(appendString(append(dst, byte(m.Type)), m.Name), m.Value)
	}
	dst = appendStrings(append(dst, boolByte(r.Without)), r.Labels)
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(r.Interval)), uint64(r.Grace))
	dst = binary.AppendUvarint(dst, uint64(len(r.Outputs)))
	for _, o := range r.Outputs {
		dst = append(dst, byte(o))
	}
	dst = binary.AppendUvarint(dst, uint64(len(r.Quantiles)))
	for _, q := range r.Quantiles {
		dst = appendFloat(dst, q)
	}
	return binary.AppendUvarint(append(dst, boolByte(r.DropsLate)), uint64(r.MaxSeries))
}

func (d *decoder) windowRule() WindowRule {
	r := WindowRule{Name: d.owned()}
	for range d.count() {
		m, err := labels.NewMatcher(labels.MatchType(d.byte()), d.owned(), d.owned())
		if d.bad = d.bad || err != nil || m.Type > labels.MatchNotRegexp; d.bad {
			return r
		}
		r.Match = append(r.Match, m)
	}
	r.Without = d.byte() != 0
	for range d.count() {
		r.Labels = append(r.Labels, d.owned())
	}
	r.Interval, r.Grace = d.duration(), d.duration()
	for range d.count() {
		r.Outputs = append(r.Outputs, aggregate.Output(d.byte()))
	}
	for range d.count() {
		if r.Quantiles = append(r.Quantiles, d.float()); d.bad {
			return r
		}
	}
	r.DropsLate, r.MaxSeries = d.byte() != 0, int(d.number())
	d.bad = d.bad || !r.valid()
	return r
}

// valid is whether a rule keeps what WindowRule says of its fields.
func (r *WindowRule) valid() bool {
	named := slices.ContainsFunc(r.Match, func(m *labels.Matcher) bool { return m.Name == nameLabel })
	ascending := slices.IsSorted(r.Labels) && slices.IsSorted(r.Outputs) && slices.IsSorted(r.Quantiles)
	known := len(r.Outputs)+len(r.Quantiles) > 0 && (len(r.Outputs) == 0 || r.Outputs[len(r.Outputs)-1] < aggregate.Outputs)
	timed := r.Interval > 0 && r.Interval%time.Second == 0 && r.Grace >= 0 && r.Grace <= r.Interval
	return r.Name != "" && named && ascending && known && timed && r.MaxSeries > 0
}
