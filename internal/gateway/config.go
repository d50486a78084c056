// Package gateway puts the parts together: it opens the journal, replays it
// into the store, and serves the door and the scrape until told to stop.
package gateway

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

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

	// ConfigFile holds Settings in YAML; "" means the defaults. It is read again on reload.
	ConfigFile string

	// Flags are shown by /api/v1/status as they are.
	Flags map[string]string
	Log   *slog.Logger // default discards
}

// Settings is the configuration file.
type Settings struct {
	Limits Limits `yaml:"limits"`
}

// Limits bound what a pusher can ask for. 0 means the default.
type Limits struct {
	BodyBytes        int64 `yaml:"body_bytes"`         // one body as sent; default 32 MiB
	DecodedBodyBytes int64 `yaml:"decoded_body_bytes"` // one body decompressed; default 64 MiB
	InFlightBytes    int64 `yaml:"in_flight_bytes"`    // all bodies in memory; default 256 MiB
	PushSamples      int   `yaml:"push_samples"`       // sample lines of one push; default 500,000
}

// LoadSettings reads a configuration file. A key that it doesn't know is an
// error that names the line.
func LoadSettings(path string) (Settings, error) {
	var s Settings
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return s, fmt.Errorf("configuration file: %w", err)
		}
		defer f.Close()
		dec := yaml.NewDecoder(f)
		dec.KnownFields(true)
		if err := dec.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
			return s, fmt.Errorf("configuration file %s: %w", path, err)
		}
	}
	if l := s.Limits; min(l.BodyBytes, l.DecodedBodyBytes, l.InFlightBytes, int64(l.PushSamples)) < 0 {
		return s, fmt.Errorf("configuration file %s: a limit is negative: want a number above 0, or 0 for the default", path)
	}
	return s, nil
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
