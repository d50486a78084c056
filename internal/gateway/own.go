package gateway

import (
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
)

// own gathers the gateway's own metrics for a scrape. A collector that fails
// costs its own metrics, never the scrape.
func (g *Gateway) own() []expo.Family {
	gathered, err := g.registry.Gather()
	if failing := err != nil; g.ownFailing.Swap(failing) != failing && failing {
		g.log.Warn("some of the gateway's own metrics are missing from now on", "err", err)
	}
	families := make([]expo.Family, 0, len(gathered))
	for _, f := range gathered {
		families = append(families, fromProto(f))
	}
	return append(families, g.runMetrics.current(g.store, &g.schedules, time.Now())...)
}

// fromProto converts a family as client_golang gathers it: consistent and sorted.
func fromProto(f *dto.MetricFamily) expo.Family {
	out := expo.Family{
		Name: f.GetName(), Help: f.GetHelp(), HasHelp: f.Help != nil, Unit: f.GetUnit(),
		Type:    expo.Type(f.GetType()),
		Metrics: make([]expo.Metric, 0, len(f.GetMetric())),
	}
	for _, m := range f.GetMetric() {
		metric := expo.Metric{Value: m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()}
		for _, l := range m.GetLabel() {
			metric.Labels = append(metric.Labels, expo.Label{Name: l.GetName(), Value: l.GetValue()})
		}
		if s := m.GetSummary(); s != nil {
			metric.Summary = &expo.SummaryValue{Count: s.GetSampleCount(), Sum: s.GetSampleSum()}
			for _, q := range s.GetQuantile() {
				metric.Summary.Quantiles = append(metric.Summary.Quantiles, expo.Quantile{Quantile: q.GetQuantile(), Value: q.GetValue()})
			}
		}
		if h := m.GetHistogram(); h != nil {
			metric.Histogram = &expo.HistogramValue{Count: h.GetSampleCount(), Sum: h.GetSampleSum()}
			for _, b := range h.GetBucket() {
				metric.Histogram.Buckets = append(metric.Histogram.Buckets,
					expo.Bucket{UpperBound: b.GetUpperBound(), Count: b.GetCumulativeCount()})
			}
		}
		out.Metrics = append(out.Metrics, metric)
	}
	return out
}
