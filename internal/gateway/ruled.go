package gateway

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/internal/limit"
)

// ruled reads what the rules of the configuration did to pushes.
type ruled struct{ g *Gateway }

func newRuled(g *Gateway) ruled { return ruled{g} }

var (
	limitRefused  = prometheus.NewDesc("headgate_limit_refused_pushes_total", "Pushes refused because of a limit.", []string{"limit"}, nil)
	limitDryRun   = prometheus.NewDesc("headgate_limit_dry_run_pushes_total", "Pushes taken that a limit would have refused if it were no dry run.", []string{"limit"}, nil)
	droppedSeries = prometheus.NewDesc("headgate_relabel_dropped_series_total", "Series of pushes that relabel rules dropped.", nil, nil)
	vocabularied  = prometheus.NewDesc("headgate_vocabulary_pushes_total", "Pushes with something against the vocabulary, rewritten or warned of.", nil, nil)
	boundedTTL    = prometheus.NewDesc("headgate_lifetime_bounded_pushes_total", "Pushes that asked for a longer ttl than max_ttl.", nil, nil)
	lintPushes    = prometheus.NewDesc("headgate_lint_pushes_total", "Pushes in which a lint rule found something.", []string{"rule"}, nil)
	lintGroups    = prometheus.NewDesc("headgate_lint_groups", "Groups in whose last push a lint rule found something.", []string{"rule"}, nil)
	lintTracked   = prometheus.NewDesc("headgate_lint_tracked_groups", "Groups that lint remembers.", nil, nil)
	lintEvicted   = prometheus.NewDesc("headgate_lint_evicted_groups_total", "Groups that lint forgot because there were too many.", nil, nil)
)

// Describe implements prometheus.Collector.
func (r ruled) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		limitRefused, limitDryRun, droppedSeries, vocabularied, boundedTTL, lintPushes, lintGroups, lintTracked, lintEvicted,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (r ruled) Collect(ch chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	c := r.g.door.Counts()
	for id := range limit.IDs {
		counter(limitRefused, c.Refused[id], id.String())
		counter(limitDryRun, c.DryRun[id], id.String())
	}
	counter(droppedSeries, c.DroppedSeries)
	counter(vocabularied, c.Vocabulary)
	counter(boundedTTL, c.Bounded)
	s := r.g.door.Linter().Stats()
	for _, rule := range s.Rules {
		counter(lintPushes, rule.Pushes, rule.Rule)
		gauge(lintGroups, rule.Groups, rule.Rule)
	}
	gauge(lintTracked, s.Tracked)
	counter(lintEvicted, s.Evicted)
}
