// Outage imports a shop's orders, and tells a gateway how many they were even if that
// is down: what isn't delivered waits in a folder, and the next import, of whatever
// shop, delivers it.
//
//	HEADGATE_URL=http://headgate:9091 outage -spool /var/spool/import berlin orders.csv
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("HEADGATE_URL"), "http://localhost:9091"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "outage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, gateway string, args []string) error {
	flags := flag.NewFlagSet("outage", flag.ContinueOnError)
	spool := flags.String("spool", filepath.Join(os.TempDir(), "import-spool"), "`folder` for what can't be delivered")
	patience := flags.Duration("patience", 10*time.Second, "how long to wait for the gateway at the end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return fmt.Errorf("arguments %q: want two, a shop and the file of its orders", flags.Args())
	}
	shop, file := flags.Arg(0), flags.Arg(1)

	// A batch that the last process left counts as delivered here as well.
	var delivered, left atomic.Int64
	watch := func(e push.Event) {
		switch e.State {
		case push.Succeeded:
			delivered.Add(1)
		case push.Spooled:
			left.Add(1)
		}
	}
	registry := prometheus.NewRegistry()
	p := push.New(gateway, "import",
		push.WithSpool(*spool),
		push.WithCloseTimeout(*patience),
		push.WithMerge(), // a run that fails leaves the last one's numbers
		push.WithHook(watch)).
		Grouping("shop", shop).
		Gatherer(registry)
	if err := p.Start(ctx); err != nil {
		return err
	}
	err := importOrders(ctx, file, registry)
	// A gateway that is down is no error to Close as long as the spool takes the rest.
	if err := errors.Join(err, p.Close(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "delivered %d batches to %s, left %d in %s\n", delivered.Load(), gateway, left.Load(), *spool)
	return nil
}

// importOrders stands for the work, and says in registry how it went.
func importOrders(ctx context.Context, file string, registry *prometheus.Registry) error {
	text, err := os.ReadFile(file)
	if err := cmp.Or(err, context.Cause(ctx)); err != nil {
		return err
	}
	orders := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "import_orders", Help: "Orders in the last import."})
	success := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "import_last_success_timestamp_seconds", Help: "When the last import succeeded."})
	orders.Set(float64(bytes.Count(text, []byte("\n"))))
	success.SetToCurrentTime() // of the import, however late it is told
	registry.MustRegister(orders, success)
	return nil
}
