package gateway

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/internal/config"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
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

// rules are what settings say about pushes.
func rules(s *config.Settings) ingest.Rules {
	r := ingest.Rules{
		MaxSamples: int(s.Limits.PushSamples),
		Limits:     limit.Rules{Set: s.Limits.Set, Overrides: s.Limits.Overrides},
		Undo:       ingest.UndoRule{Window: s.Undo.Window, Bytes: s.Undo.Bytes},
	}
	for _, l := range s.Lifetimes {
		r.Lifetimes = append(r.Lifetimes, ingest.Lifetime(l))
	}
	return r
}

// Reload reads the configuration file anew. A file with a fault changes nothing
// but the metric that says so; the error tells all its faults.
func (g *Gateway) Reload() error {
	g.reloads.Lock()
	defer g.reloads.Unlock()
	settings, err := config.Load(g.cfg.ConfigFile)
	g.reloads.note(err)
	if err != nil {
		return err
	}
	g.use(&settings)
	g.log.Info("configuration reloaded", "file", g.cfg.ConfigFile)
	return nil
}

// use puts settings into force. Nothing in it may fail: a half of them would stay.
func (g *Gateway) use(s *config.Settings) {
	g.door.SetRules(rules(s))
	l := &s.Limits
	g.api.SetLimits(l.BodyBytes, l.DecodedBodyBytes, l.InFlightBytes)
}
