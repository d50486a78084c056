package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/version"

	"github.com/headgate/headgate/internal/api"
	"github.com/headgate/headgate/internal/config"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/schedule"
	"github.com/headgate/headgate/internal/scrape"
	"github.com/headgate/headgate/internal/store"
)

type putFunc = func(kind journal.Kind, payload []byte) error

// Gateway is a running gateway without its listeners. It owns the journal's
// goroutines, the snapshotter, the keeper and the surveyor; Close waits for them.
type Gateway struct {
	cfg      Config
	log      *slog.Logger
	registry *prometheus.Registry
	store    *store.Store
	door     *ingest.Door
	journal  *journal.Disk
	api      *api.API
	reloads  *reloads
	scrapers scrapers
	usage    usage
	windows  windows
	space    space

	pages       atomic.Pointer[scrape.Stats] // as of the last scrape
	ownFailing  atomic.Bool                  // a collector failed at the last scrape
	stopping    atomic.Bool
	quit        chan struct{} // closed by /-/quit
	quitOnce    sync.Once
	snapshotDue chan struct{}
	stop        context.CancelFunc // ends the goroutines

	schedules  schedule.Cache
	runMetrics runMetrics
	began      time.Time

	keeperFailing bool // the keeper's own
	umpire        umpire
	running       sync.WaitGroup
}

// New opens the data folder and replays it, unless ctx ends first. When it
// returns, the gateway takes pushes through Handler. Errors of the journal come
// wrapped: *journal.LockedError and *journal.DamageError say what to do.
func New(ctx context.Context, cfg Config) (*Gateway, error) {
	cfg.setDefaults()
	g := &Gateway{
		cfg: cfg, log: cfg.Log, registry: newRegistry(), store: store.New(), began: time.Now(),
		quit: make(chan struct{}), snapshotDue: make(chan struct{}, 1),
	}
	settings, rules, err := g.load()
	if err != nil {
		return nil, err
	}
	g.reloads = newReloads(g.registry)
	g.door = ingest.New(ingest.Options{Store: g.store, UTF8Names: cfg.UTF8Names, Applied: g.applied})
	// What can be wrong with the configuration comes out before the journal is read.
	if err := g.openAPI(settings.Limits); err != nil {
		return nil, err
	}
	g.use(&settings, rules)
	if err := g.openJournal(ctx); err != nil {
		return nil, err
	}
	g.putWindows(ctx)
	g.registry.MustRegister(newResident(g), &g.usage, newRuled(g), shown{g}, windowed{g})
	g.registry.MustRegister(&g.space)
	g.door.Reserve(g.own())
	background, stop := context.WithCancel(context.Background())
	g.stop = stop
	g.running.Go(func() { g.snapshotter(background) })
	g.running.Go(func() { g.keeper(background) })
	g.running.Go(func() { g.surveyor(background) })
	return g, nil
}

func (g *Gateway) openJournal(ctx context.Context) error {
	seen := newObserved(g.registry)
	var err error
	g.journal, err = journal.Open(journal.Options{
		Dir: g.cfg.DataDir, Sync: g.cfg.Sync, SyncInterval: g.cfg.SyncInterval, SegmentSize: g.cfg.SegmentSize,
		Log: g.log, Deliver: g.door.Deliver, Observe: seen.hooks(),
	})
	if err != nil {
		return err
	}
	g.door.Attach(g.journal)
	began := time.Now()
	stats, err := g.journal.Replay(ctx, g.store.Replay)
	if err != nil {
		return errors.Join(fmt.Errorf("reading the journal: %w", err), g.journal.Close())
	}
	took := time.Since(began)
	g.store.Resume(stats.LastSeq, stats.LastTime)
	g.scrapers.restore(g.store.Scrapers(), time.Now())
	g.introduce()
	seen.replay.Set(took.Seconds())
	seen.replayed.Set(float64(stats.LogEntries + stats.SnapshotEntries))
	resident := g.store.Stats()
	g.log.Info("state restored", "dir", filepath.Join(g.cfg.DataDir, "journal"), "groups", resident.Groups, "series", resident.Series,
		"snapshot_entries", stats.SnapshotEntries, "journal_entries", stats.LogEntries, "duration", took.Round(time.Millisecond))
	g.journal.Start()
	return nil
}

// introduce tells the linter of the groups that there are, and of those that go.
func (g *Gateway) introduce() {
	linter := g.door.Linter()
	g.store.Each(func(key string, labels []expo.Label, last time.Time) { linter.Known(labels, key, last) })
	g.store.Observe(store.Observer{Gone: linter.Forget, Wiped: linter.Reset})
}

func (g *Gateway) openAPI(l config.Limits) error {
	var err error
	g.api, err = api.New(api.Options{
		Door: g.door, Store: g.store, Scrape: g.scrapeHandler(),
		TelemetryPath: g.cfg.TelemetryPath, RoutePrefix: g.cfg.RoutePrefix, ExternalURL: g.cfg.ExternalURL,
		EnableLifecycle: g.cfg.EnableLifecycle, EnableAdmin: g.cfg.EnableAdminAPI, UTF8Names: g.cfg.UTF8Names,
		MaxBody: l.BodyBytes, MaxDecoded: l.DecodedBodyBytes, MaxInFlight: l.InFlightBytes,
		Ready: g.ready, Reload: g.Reload, Quit: func() { g.quitOnce.Do(func() { close(g.quit) }) },
		Flags: g.cfg.Flags, Build: build(), Telemetry: api.NewTelemetry(g.registry), Schedules: &g.schedules, Log: g.log,
	})
	return err
}

func (g *Gateway) scrapeHandler() http.Handler {
	done := func(r *http.Request, seq uint64) { g.scrapers.done(r, seq, time.Now()) }
	return &scrape.Handler{View: g.view, Done: done, Created: g.cfg.CreatedLines, Log: g.log}
}

// view is what a scrape shows: all groups and the gateway's own metrics now.
func (g *Gateway) view() (*scrape.View, uint64) {
	own := g.own()
	g.door.Reserve(own)
	v, seq := g.store.Scrape(own)
	stats := v.Stats()
	g.pages.Store(&stats)
	return v, seq
}

func build() map[string]string {
	return map[string]string{
		"version": version.Version, "revision": version.GetRevision(), "branch": version.Branch,
		"buildUser": version.BuildUser, "buildDate": version.BuildDate, "goVersion": version.GoVersion,
	}
}

// Handler answers all routes.
func (g *Gateway) Handler() http.Handler { return g.api }

var errStopping = errors.New("the gateway is shutting down")

func (g *Gateway) ready() error {
	if g.stopping.Load() {
		return errStopping
	}
	return nil
}

// lastSnapshotWorth is the journal length from which a snapshot at shutdown
// makes the next start faster than it makes the stop slower.
const lastSnapshotWorth = 1 << 20

// Close takes no more pushes, lets those under way finish, makes all durable
// and releases the data folder. It returns the first error. ctx bounds the
// snapshot only: without it the journal alone brings everything back.
func (g *Gateway) Close(ctx context.Context) error {
	g.stopping.Store(true)
	g.stop()
	g.running.Wait()
	if g.journal.Stats().LogBytes > lastSnapshotWorth {
		if err := g.snapshot(ctx); err != nil {
			g.log.Warn("no snapshot at shutdown; the next start replays the journal", "err", err)
		}
	}
	return g.journal.Close()
}
