package top

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// ownMetrics selects what readFigures reads, and nothing that there is for each group.
const ownMetrics = `{__name__=~"headgate_(groups|series|resident_bytes|pushes_total|push_duration_seconds.*|journal_.*|scrape.*|limit_usage_ratio)"}`

// figures are what a gateway tells of itself at a time. Those named rate are read from
// counters, and mean something only beside earlier ones.
type figures struct {
	at                             time.Time
	groups, series, resident       float64 // resident in bytes
	taken, refused                 float64 // pushes
	pushSeconds, pushCount         float64
	syncSeconds, syncCount         float64
	journalFailing                 bool
	journalQueue, unsnapshotted    float64 // entries, bytes
	snapshot                       time.Time
	scrapers, rebuilt, cachedBytes float64
	limits                         []limit // the fullest first
}

// limit is how full a limit is, from 0 to 1 and above.
type limit struct {
	name  string
	ratio float64
}

// readFigures reads the gateway's exposition.
func readFigures(text []byte, at time.Time) (*figures, error) {
	p := expfmt.NewTextParser(model.UTF8Validation)
	all, err := p.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	f := &figures{
		at:     at,
		groups: sum(all["headgate_groups"]), series: sum(all["headgate_series"]), resident: sum(all["headgate_resident_bytes"]),
		journalFailing: sum(all["headgate_journal_failing"]) > 0,
		journalQueue:   sum(all["headgate_journal_queue_entries"]),
		unsnapshotted:  sum(all["headgate_journal_unsnapshotted_bytes"]),
		scrapers:       sum(all["headgate_scrapers"]),
		rebuilt:        sum(all["headgate_scrape_pages_rebuilt_total"]),
		cachedBytes:    sum(all["headgate_scrape_cached_bytes"]),
	}
	if t := sum(all["headgate_journal_snapshot_timestamp_seconds"]); t > 0 {
		f.snapshot = time.UnixMilli(int64(t * 1000))
	}
	f.pushSeconds, f.pushCount = histogram(all["headgate_push_duration_seconds"])
	f.syncSeconds, f.syncCount = histogram(all["headgate_journal_sync_duration_seconds"])
	for _, m := range all["headgate_pushes_total"].GetMetric() {
		switch {
		case label(m, "method") == "DELETE":
		case label(m, "result") == "accepted":
			f.taken += value(m)
		default:
			f.refused += value(m)
		}
	}
	for _, m := range all["headgate_limit_usage_ratio"].GetMetric() {
		f.limits = append(f.limits, limit{strings.TrimPrefix(label(m, "limit"), "limit-"), value(m)})
	}
	slices.SortStableFunc(f.limits, func(a, b limit) int { return cmp.Compare(b.ratio, a.ratio) })
	return f, nil
}

func sum(f *dto.MetricFamily) (total float64) {
	for _, m := range f.GetMetric() {
		total += value(m)
	}
	return total
}

// value is a metric's that is one number, whatever its type.
func value(m *dto.Metric) float64 {
	return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue()
}

func histogram(f *dto.MetricFamily) (seconds, count float64) {
	for _, m := range f.GetMetric() {
		seconds += m.GetHistogram().GetSampleSum()
		count += float64(m.GetHistogram().GetSampleCount())
	}
	return seconds, count
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}

// perSecond is how fast a counter has grown since before, false if that isn't known: there
// is no before, or the gateway has started anew.
func (f *figures) perSecond(before *figures, counter func(*figures) float64) (float64, bool) {
	if before == nil {
		return 0, false
	}
	grown, took := counter(f)-counter(before), f.at.Sub(before.at).Seconds()
	if took <= 0 || grown < 0 {
		return 0, false
	}
	return grown / took, true
}
