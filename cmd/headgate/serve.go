package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/headgate/headgate/internal/gateway"
	"github.com/headgate/headgate/internal/journal"
)

const defaultDataDir = "./headgate-data"

// serveCmd has Pushgateway's flags, so that replacing the image is enough, and ours.
type serveCmd struct {
	ListenAddress   []string `name:"web.listen-address" placeholder:"ADDRESS" default:":9091" help:"Address to listen on, repeatable."`
	SystemdSocket   bool     `name:"web.systemd-socket" negatable:"" help:"Take the listeners from systemd instead of opening some."`
	WebConfigFile   string   `name:"web.config.file" placeholder:"FILE" help:"TLS and basic authentication, as for Prometheus's own servers."`
	TelemetryPath   string   `name:"web.telemetry-path" default:"/metrics" help:"Path of the scrape. Pushes stay below /metrics."`
	ExternalURL     string   `name:"web.external-url" placeholder:"URL" help:"The URL by which browsers reach the gateway."`
	RoutePrefix     string   `name:"web.route-prefix" placeholder:"PATH" help:"Prefix of all routes. Default: the path of --web.external-url."`
	EnableLifecycle bool     `name:"web.enable-lifecycle" negatable:"" help:"Allow a stop by PUT or POST /-/quit and a reload by /-/reload."`
	EnableAdminAPI  bool     `name:"web.enable-admin-api" negatable:"" help:"Allow PUT /api/v1/admin/wipe, which removes every group."`

	UTF8Names               bool `name:"push.enable-utf8-names" negatable:"" help:"Accept any UTF-8 in metric and label names."`
	DisableConsistencyCheck bool `name:"push.disable-consistency-check" negatable:"" help:"Accepted for Pushgateway's sake; without effect, as the check costs nothing."`

	PersistenceFile     string        `name:"persistence.file" placeholder:"FILE" help:"Accepted for Pushgateway's sake: its folder becomes the data folder."`
	PersistenceInterval time.Duration `name:"persistence.interval" default:"5m" help:"Accepted for Pushgateway's sake; every push is durable when it is answered."`

	DataDir      string           `name:"data.dir" placeholder:"DIR" help:"Folder of the journal. Default: ./headgate-data."`
	ConfigFile   string           `name:"config.file" placeholder:"FILE" help:"Limits, lifetimes, labels, lint and tokens, as YAML; headgate config check looks at one. Read again on SIGHUP and /-/reload."`
	Sync         journal.SyncMode `name:"journal.sync" default:"always" help:"When a push is durable: always (synced before it is answered), interval or never."`
	SyncInterval time.Duration    `name:"journal.sync-interval" default:"1s" help:"How often to sync with --journal.sync=interval."`
	CreatedLines bool             `name:"scrape.created-lines" negatable:"" help:"Show creation times as _created series in OpenMetrics. Protobuf always has them."`
	LogLevel     string           `name:"log.level" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`
	LogFormat    string           `name:"log.format" enum:"logfmt,json" default:"logfmt" help:"logfmt or json."`
}

// Help is shown below the usage.
func (serveCmd) Help() string {
	return `Takes the flags that Pushgateway takes. The standard error has the log.

Examples:
  headgate serve --data.dir /var/lib/headgate
  headgate serve --web.listen-address :9091 --config.file headgate.yml
  HEADGATE_DATA_DIR=/data HEADGATE_LOG_FORMAT=json headgate serve

Exit codes: 0 stopped as it was asked to, 1 could not run or stop in order, 2 usage.`
}

// Run implements the command.
func (c *serveCmd) Run(k *kong.Context, s *streams) error {
	log := newLogger(s.err, c.LogLevel, c.LogFormat)
	cfg := gateway.Config{
		DataDir: c.dataDir(log), Listen: c.ListenAddress, SystemdSocket: c.SystemdSocket,
		WebConfigFile: c.WebConfigFile, TelemetryPath: c.TelemetryPath, RoutePrefix: c.RoutePrefix,
		ExternalURL: c.ExternalURL, EnableLifecycle: c.EnableLifecycle, EnableAdminAPI: c.EnableAdminAPI,
		UTF8Names: c.UTF8Names, CreatedLines: c.CreatedLines, Sync: c.Sync, SyncInterval: c.SyncInterval,
		ConfigFile: c.ConfigFile, Flags: flagValues(k), Log: log,
	}
	if c.DisableConsistencyCheck {
		log.Warn("--push.disable-consistency-check has no effect: the check costs nothing to keep")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	log.Info("starting headgate", "version", versionText(), "data", cfg.DataDir)
	reload := make(chan struct{}, 1)
	defer notifyReload(reload)()
	defer runtime.KeepAlive(paceCollector())
	if err := gateway.Run(ctx, cfg, reload); err != nil {
		return notServed(err)
	}
	log.Info("stopped")
	return nil
}

// notServed adds what to do where another process has what the gateway needs.
func notServed(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return hint(err, "a Pushgateway or another gateway may run there; --web.listen-address names another address, such as :9092")
	case errors.Is(err, journal.ErrLocked):
		return hint(err, "one gateway has a folder at a time; --data.dir names another")
	}
	return err
}

// dataDir follows --persistence.file where nothing else is said, so that a
// volume mounted for Pushgateway's file is used.
func (c *serveCmd) dataDir(log *slog.Logger) string {
	switch {
	case c.DataDir != "":
		return c.DataDir
	case c.PersistenceFile != "":
		dir := filepath.Dir(c.PersistenceFile)
		log.Warn("--persistence.file is Pushgateway's: its contents are not read; its folder becomes the data folder",
			"file", c.PersistenceFile, "data", dir)
		return dir
	}
	return defaultDataDir
}

// flagValues are all flags as /api/v1/status shows them.
func flagValues(k *kong.Context) map[string]string {
	values := map[string]string{}
	for _, f := range k.Selected().Flags {
		values[f.Name] = fmt.Sprint(f.Target.Interface())
	}
	return values
}

func newLogger(w io.Writer, name, format string) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(name)) // one of the flag's four
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
