package gateway

import (
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/config"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/store"
	"github.com/headgate/headgate/internal/vocabulary"
)

// reloads are the configuration's, of which the start's is the first. The lock
// keeps a signal and a request from mixing what they read.
type reloads struct {
	sync.Mutex
	successful  prometheus.Gauge
	lastSuccess prometheus.Gauge
}

// newReloads is called once the start has read the configuration without a fault.
func newReloads(reg prometheus.Registerer) *reloads {
	r := &reloads{
		successful: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "headgate_config_last_reload_successful", Help: "Whether the last attempt to read the configuration file succeeded: 1 or 0.",
		}),
		lastSuccess: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "headgate_config_last_reload_success_timestamp_seconds", Help: "When the configuration in force was read.",
		}),
	}
	reg.MustRegister(r.successful, r.lastSuccess)
	r.note(nil)
	return r
}

func (r *reloads) note(err error) {
	r.successful.Set(boolean(err == nil))
	if err == nil {
		r.lastSuccess.SetToCurrentTime()
	}
}

// load reads the configuration file and makes ready what it says, so that putting it
// into force can't fail.
func (g *Gateway) load() (s config.Settings, r ingest.Rules, err error) {
	if s, err = config.Load(g.cfg.ConfigFile); err != nil {
		return s, r, err
	}
	if r, err = rules(&s); err != nil {
		return s, r, fmt.Errorf("configuration file %s: %w", g.cfg.ConfigFile, err)
	}
	return s, r, nil
}

// rules are what settings say about pushes.
func rules(s *config.Settings) (r ingest.Rules, err error) {
	r = ingest.Rules{
		MaxSamples: int(s.Limits.PushSamples),
		Limits:     limit.Rules{Set: s.Limits.Set, Overrides: s.Limits.Overrides},
		Undo:       ingest.UndoRule{Window: s.Undo.Window, Bytes: s.Undo.Bytes},
	}
	r.Aggregations, r.Runs = s.Aggregate, s.Runs
	for _, l := range s.Lifetimes {
		r.Lifetimes = append(r.Lifetimes, ingest.Lifetime(l))
	}
	if len(s.Relabel) > 0 {
		if r.Relabel, err = relabel.Compile(s.Relabel); err != nil {
			return r, err
		}
	}
	if len(s.Vocabulary) > 0 {
		if r.Vocabulary, err = vocabulary.Compile(s.Vocabulary); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Reload reads the configuration file anew. A file with a fault changes nothing
// but the metric that says so; the error tells all its faults.
func (g *Gateway) Reload() error {
	g.reloads.Lock()
	defer g.reloads.Unlock()
	settings, rules, err := g.load()
	if err == nil {
		err = g.reloadWindows(settings.Aggregations)
	}
	g.reloads.note(err)
	if err != nil {
		return err
	}
	closed := g.api.Access() != nil
	g.use(&settings, rules)
	g.log.Info("configuration reloaded", "file", g.cfg.ConfigFile, "tokens", len(settings.Tokens))
	if closed && g.api.Access() == nil {
		g.log.Warn("everybody may do everything from now on: the configuration has neither tokens nor anonymous any more")
	}
	return nil
}

// use puts settings into force. Nothing in it may fail: a half of them would stay.
func (g *Gateway) use(s *config.Settings, r ingest.Rules) {
	g.door.SetRules(r)
	g.windows.wanted.Store(&s.Aggregations)
	g.door.SetLint(s.Lint)
	g.store.SetGroupMetrics(groupMetrics(s.GroupMetrics))
	g.api.SetAccess(access.NewPolicy(s.Tokens, s.Anonymous))
	l := &s.Limits
	g.api.SetLimits(limit.Rules{Set: l.Set, Overrides: l.Overrides}, l.InFlightBytes)
}

func groupMetrics(m config.GroupMetrics) store.GroupMetrics {
	switch m {
	case config.GroupMetricsNone:
		return store.NoGroupMetrics
	case config.GroupMetricsAll:
		return store.AllGroupMetrics
	}
	return store.OverdueGroupMetrics
}
