// Service greets whoever asks. It is scraped at /metrics, and pushes the same
// metrics to a gateway, for a Prometheus that doesn't reach it:
//
//	HEADGATE_URL=http://headgate:9091 service -listen :8080
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/headgate/headgate/push"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("HEADGATE_URL"), "http://localhost:9091"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, gateway string, args []string) error {
	flags := flag.NewFlagSet("service", flag.ContinueOnError)
	listen := flags.String("listen", "localhost:8080", "where to be asked")
	interval := flags.Duration("interval", 5*time.Second, "between two pushes; more on a busy machine")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	defer listener.Close()

	registry := prometheus.NewRegistry()
	p := push.New(gateway, "greeter",
		// On a busy machine pushes give way to the service.
		push.WithAdaptiveInterval(*interval, 12**interval, nil),
		// What has ended on purpose is not to look as if it were there.
		push.WithDeleteOnClose()).
		Grouping("instance", listener.Addr().String()).
		Gatherer(registry)
	// The Pusher is a Collector, too: how pushing goes can be scraped while it doesn't.
	registry.MustRegister(p, collectors.NewGoCollector())
	if err := p.Start(ctx); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", listener.Addr())
	err = serve(ctx, listener, registry)
	return errors.Join(err, p.Close(ctx))
}
