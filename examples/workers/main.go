// Workers prints the checksums of files. It is run often, for a few files each time,
// and many at once:
//
//	find . -type f | HEADGATE_URL=http://headgate:9091 xargs -P 8 -n 20 workers
//
// What they read adds up at the gateway. One that doesn't aggregate, as Pushgateway, is
// an error here.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/headgate/headgate/push"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, cmp.Or(os.Getenv("HEADGATE_URL"), "http://localhost:9091"), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "workers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, gateway string, args []string) error {
	flags := flag.NewFlagSet("workers", flag.ContinueOnError)
	spool := flags.String("spool", filepath.Join(os.TempDir(), "checksum-spool"), "`folder` for what can't be delivered")
	if err := flags.Parse(args); err != nil {
		return err
	}
	// The grouping key has no instance: all workers are one group, which holds their
	// sums. Nothing starts the Pusher: a worker is done in a moment, and Close pushes
	// once. What it can't deliver, the next worker does.
	p := push.New(gateway, "checksum", push.WithSpool(*spool))
	files := p.Recorder().Counter("checksum_files_total", "Files read.", "outcome")
	bytes := p.Recorder().Counter("checksum_read_bytes_total", "Bytes read.")
	var errs []error
	for _, path := range flags.Args() {
		n, err := checksum(ctx, stdout, path)
		bytes.Add(float64(n))
		if err != nil {
			files.Inc("failed")
			errs = append(errs, err)
			continue
		}
		files.Inc("ok")
	}
	return errors.Join(append(errs, p.Close(ctx))...)
}

// checksum prints the checksum of a file and returns how much of it was read.
func checksum(ctx context.Context, stdout io.Writer, path string) (read int64, err error) {
	if err := context.Cause(ctx); err != nil {
		return 0, fmt.Errorf("%s is left out: %w", path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum := sha256.New()
	if read, err = io.Copy(sum, f); err != nil {
		return read, err
	}
	_, err = fmt.Fprintf(stdout, "%x  %s\n", sum.Sum(nil), path)
	return read, err
}
