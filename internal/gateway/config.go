// Package gateway puts the parts together: it opens the journal, replays it
// into the store, and serves the door and the scrape until told to stop.
package gateway

import (
	"log/slog"
	"time"

	"github.com/headgate/headgate/internal/journal"
)

// Config is what the command line says. The zero value of a field is its
// default where one is named.
type Config struct {
	DataDir string // default "./headgate-data"

	Listen        []string // default ":9091"
	SystemdSocket bool     // take the listeners from systemd instead
	WebConfigFile string   // exporter-toolkit's: TLS and basic auth
	TelemetryPath string   // default "/metrics"
	RoutePrefix   string   // default: the path of ExternalURL
	ExternalURL   string

	EnableLifecycle, EnableAdminAPI, UTF8Names bool
	CreatedLines                               bool // OpenMetrics _created lines

	Sync         journal.SyncMode
	SyncInterval time.Duration // default 1 s; only with journal.SyncInterval
	SegmentSize  int64         // bytes; default the journal's

	// ConfigFile holds config.Settings in YAML; "" means the defaults. It is read again on reload.
	ConfigFile string

	// Flags are shown by /api/v1/status as they are.
	Flags map[string]string
	Log   *slog.Logger // default discards
}

func (c *Config) setDefaults() {
	if c.DataDir == "" {
		c.DataDir = "./headgate-data"
	}
	if len(c.Listen) == 0 {
		c.Listen = []string{":9091"}
	}
	if c.TelemetryPath == "" {
		c.TelemetryPath = "/metrics"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}
