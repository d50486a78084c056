// Backup saves tables and tells a gateway how that went, as a nightly job does:
//
//	HEADGATE_URL=http://headgate:9091 backup /var/lib/tables /mnt/backup
//
// Each FROM/<table>.csv becomes TO/<table>.csv.gz.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/headgate/headgate/push"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("HEADGATE_URL"), "http://localhost:9091"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "backup:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, gateway string, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("arguments %q: want two, the folder of the tables and that of the backup", args)
	}
	instance, err := os.Hostname()
	if err != nil {
		return err
	}
	m := newMetrics()
	// WithMerge, because the last success is to stay where it is while this run has
	// none of its own. WithExpect tells the gateway that there is one each night.
	p := push.New(gateway, "backup", push.WithMerge(), push.WithExpect(26*time.Hour)).
		Grouping("instance", instance).
		Gatherer(m.registry)
	if err := p.Start(ctx); err != nil {
		return err
	}
	err = saveAll(ctx, args[0], args[1], m)
	m.finish(err)
	// Close pushes how it ended, also when SIGTERM has ended ctx. That a backup went
	// well which nobody hears of is an error, too: its alert is about to fire.
	err = errors.Join(err, p.Close(ctx))
	if err == nil {
		fmt.Fprintf(stdout, "saved %s, and told %s\n", args[0], gateway)
	}
	return err
}
