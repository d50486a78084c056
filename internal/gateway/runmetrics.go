package gateway

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/schedule"
	"github.com/headgate/headgate/internal/store"
)

// runMetrics are the metrics of jobs' runs as of the last scrape. They are made anew
// only when they would differ: there may be tens of thousands.
type runMetrics struct {
	mu       sync.Mutex
	version  uint64
	until    time.Time // when they differ though nothing was told, zero for never
	families []expo.Family
}

// current returns the families of a store's histories. Nobody changes them any more.
func (m *runMetrics) current(s *store.Store, schedules *schedule.Cache, now time.Time) []expo.Family {
	m.mu.Lock()
	defer m.mu.Unlock()
	version := s.RunsVersion()
	if version == m.version && (m.until.IsZero() || now.Before(m.until)) {
		return m.families
	}
	m.version, m.until = version, time.Time{}
	made := make([]expo.Family, len(store.RunFamilies))
	for i, f := range store.RunFamilies {
		made[i] = expo.Family{Name: f.Name, Help: f.Help, HasHelp: true, Type: f.Type}
	}
	for _, h := range s.Runs() {
		m.add(made, &h, schedules, now)
	}
	m.families = nil
	for i := range made {
		if f := &made[i]; len(f.Metrics) > 0 {
			slices.SortFunc(f.Metrics, func(a, b expo.Metric) int { return compareLabels(a.Labels, b.Labels) })
			m.families = append(m.families, *f)
		}
	}
	return m.families
}

func (m *runMetrics) add(made []expo.Family, h *runs.History, schedules *schedule.Cache, now time.Time) {
	labels := runLabels(h.Key)
	show := func(which store.RunFamily, v float64) {
		made[which].Metrics = append(made[which].Metrics, expo.Metric{Labels: labels, Value: v})
	}
	st := h.Status(planned(h, schedules), now)
	if !st.Changes.IsZero() && (m.until.IsZero() || st.Changes.Before(m.until)) {
		m.until = st.Changes
	}
	show(store.RunsGoing, float64(st.Running))
	show(store.RunsStuck, float64(st.Stuck))
	show(store.RunsOverlapping, float64(h.Overlapping))
	show(store.RunsMissed, float64(h.Missed))
	if h.LastSuccess != 0 {
		show(store.RunLastSuccess, seconds(h.LastSuccess))
	}
	if !st.Next.IsZero() {
		show(store.RunNext, seconds(st.Next.UnixNano()))
	}
	if st.Last == nil {
		return
	}
	show(store.RunLastDuration, st.Last.Duration().Seconds())
	if st.Last.HasCode {
		show(store.RunLastCode, float64(st.Last.Code))
	}
}

// planned is the schedule of a history, nil if it has none that can be read.
func planned(h *runs.History, schedules *schedule.Cache) *schedule.Schedule {
	if h.Plan.Schedule == "" {
		return nil
	}
	s, err := schedules.Parse(h.Plan.Schedule, h.Plan.Timezone)
	if err != nil {
		return nil
	}
	return s
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }

// runLabels are those of a history, with the empty instance that keeps a scraper from
// adding the gateway's own.
func runLabels(key string) []expo.Label {
	labels, err := store.Labels(key)
	if err != nil {
		return nil // no key of ours
	}
	i, _ := slices.BinarySearchFunc(labels, "instance", func(l expo.Label, name string) int { return strings.Compare(l.Name, name) })
	return slices.Insert(labels, i, expo.Label{Name: "instance"})
}

func compareLabels(a, b []expo.Label) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.CompareFunc(a, b, func(x, y expo.Label) int { return strings.Compare(x.Value, y.Value) })
}
