package labels

import (
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// reason is why something of a series is lost.
type reason uint8

const (
	dropping     reason = iota // a label that Drop took off
	notAllowed                 // a value that isn't on its label's list
	unknown                    // an address in no region
	truncated                  // a value cut off
	collision                  // a label whose name another label has
	invalid                    // a label or value that can't be exposed
	exemplarFull               // a dropped label that didn't fit its exemplar
	merged                     // a series that became part of another
	overflowed                 // a series beyond its metric's cap
	quantiles                  // a summary whose quantiles couldn't be merged
	buckets                    // a histogram of which only some buckets could be merged
	reasons
)

var reasonNames = [reasons]string{
	"dropped", "not_allowed", "unknown_region", "truncated", "name_collision", "invalid", "exemplar_full",
	"merged", "overflow", "quantiles", "buckets",
}

func (r reason) String() string { return reasonNames[r] }

// losses counts what a policy takes away, and says some of it.
type losses struct {
	counts [reasons]atomic.Uint64
	lines  [reasons]line
}

func (l *losses) report(log *slog.Logger) {
	for i := range l.lines {
		l.lines[i].log, l.lines[i].every = log, lossLogInterval
	}
}

func (p *Policy) lost(r reason, metric, label, value string) {
	if p == nil {
		return
	}
	p.losses.counts[r].Add(1)
	msg := "label policy: label not exposed as it is"
	if label == "" {
		msg = "label policy: series not exposed as it is"
	}
	p.losses.lines[r].write(msg, r.String(), metric, label, value)
}

var lossDesc = prometheus.NewDesc("headgate_client_label_losses_total",
	"What the label policy took away, by reason. A gathered series counts at each gather, a recorded one when its labels are first seen.",
	[]string{"reason"}, nil)

// Describe makes a Policy a prometheus.Collector of what it took away.
func (p *Policy) Describe(ch chan<- *prometheus.Desc) { ch <- lossDesc }

// Collect sends how much was lost since New, by reason.
func (p *Policy) Collect(ch chan<- prometheus.Metric) {
	if p == nil {
		return
	}
	for r := range reasons {
		n := float64(p.losses.counts[r].Load())
		ch <- prometheus.MustNewConstMetric(lossDesc, prometheus.CounterValue, n, r.String())
	}
}
