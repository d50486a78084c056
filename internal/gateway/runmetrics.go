package gateway

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/schedule"
	"github.com/headgate/headgate/internal/store"
)

// runMetrics are the metrics of jobs' runs as of the last scrape. There may be tens of
// thousands, so only those are worked out anew that would differ.
type runMetrics struct {
	mu       sync.Mutex
	version  uint64    // of the histories
	until    time.Time // when they differ though nothing was told, zero for never
	jobs     map[string]*runRow
	families []expo.Family
}

// runRow has those of one history.
type runRow struct {
	stamp  uint64    // of the history
	until  time.Time // as in runMetrics
	labels []expo.Label
	shown  [len(store.RunFamilies)]bool
	values [len(store.RunFamilies)]float64
}

// current returns the families of a store's histories. Nobody changes them any more.
func (m *runMetrics) current(s *store.Store, schedules *schedule.Cache, now time.Time) []expo.Family {
	m.mu.Lock()
	defer m.mu.Unlock()
	version := s.RunsVersion()
	if version == m.version && !over(m.until, now) {
		return m.families
	}
	m.version = version
	m.look(s.Runs(), schedules, now)
	m.families = m.show()
	return m.families
}

// over is whether a moment has come, unless it is zero.
func over(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }

// look works out the metrics of those histories that would show others than the last time.
func (m *runMetrics) look(histories []runs.History, schedules *schedule.Cache, now time.Time) {
	before := m.jobs
	m.jobs, m.until = make(map[string]*runRow, len(histories)), time.Time{}
	for i := range histories {
		h := &histories[i]
		j := before[h.Key]
		if j == nil {
			j = &runRow{labels: runLabels(h.Key)}
		}
		if j.stamp != h.Stamp || over(j.until, now) {
			j.look(h, schedules, now)
		}
		m.jobs[h.Key] = j
		if !j.until.IsZero() && (m.until.IsZero() || j.until.Before(m.until)) {
			m.until = j.until
		}
	}
}

func (j *runRow) look(h *runs.History, schedules *schedule.Cache, now time.Time) {
	st := h.Status(planned(h, schedules), now)
	*j = runRow{stamp: h.Stamp, until: st.Changes, labels: j.labels}
	j.set(store.RunsGoing, float64(st.Running))
	j.set(store.RunsStuck, float64(st.Stuck))
	j.set(store.RunsOverlapping, float64(h.Overlapping))
	j.set(store.RunsMissed, float64(h.Missed))
	if h.LastSuccess != 0 {
		j.set(store.RunLastSuccess, seconds(h.LastSuccess))
	}
	if !st.Next.IsZero() {
		j.set(store.RunNext, seconds(st.Next.UnixNano()))
	}
	if st.Last == nil {
		return
	}
	j.set(store.RunLastDuration, st.Last.Duration().Seconds())
	if st.Last.HasCode {
		j.set(store.RunLastCode, float64(st.Last.Code))
	}
}

func (j *runRow) set(f store.RunFamily, v float64) { j.shown[f], j.values[f] = true, v }

// show makes families of the metrics, sorted as all that is scraped.
func (m *runMetrics) show() (families []expo.Family) {
	sorted := make([]*runRow, 0, len(m.jobs))
	for _, j := range m.jobs {
		sorted = append(sorted, j)
	}
	slices.SortFunc(sorted, func(a, b *runRow) int { return compareLabels(a.labels, b.labels) })
	for i, known := range store.RunFamilies {
		f := expo.Family{Name: known.Name, Help: known.Help, HasHelp: true, Type: known.Type}
		for _, j := range sorted {
			if j.shown[i] {
				f.Metrics = append(f.Metrics, expo.Metric{Labels: j.labels, Value: j.values[i]})
			}
		}
		if len(f.Metrics) > 0 {
			families = append(families, f)
		}
	}
	return families
}

// planned is the schedule of a history, nil if it has none that can be read.
func planned(h *runs.History, schedules *schedule.Cache) *schedule.Schedule {
	if h.Plan.Schedule == "" {
		return nil
	}
	s, err := schedules.Parse(h.Plan.Schedule, h.Plan.Timezone)
	if err != nil {
		return nil // it was valid to the version that took it
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
	values := func(x, y expo.Label) int { return strings.Compare(x.Value, y.Value) }
	names := func(x, y expo.Label) int { return strings.Compare(x.Name, y.Name) }
	return cmp.Or(len(a)-len(b), slices.CompareFunc(a, b, values), slices.CompareFunc(a, b, names))
}
