package main

import (
	"context"
	"fmt"
)

// line is one line of the report: what was measured on either side, and the
// budget it is held to, if any.
type line struct {
	Row      string  `json:"row"`
	What     string  `json:"what"`
	Unit     unit    `json:"unit"`
	Ours     *stat   `json:"ours,omitempty"` // nil: not measured
	PeerName string  `json:"peer_name,omitempty"`
	Peer     *stat   `json:"peer,omitempty"`
	Ratio    *stat   `json:"ratio,omitempty"` // over the pairs of rounds
	Budget   *budget `json:"budget,omitempty"`
	Verdict  string  `json:"verdict,omitempty"`
	Note     string  `json:"note,omitempty"`

	inverse bool // the ratio is peer to ours: how many times faster ours is
}

// unit is what the figures of a line are in.
type unit string

const (
	perSecond unit = "/s"
	seconds   unit = "s"
	megabytes unit = "MB" // 10^6 bytes

	nanoseconds unit = "ns"
)

// budget bounds the ratio of a line, or its own figure where absolute is set.
type budget struct {
	AtLeast  float64 `json:"at_least,omitempty"` // 0: no lower bound
	AtMost   float64 `json:"at_most,omitempty"`  // 0: no upper bound
	Absolute bool    `json:"absolute,omitempty"`
}

// measure takes one measurement, in the unit of its line.
type measure func(context.Context) (float64, error)

// recorded stands for a peer that was measured on another day.
func recorded(figure float64) measure {
	return func(context.Context) (float64, error) { return figure, nil }
}

// compare takes rounds of measurements, alternating between the two sides so
// that a change in the machine's mood hits both, and completes the line. A side
// that is nil is left out.
func (l line) compare(ctx context.Context, rounds int, ours, peer measure) (line, error) {
	var us, them, ratios []float64
	for range rounds {
		var err error
		if us, err = take(ctx, us, ours); err != nil {
			return l, fmt.Errorf("%s: %w", l.What, err)
		}
		if them, err = take(ctx, them, peer); err != nil {
			return l, fmt.Errorf("%s: %s: %w", l.What, l.PeerName, err)
		}
		if ours != nil && peer != nil {
			ratios = append(ratios, l.ratio(us[len(us)-1], them[len(them)-1]))
		}
	}
	l.Ours, l.Peer, l.Ratio = summarize(us), summarize(them), summarize(ratios)
	l.judge()
	return l, nil
}

func take(ctx context.Context, samples []float64, m measure) ([]float64, error) {
	if m == nil {
		return samples, nil
	}
	v, err := m(ctx)
	return append(samples, v), err
}

func (l *line) ratio(ours, peer float64) float64 {
	if l.inverse {
		return peer / ours
	}
	return ours / peer
}

// judge holds the line's median against its budget.
func (l *line) judge() {
	if l.Budget == nil {
		return
	}
	judged := l.Ratio
	if l.Budget.Absolute {
		judged = l.Ours
	}
	switch {
	case judged == nil:
		l.Verdict = "not measured"
	case l.Budget.AtLeast > 0 && judged.Median < l.Budget.AtLeast,
		l.Budget.AtMost > 0 && judged.Median > l.Budget.AtMost:
		l.Verdict = "missed"
	default:
		l.Verdict = "met"
	}
}
