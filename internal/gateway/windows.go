package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/store"
)

// windows are the window rules that the configuration has. They come into force by a
// record of the journal, which can fail: a reload then fails as a whole, but a gateway
// starts, with the rules that it had, and the keeper tries again.
type windows struct {
	wanted  atomic.Pointer[[]store.WindowRule]
	waiting atomic.Bool // whether others are in force
}

// putWindows puts the configuration's rules into force if they aren't, unless a reload is
// just doing that. Only the first failure of several is logged.
func (g *Gateway) putWindows(ctx context.Context) {
	if !g.reloads.TryLock() {
		return
	}
	defer g.reloads.Unlock()
	err := g.door.SetWindows(ctx, *g.windows.wanted.Load())
	if errors.Is(err, context.Canceled) || errors.Is(err, journal.ErrClosed) {
		return
	}
	if failing := err != nil; g.windows.waiting.Swap(failing) != failing && failing {
		g.log.Error("the window rules of the configuration aren't in force, those before them are; trying again every second", "err", err)
	}
}

// reloadWindows puts other rules into force.
func (g *Gateway) reloadWindows(rules []store.WindowRule) error {
	if err := g.door.SetWindows(context.Background(), rules); err != nil {
		return fmt.Errorf("configuration file %s: aggregations: %w", g.cfg.ConfigFile, err)
	}
	g.windows.waiting.Store(false)
	return nil
}

var (
	windowsInForce = prometheus.NewDesc("headgate_window_rules_in_force", "Whether the window rules in force are the configuration's: 1 or 0.", nil, nil)
	windowSeries   = prometheus.NewDesc("headgate_window_series", "Results that the windows at hand will have.", []string{"rule"}, nil)
	windowResults  = prometheus.NewDesc("headgate_window_results", "Results shown of the last closed window.", []string{"rule"}, nil)
	windowLate     = prometheus.NewDesc("headgate_window_late_pushes_total", "Pushes taken after the window was closed in which their values were.", []string{"rule"}, nil)
	windowOverflow = prometheus.NewDesc("headgate_window_overflow_samples_total", "Samples in no result, as the window had max_series of them.", []string{"rule"}, nil)
	windowIgnored  = prometheus.NewDesc("headgate_window_ignored_samples_total", "Samples in no result, as they were not finite, or of a counter or histogram that is none.", []string{"rule"}, nil)
)

// windowed reads what window rules do.
type windowed struct{ g *Gateway }

// Describe implements prometheus.Collector.
func (w windowed) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{windowsInForce, windowSeries, windowResults, windowLate, windowOverflow, windowIgnored} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (w windowed) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(windowsInForce, prometheus.GaugeValue, boolean(!w.g.windows.waiting.Load()))
	for _, r := range w.g.store.WindowStats() {
		ch <- prometheus.MustNewConstMetric(windowSeries, prometheus.GaugeValue, float64(r.Series), r.Name)
		ch <- prometheus.MustNewConstMetric(windowResults, prometheus.GaugeValue, float64(r.Results), r.Name)
		ch <- prometheus.MustNewConstMetric(windowLate, prometheus.CounterValue, float64(r.LatePushes), r.Name)
		ch <- prometheus.MustNewConstMetric(windowOverflow, prometheus.CounterValue, float64(r.Overflow), r.Name)
		ch <- prometheus.MustNewConstMetric(windowIgnored, prometheus.CounterValue, float64(r.Ignored), r.Name)
	}
}
