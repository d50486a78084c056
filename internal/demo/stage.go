package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/headgate/headgate/internal/api"
	"github.com/headgate/headgate/internal/gateway"
)

// settings are the gateway's: a limit for the careless job to run into, and a spelling
// for another to miss.
const settings = `limits:
  overrides:
    - match: '{job="feature-import"}'
      group_series: 1000
lifetimes:
  - match: '{job="ci"}'
    ttl: 12s
vocabulary:
  - label: env
    aliases: [environment, stage]
    values: {production: [prod, prd]}
`

// stopTimeout bounds how long the gateway may take to stop.
const stopTimeout = 10 * time.Second

// stage is the gateway with its folder and its listener.
type stage struct {
	url     string
	dir     string
	gateway *gateway.Gateway
	server  *http.Server
	served  chan struct{} // closed when the server has ended
}

func openStage(ctx context.Context, address string, log *slog.Logger) (_ *stage, err error) {
	listener, err := listen(ctx, address)
	if err != nil {
		return nil, err
	}
	s := &stage{url: "http://" + reachable(listener.Addr()), served: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, listener.Close(), s.clear())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "headgate-demo-"); err != nil {
		return nil, err
	}
	file := filepath.Join(s.dir, "headgate.yml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return nil, err
	}
	if s.gateway, err = gateway.New(ctx, gateway.Config{DataDir: s.dir, ConfigFile: file, Log: log}); err != nil {
		return nil, err
	}
	s.server = api.NewServer(s.gateway.Handler(), log)
	go func() {
		defer close(s.served)
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serving", "err", err)
		}
	}()
	return s, nil
}

// reachable is a listener's address for who is on the same machine.
func reachable(a net.Addr) string {
	if tcp, ok := a.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return a.String()
}

// listen opens address. Without one it prefers the port that people know.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var c net.ListenConfig
	if address != "" {
		l, err := c.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listen address %q: %w", address, err)
		}
		return l, nil
	}
	if l, err := c.Listen(ctx, "tcp", "127.0.0.1:9091"); err == nil {
		return l, nil
	}
	return c.Listen(ctx, "tcp", "127.0.0.1:0")
}

func (s *stage) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	// All jobs have their answers. A Shutdown would wait 5 s for each connection that a
	// client has opened and not used.
	err := s.server.Close()
	<-s.served
	return errors.Join(err, s.gateway.Close(ctx), s.clear())
}

func (s *stage) clear() error {
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}
