// Policy is a web service whose metrics keep few series, whatever it is asked for:
// a label policy rewrites paths, methods and addresses before they are pushed.
//
//	HEADGATE_URL=http://headgate:9091 policy -listen :8080
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

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
	"github.com/headgate/headgate/push/labels"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("HEADGATE_URL"), "http://localhost:9091"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, gateway string, args []string) error {
	flags := flag.NewFlagSet("policy", flag.ContinueOnError)
	listen := flags.String("listen", "localhost:8080", "where to be asked")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	policy, err := newPolicy()
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(policy) // counts what it takes away
	instance, err := os.Hostname()
	if err != nil {
		return err
	}
	p := push.New(gateway, "users", push.WithPolicy(policy)).
		Grouping("instance", instance).
		Gatherer(registry)
	if err := p.Start(ctx); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "listening on", listener.Addr())
	err = serve(ctx, listener, counted(registry, routes()))
	return errors.Join(err, p.Close(ctx))
}

// newPolicy says which values the labels of this service have, and that there are no
// others. TestPolicy has labels.Vet look for what it forgets.
func newPolicy() (*labels.Policy, error) {
	return labels.New(
		// What fits no template is some scanner's idea, of which there is no end.
		labels.Template("path", "/users/:id", "/users/:id/orders/:order", "/health").Else(labels.OtherValue),
		labels.Allow("method", "GET", "POST", "PUT", "DELETE"),
		labels.Region("client", "network", map[string]string{
			"10.0.0.0/8":  "office",
			"127.0.0.0/8": "local",
			"::1":         "local",
		}),
		// The last resort: what all of the above lets through.
		labels.Cap(200),
	)
}
