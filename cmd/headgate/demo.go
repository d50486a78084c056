package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/headgate/headgate/internal/demo"
)

// demoCmd shows a gateway at work to who has none yet.
type demoCmd struct {
	For     time.Duration `placeholder:"DURATION" help:"End by itself after so long. Without it the demo goes on until Ctrl-C."`
	Listen  string        `placeholder:"ADDRESS" help:"Address of the gateway. Default: 127.0.0.1:9091, or a free port if that one is taken."`
	Workers int           `default:"48" help:"How many workers count into one sum."`
	Seed    uint64        `placeholder:"N" help:"Seed of what happens by chance. Default: another one each time."`
	Verbose bool          `short:"v" help:"Print the gateway's and the jobs' log to the standard error."`

	output
}

// Help is shown below the usage.
func (demoCmd) Help() string {
	return `Runs a gateway in a temporary folder, and a dozen invented jobs that push to it: slow, failing, overlapping and overdue ones, one that puts a user's id in a label, and many workers that count into one sum over a network that fails for one request in five. Nothing of it is left when it ends.

At the end the sum is compared with what the workers counted.

Examples:
  headgate demo
  headgate demo --for 20s
  headgate demo --for 20s -q && echo the sum is right

Exit codes: 0 the sum is right, 1 it is wrong, or the demo could not run, 2 usage.`
}

// mostWorkers is far below the pushers that a sum remembers.
const mostWorkers = 1000

// Validate is called by the parser of the command line.
func (c *demoCmd) Validate() error {
	switch {
	case c.For < 0:
		return fmt.Errorf("--for=%s: want a duration above 0, such as 20s", c.For)
	case c.Workers < 1 || c.Workers > mostWorkers:
		return fmt.Errorf("--workers=%d: want 1 to %d", c.Workers, mostWorkers)
	}
	return nil
}

// Run fails if a sum comes out wrong.
func (c *demoCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	show, err := demo.Open(ctx, c.options(s.err))
	if err != nil {
		return fmt.Errorf("starting the demo: %w", err)
	}
	last, watched := c.watch(ctx, show, s.out)
	proof, ended := show.End(context.WithoutCancel(ctx))
	if err := cmp.Or(watched, ended); err != nil {
		return err
	}
	answer := demoResult{URL: show.URL(), Seconds: last.Elapsed.Seconds(), Workers: c.Workers, Jobs: len(last.Jobs), Correct: proof.Err() == nil, Proof: proof}
	if err := c.print(s.out, answer, func(w io.Writer) error { return printProof(w, &proof, c.Workers) }); err != nil {
		return err
	}
	if err := proof.Err(); err != nil {
		return hint(fmt.Errorf("the demo's proof failed (seed %d): %w", c.Seed, err), "this is a bug: please report the line above")
	}
	return nil
}

// demoResult is the machine-readable answer.
type demoResult struct {
	URL     string  `json:"url"`
	Seconds float64 `json:"seconds"`
	Workers int     `json:"workers"`
	Jobs    int     `json:"jobs"`
	Correct bool    `json:"correct"`
	demo.Proof
}

func (c *demoCmd) options(log io.Writer) demo.Options {
	if c.Seed == 0 {
		c.Seed = uint64(time.Now().UnixNano())
	}
	o := demo.Options{Listen: c.Listen, Workers: c.Workers, Seed: c.Seed}
	if c.Verbose {
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	}
	return o
}

// How often the summary is shown.
const (
	frameEvery = 500 * time.Millisecond // on a terminal
	lineEvery  = 5 * time.Second
)

// watch shows what happens until the time is over or ctx ends, and returns the last of it.
func (c *demoCmd) watch(ctx context.Context, show *demo.Show, out io.Writer) (last demo.State, err error) {
	var end <-chan time.Time // never
	if c.For > 0 {
		timer := time.NewTimer(c.For)
		defer timer.Stop()
		end = timer.C
	}
	v := c.view(show.URL(), out)
	tick := time.NewTicker(v.every)
	defer tick.Stop()
	for over := false; ; {
		// Not ctx, which a Ctrl-C ends: the last state is shown all the same.
		if last, err = show.State(context.WithoutCancel(ctx)); err != nil {
			return last, err
		}
		v.show(&last, over)
		if over {
			return last, nil
		}
		select {
		case <-tick.C:
		case <-end:
			over = true
		case <-ctx.Done():
			over = true
		}
	}
}
