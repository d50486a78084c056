package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/headgate/headgate/internal/api"
)

// How long a stop may take: drainTimeout for requests under way, then
// closeTimeout for the last snapshot.
const (
	drainTimeout = 20 * time.Second
	closeTimeout = 20 * time.Second
)

// Run serves a gateway until ctx ends or a client asks it to quit, then stops it
// in order and returns the first error. It listens before it replays the
// journal, so that health checks are answered from the start.
func Run(ctx context.Context, cfg Config, reload <-chan struct{}) error {
	cfg.setDefaults()
	if err := web.Validate(cfg.WebConfigFile); err != nil {
		return fmt.Errorf("web configuration file %s: %w", cfg.WebConfigFile, err)
	}
	listeners, err := listen(cfg)
	if err != nil {
		return err
	}
	return serve(ctx, cfg, listeners, reload)
}

func serve(ctx context.Context, cfg Config, listeners []net.Listener, reload <-chan struct{}) error {
	cfg.setDefaults()
	front := &front{log: cfg.Log}
	server := api.NewServer(front, cfg.Log)
	served := make(chan error, 1)
	var serving sync.WaitGroup
	serving.Go(func() {
		flags := &web.FlagConfig{WebListenAddresses: &cfg.Listen, WebSystemdSocket: &cfg.SystemdSocket, WebConfigFile: &cfg.WebConfigFile}
		served <- web.ServeMultiple(listeners, server, flags, slog.New(quieter{cfg.Log.Handler()}))
	})
	defer serving.Wait()
	defer server.Close()
	for _, l := range listeners {
		cfg.Log.Info("listening", "address", l.Addr().String())
	}
	g, err := New(ctx, cfg)
	if errors.Is(err, context.Canceled) {
		cfg.Log.Info("stopping", "why", "signal while reading the journal")
		return nil
	}
	if err != nil {
		return err
	}
	front.gateway.Store(g)
	cfg.Log.Info("ready")
	err = g.wait(ctx, served, reload)
	return errors.Join(err, g.shutdown(server))
}

// wait returns when the gateway is to stop, with an error if nobody asked for it.
func (g *Gateway) wait(ctx context.Context, served <-chan error, reload <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			g.log.Info("stopping", "why", "signal")
			return nil
		case <-g.quit:
			g.log.Info("stopping", "why", "requested over HTTP")
			return nil
		case err := <-served:
			return fmt.Errorf("serving: %w", err)
		case <-reload:
			if err := g.Reload(); err != nil {
				g.log.Error("configuration not reloaded; the old one stays", "err", err)
			}
		}
	}
}

// shutdown drains and closes under deadlines of its own, since the context that
// brought it about has ended.
func (g *Gateway) shutdown(server *http.Server) error {
	g.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		// Pushes have been answered long since: what remains reads, and reads slowly.
		g.log.Warn("requests cut off at shutdown", "after", drainTimeout, "err", err)
		_ = server.Close()
	}
	ctx, cancel = context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return g.Close(ctx)
}

func listen(cfg Config) ([]net.Listener, error) {
	if cfg.SystemdSocket {
		listeners, err := activation.Listeners()
		if err == nil && len(listeners) == 0 {
			err = errors.New("no socket file descriptor found")
		}
		return listeners, err
	}
	var listeners []net.Listener
	for _, address := range cfg.Listen {
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, l := range listeners {
				l.Close()
			}
			return nil, fmt.Errorf("listen address %q: %w", address, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// front answers until the gateway behind it is ready: health always, the rest
// with 503 and the advice to come back.
type front struct {
	gateway atomic.Pointer[Gateway]
	log     *slog.Logger
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g := f.gateway.Load(); g != nil {
		g.api.ServeHTTP(w, r)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/-/healthy") {
		_, _ = w.Write([]byte("OK"))
		return
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "the gateway is starting: it is reading its journal", http.StatusServiceUnavailable)
}

// quieter drops what the TLS library says at info: the gateway has said it.
type quieter struct{ slog.Handler }

func (q quieter) Enabled(_ context.Context, l slog.Level) bool { return l > slog.LevelInfo }
