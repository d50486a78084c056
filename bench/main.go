// Command bench measures the gateway against its peers and prints each budget
// of the project beside what was reached: a table of row, ours, the peer's, the
// ratio and the budget. README.md says what each row means.
//
// All servers run as child processes on loopback addresses, so that processor
// time and memory are those of a whole process on either side. The load comes
// from this process, by the same code for both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "peer" {
		if err := servePeer(args[1:], stdout); err != nil {
			fmt.Fprintln(stderr, "bench peer:", err)
			return 1
		}
		return 0
	}
	opt, err := parseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 2
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, opt.timeout)
	defer cancel()
	rep, err := measureRows(ctx, opt, stderr)
	if rep != nil {
		err = errors.Join(err, rep.print(stdout, opt.output))
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}
