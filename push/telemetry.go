package push

import (
	"github.com/prometheus/client_golang/prometheus"
)

// telemetry is what a Pusher counts of itself.
type telemetry struct {
	batches  *prometheus.CounterVec // by target and state
	samples  *prometheus.CounterVec
	attempts *prometheus.CounterVec // by target and result
	seconds  *prometheus.HistogramVec
	success  *prometheus.GaugeVec
	warnings *prometheus.CounterVec // by target and rule
	interval prometheus.Gauge
	failures prometheus.Counter
	spool    prometheus.Counter
	all      []prometheus.Collector

	waiting, waitingBytes, circuitOpen *prometheus.Desc // by target
	series, recorded, refused          *prometheus.Desc // of the Recorder
}

func newTelemetry() *telemetry {
	const prefix = "headgate_client_"
	byState := []string{"target", "state"}
	t := &telemetry{
		batches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "batches_total", Help: "Batches by the state that they came into."}, byState),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "samples_total", Help: "Samples by the state that their batch came into."}, byState),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "attempts_total", Help: "Attempts to send a batch, by result: ok or the class of the error."}, []string{"target", "result"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: prefix + "attempt_duration_seconds", Help: "How long attempts to send a batch took.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8)}, []string{"target"}),
		success: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: prefix + "last_success_timestamp_seconds", Help: "When the target last took a batch."}, []string{"target"}),
		warnings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "warnings_total", Help: "Warnings of the target about what was pushed, by its rule."}, []string{"target", "rule"}),
		interval: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: prefix + "interval_seconds", Help: "The time between two pushes as it stands."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: prefix + "gather_failures_total", Help: "Gatherings in which a collector failed or metrics could not be pushed."}),
		spool: prometheus.NewCounter(prometheus.CounterOpts{
			Name: prefix + "spool_failures_total", Help: "Operations of the spool that failed."}),
		waiting:      prometheus.NewDesc(prefix+"waiting_batches", "Batches that wait to be sent.", []string{"target"}, nil),
		waitingBytes: prometheus.NewDesc(prefix+"waiting_bytes", "Bytes of the batches that wait to be sent.", []string{"target"}, nil),
		circuitOpen:  prometheus.NewDesc(prefix+"circuit_open", "Whether the circuit breaker is open.", []string{"target"}, nil),
		series:       prometheus.NewDesc(prefix+"recorder_series", "Series of the Recorder.", nil, nil),
		recorded:     prometheus.NewDesc(prefix+"recorded_samples_total", "Samples that the Recorder took.", nil, nil),
		refused:      prometheus.NewDesc(prefix+"refused_samples_total", "Samples that the Recorder did not take, or had to drop, by reason.", []string{"reason"}, nil),
	}
	t.all = []prometheus.Collector{t.batches, t.samples, t.attempts, t.seconds, t.success, t.warnings, t.interval, t.failures, t.spool}
	return t
}

// Describe implements prometheus.Collector.
func (p *Pusher) Describe(c chan<- *prometheus.Desc) {
	t := p.report.telemetry()
	for _, m := range t.all {
		m.Describe(c)
	}
	for _, d := range []*prometheus.Desc{t.waiting, t.waitingBytes, t.circuitOpen, t.series, t.recorded, t.refused} {
		c <- d
	}
}

// Collect implements prometheus.Collector: register the Pusher to see what it does.
// Where a program has several, wrap the registerer with a label for each.
func (p *Pusher) Collect(c chan<- prometheus.Metric) {
	m := p.report.telemetry()
	for _, v := range m.all {
		v.Collect(c)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	p.mu.Lock()
	targets, recorder := p.all, p.recorder
	p.mu.Unlock()
	for _, t := range targets {
		waiting, open := t.status()
		gauge(m.waiting, float64(waiting.Entries), t.name)
		gauge(m.waitingBytes, float64(waiting.Bytes), t.name)
		gauge(m.circuitOpen, map[bool]float64{true: 1}[open], t.name)
	}
	if recorder == nil {
		return
	}
	st := recorder.stats()
	gauge(m.series, float64(st.series))
	counter(m.recorded, st.recorded)
	counter(m.refused, st.dropped, "buffer_full")
	for reason, n := range st.refused {
		counter(m.refused, n, reason)
	}
}
