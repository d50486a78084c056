package gateway

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/collectors/version"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/scrape"
	"github.com/headgate/headgate/internal/store"
)

// observed are the metrics that the journal's hooks fill.
type observed struct {
	sync, batch, snapshot prometheus.Histogram
	replay                prometheus.Gauge
	replayed              prometheus.Gauge
}

func newObserved(reg prometheus.Registerer) *observed {
	o := &observed{
		sync: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "headgate_journal_sync_duration_seconds", Help: "Time of one sync of the journal to disk.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12),
		}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "headgate_journal_batch_entries", Help: "Entries that shared one write and one sync.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		snapshot: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "headgate_journal_snapshot_duration_seconds", Help: "Time to write a snapshot.",
			Buckets: prometheus.ExponentialBuckets(0.01, 3, 9),
		}),
		replay: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "headgate_journal_replay_duration_seconds", Help: "Time that the start of this process spent on reading the snapshot and the journal.",
		}),
		replayed: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "headgate_journal_replay_entries", Help: "Journal entries and snapshot groups read at the start of this process.",
		}),
	}
	reg.MustRegister(o.sync, o.batch, o.snapshot, o.replay, o.replayed)
	return o
}

func (o *observed) hooks() journal.Observe {
	return journal.Observe{
		Sync:     func(d time.Duration) { o.sync.Observe(d.Seconds()) },
		Batch:    func(n int) { o.batch.Observe(float64(n)) },
		Snapshot: func(d time.Duration, _ int64) { o.snapshot.Observe(d.Seconds()) },
	}
}

// resident reads the gauges and counters that the parts keep by themselves. One
// Stats call of each serves a whole scrape.
type resident struct {
	g     *Gateway
	descs []desc
}

// reading is what all of a scrape's resident metrics are read from.
type reading struct {
	store   store.Stats
	journal journal.Stats
	scrape  scrape.Stats

	scrapers int
}

type desc struct {
	*prometheus.Desc
	kind prometheus.ValueType
	read func(*reading) float64
}

func newResident(g *Gateway) *resident {
	r := &resident{g: g}
	gauge := func(name, help string, read func(*reading) float64) {
		r.descs = append(r.descs, desc{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, read})
	}
	counter := func(name, help string, read func(*reading) float64) {
		r.descs = append(r.descs, desc{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, read})
	}
	gauge("headgate_groups", "Groups resident.", func(v *reading) float64 { return float64(v.store.Groups) })
	gauge("headgate_series", "Series resident, push_time_seconds and push_failure_time_seconds included.", func(v *reading) float64 { return float64(v.store.Series) })
	gauge("headgate_families", "Metric families resident, the gateway's own included.", func(v *reading) float64 { return float64(v.store.Families) })
	gauge("headgate_own_families_hidden", "The gateway's own families that the last scrape left out because a group shows something under their name.", func(v *reading) float64 { return float64(v.store.Hidden) })
	gauge("headgate_jobs", "Jobs that have a group.", func(v *reading) float64 { return float64(v.store.Jobs) })
	gauge("headgate_groups_kept_until_scraped", "Groups that stay until all who scrape have read them.", func(v *reading) float64 { return float64(v.store.Waiting) })
	counter("headgate_groups_expired_total", "Groups removed because their ttl had passed.", func(v *reading) float64 { return float64(v.store.Expired) })
	counter("headgate_groups_scraped_total", "Groups removed because all who scrape had read them.", func(v *reading) float64 { return float64(v.store.Read) })
	gauge("headgate_scrapers", "Scrapers seen in the last ten minutes, for whom groups kept until scraped wait.", func(v *reading) float64 { return float64(v.scrapers) })
	gauge("headgate_deletes_undoable", "Deletes and wipes that can be undone.", func(v *reading) float64 { return float64(v.store.Undoable) })
	gauge("headgate_deletes_undoable_bytes", "Exposition text kept for them.", func(v *reading) float64 { return float64(v.store.UndoableBytes) })
	gauge("headgate_producers", "Producers whose last pushes are remembered, so that none counts twice.", func(v *reading) float64 { return float64(v.store.Producers) })
	gauge("headgate_idempotency_keys", "Idempotency keys remembered, so that no push counts twice.", func(v *reading) float64 { return float64(v.store.Keys) })
	gauge("headgate_run_histories", "Jobs of whose runs there is a history.", func(v *reading) float64 { return float64(v.store.Runs.Histories) })
	counter("headgate_run_histories_evicted_total", "Histories of runs that had to go because there were too many.", func(v *reading) float64 { return float64(v.store.Runs.Evicted) })
	counter("headgate_run_events_ignored_total", "Starts and ends of runs that said nothing new: repeated, or of runs older than those that are kept.", func(v *reading) float64 { return float64(v.store.Runs.Ignored) })
	counter("headgate_pushers_retired_total", "Pushers of running totals that were silent for too long. What they added stays in their sums.", func(v *reading) float64 { return float64(v.store.Retired) })
	gauge("headgate_resident_bytes", "Exposition text of the pushed series in memory.", func(v *reading) float64 { return float64(v.store.Bytes) })
	gauge("headgate_scrape_pages", "Pages that the exposition was kept in at the last scrape.", func(v *reading) float64 { return float64(v.scrape.Pages) })
	counter("headgate_scrape_pages_rebuilt_total", "Pages built anew because a push touched them.", func(v *reading) float64 { return float64(v.scrape.Rebuilt) })
	gauge("headgate_scrape_cached_bytes", "Encoded and compressed pages kept for the next scrape.", func(v *reading) float64 { return float64(v.scrape.CachedBytes) })
	r.journalDescs(gauge, counter)
	return r
}

func (r *resident) journalDescs(gauge, counter func(name, help string, read func(*reading) float64)) {
	gauge("headgate_journal_last_sequence", "Sequence number of the last journal entry applied.", func(v *reading) float64 { return float64(v.store.Applied) })
	counter("headgate_journal_appends_total", "Entries made durable.", func(v *reading) float64 { return float64(v.journal.Entries) })
	counter("headgate_journal_append_failures_total", "Entries that could not be made durable.", func(v *reading) float64 { return float64(v.journal.Failed) })
	counter("headgate_journal_written_bytes_total", "Bytes of records written to the journal.", func(v *reading) float64 { return float64(v.journal.Bytes) })
	gauge("headgate_journal_queue_entries", "Entries accepted and not yet applied.", func(v *reading) float64 { return float64(v.journal.QueueEntries) })
	gauge("headgate_journal_queue_bytes", "Bytes of the entries accepted and not yet applied.", func(v *reading) float64 { return float64(v.journal.QueueBytes) })
	gauge("headgate_journal_failing", "Whether the last attempt to write the journal failed, as on a full disk: 1 or 0.", func(v *reading) float64 { return boolean(v.journal.Err != nil) })
	gauge("headgate_journal_reserve_held", "Whether the disk reserve that keeps deletes working on a full disk is in place: 1 or 0.", func(v *reading) float64 { return boolean(v.journal.ReserveHeld) })
	gauge("headgate_journal_segments", "Segment files.", func(v *reading) float64 { return float64(v.journal.Segments) })
	gauge("headgate_journal_unsnapshotted_bytes", "Bytes of journal that a restart would replay after the snapshot.", func(v *reading) float64 { return float64(v.journal.LogBytes) })
	gauge("headgate_journal_snapshot_bytes", "Size of the newest snapshot, 0 if there is none.", func(v *reading) float64 { return float64(v.journal.SnapshotBytes) })
	gauge("headgate_journal_snapshot_timestamp_seconds", "When the newest snapshot of this process was written, 0 if none was.", func(v *reading) float64 {
		if v.journal.SnapshotTime.IsZero() {
			return 0
		}
		return float64(v.journal.SnapshotTime.UnixNano()) / 1e9
	})
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Describe implements prometheus.Collector.
func (r *resident) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range r.descs {
		ch <- d.Desc
	}
}

// Collect implements prometheus.Collector.
func (r *resident) Collect(ch chan<- prometheus.Metric) {
	v := &reading{store: r.g.store.Stats(), journal: r.g.journal.Stats(), scrapers: r.g.scrapers.count()}
	if last := r.g.pages.Load(); last != nil {
		v.scrape = *last
	}
	for _, d := range r.descs {
		ch <- prometheus.MustNewConstMetric(d.Desc, d.kind, d.read(v))
	}
}

func newRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		version.NewCollector("headgate"),
	)
	return reg
}
