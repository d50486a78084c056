package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// benchCmd measures a gateway from outside.
type benchCmd struct {
	Groups      int           `default:"1000" help:"How many groups to push to, in turn."`
	Series      int           `default:"10" help:"Series of each group."`
	Connections int           `default:"64" help:"Keep-alive connections, on each of which one push follows the other."`
	For         time.Duration `default:"10s" help:"How long to push, after a warm-up of a fifth of it."`
	Pushes      int           `placeholder:"N" help:"Stop after so many pushes instead. There is no warm-up then."`
	Scrapes     int           `default:"5" help:"Scrapes of either kind."`
	Count       int           `default:"1" help:"How often to measure, for benchstat to compare."`
	Body        string        `name:"format" enum:"text,protobuf" default:"text" help:"What is pushed: text or protobuf."`
	Keep        bool          `help:"Leave the groups there at the end."`
	Yes         bool          `help:"Also load a gateway on another machine, or one that others push to."`
	Format      string        `name:"output" short:"o" enum:"text,json,bench" default:"text" help:"text, json, or bench: what benchstat reads."`
	Quiet       bool          `short:"q" help:"Show no progress."`

	remote
}

// Help is shown below the usage.
func (benchCmd) Help() string {
	return `Pushes and scrapes as fast as the gateway answers, and says how fast that is. It works with everything that speaks Pushgateway's API. Its groups have a job whose name begins with headgate-bench- and are deleted at the end, also after Ctrl-C.

Examples:
  headgate bench
  headgate bench --groups 10000 --series 50 --for 30s
  headgate bench -o bench --count 6 >new.txt && benchstat old.txt new.txt
  headgate bench --url http://pushgateway:9091 --yes -o json

Exit codes: 0 measured, 1 not, or not all groups could be deleted, 2 usage. Pushes that fail are figures, too.`
}

// Validate is called by the parser of the command line.
func (c *benchCmd) Validate() error {
	const many = 1_000_000
	for _, f := range []struct {
		name               string
		n, lowest, highest int
	}{
		{"groups", c.Groups, 1, load.MostGroups},
		{"series", c.Series, 1, many},
		{"connections", c.Connections, 1, 10_000},
		{"pushes", c.Pushes, 0, 1000 * many},
		{"scrapes", c.Scrapes, 1, many},
		{"count", c.Count, 1, many},
	} {
		if f.n < f.lowest || f.n > f.highest {
			return fmt.Errorf("--%s=%d: want %d to %d", f.name, f.n, f.lowest, f.highest)
		}
	}
	if c.For <= 0 {
		return fmt.Errorf("--for=%s: want a duration above 0, such as 10s", c.For)
	}
	return c.remote.Validate()
}

// Run deletes what it pushed, whatever happens.
func (c *benchCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	target, err := c.target()
	if err != nil {
		return err
	}
	b := &benchmark{benchCmd: c, target: target, progress: progressOn(s.err, c.Quiet)}
	if err := b.mayRun(ctx); err != nil {
		return err
	}
	target.Job = fmt.Sprintf("headgate-bench-%08x", rand.Uint32())
	result, err := b.run(ctx)
	cleared := b.clear(context.WithoutCancel(ctx))
	b.done()
	switch {
	case err != nil && cleared != nil:
		return fmt.Errorf("%w; and %w", err, cleared)
	case err != nil:
		return err
	case cleared != nil:
		return cleared
	}
	return c.print(s.out, result)
}

func (c *benchCmd) print(out io.Writer, r *benchResult) error {
	switch c.Format {
	case "json":
		return printJSON(out, r)
	case "bench":
		return r.printBench(out)
	}
	return r.printText(out)
}
