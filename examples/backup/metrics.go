package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what is known of a run. Names end in their unit, and the only label
// has as many values as there are tables.
type metrics struct {
	registry *prometheus.Registry
	started  time.Time
	rows     *prometheus.CounterVec
	size     *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		started:  time.Now(),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "backup_rows_total", Help: "Rows saved by this run."}, []string{"table"}),
		size: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "backup_size_bytes", Help: "Size of the table's file in the backup."}, []string{"table"}),
	}
	m.registry.MustRegister(m.rows, m.size)
	return m
}

// finish adds how the run ended. Before that nothing is said of it: a gauge that
// waits at 0 would be taken for a run that failed.
func (m *metrics) finish(err error) {
	m.gauge("backup_duration_seconds", "How long the last run took.", time.Since(m.started).Seconds())
	if err != nil {
		m.gauge("backup_success", "Whether the last run succeeded.", 0)
		return
	}
	m.gauge("backup_success", "Whether the last run succeeded.", 1)
	// The one to alert by: it shows a run that never began, too.
	m.gauge("backup_last_success_timestamp_seconds", "When the last run that succeeded ended.", float64(time.Now().Unix()))
}

func (m *metrics) gauge(name, help string, value float64) {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	g.Set(value)
	m.registry.MustRegister(g)
}
