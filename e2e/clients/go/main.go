// Command go pushes, adds and deletes with client_golang's own push package:
// go URL JOB.
package main

import (
	"log"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(url, job string) error {
	done := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "e2e_done_total", Help: "What was done."}, []string{"stage"})
	done.WithLabelValues("load").Add(3)
	temperature := prometheus.NewGauge(prometheus.GaugeOpts{Name: "e2e_temperature_celsius", Help: "How warm it was."})
	temperature.Set(36.6)
	latency := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "e2e_latency_seconds", Help: "How long it took.", Buckets: []float64{0.5, 1}})
	latency.Observe(0.25)
	latency.Observe(3)

	group := func() *push.Pusher { return push.New(url, job).Grouping("path", "/var/tmp").Grouping("shift", "night") }
	if err := group().Collector(done).Collector(temperature).Collector(latency).Push(); err != nil {
		return err
	}
	temperature.Set(37.5)
	if err := group().Collector(temperature).Add(); err != nil {
		return err
	}
	deleted := push.New(url, job).Grouping("deleted", "yes").Collector(temperature)
	if err := deleted.Push(); err != nil {
		return err
	}
	return deleted.Delete()
}
