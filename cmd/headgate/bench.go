package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
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
	Format      string        `name:"output" short:"o" enum:"text,json,bench" default:"text" env:"HEADGATE_OUTPUT" help:"text, json, or bench: what benchstat reads."`
	Quiet       bool          `short:"q" env:"HEADGATE_QUIET" help:"Show no progress."`

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
	const most = 1_000_000
	for _, f := range []struct {
		name              string
		n, least, highest int
	}{
		{"groups", c.Groups, 1, load.MostGroups}, {"series", c.Series, 1, most}, {"connections", c.Connections, 1, 10_000},
		{"pushes", c.Pushes, 0, 1 << 40}, {"scrapes", c.Scrapes, 1, most}, {"count", c.Count, 1, most},
	} {
		if f.n < f.least || f.n > f.highest {
			return fmt.Errorf("--%s=%d: want %d to %d", f.name, f.n, f.least, f.highest)
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
	b := &benchmark{benchCmd: c, target: target, progress: progress{out: s.err, on: !c.Quiet && livens(s.err)}}
	if err := b.mayRun(ctx); err != nil {
		return err
	}
	target.Job = fmt.Sprintf("headgate-bench-%08x", rand.Uint32())
	result, err := b.run(ctx)
	err = errors.Join(err, b.clear(context.WithoutCancel(ctx)))
	b.done()
	if err != nil {
		return err
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

// benchmark is one call of the command.
type benchmark struct {
	*benchCmd
	target *load.Target
	filled bool // groups may be there
	progress
}

// mayRun protects gateways that others count on: a benchmark takes all of one.
func (b *benchmark) mayRun(ctx context.Context) error {
	u, err := url.Parse(b.URL)
	if err != nil {
		return err
	}
	if b.Yes {
		return nil
	}
	if !isLoopback(u.Hostname()) {
		return &failure{fmt.Errorf("%s is on another machine: a benchmark slows it down for all who use it", u.Redacted()), "--yes runs it all the same", exitUsage}
	}
	b.say("looking at the gateway")
	groups, err := b.target.CountGroups(ctx)
	b.done()
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return b.unreachable(err)
	}
	switch {
	case err != nil:
		return err
	case groups > 0:
		return hint(fmt.Errorf("%s has %d groups of others: they would be slowed down, and be scraped with those of the benchmark", u.Redacted(), groups),
			"--yes runs it all the same; headgate demo or a gateway with an empty --data.dir has none")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (b *benchmark) body() (load.Body, error) {
	if b.Body == "protobuf" {
		return load.Proto(b.Series)
	}
	return load.Text(b.Series), nil
}

func (b *benchmark) run(ctx context.Context) (*benchResult, error) {
	body, err := b.body()
	if err != nil {
		return nil, err
	}
	r := &benchResult{
		URL: b.displayURL(), Groups: b.Groups, Series: b.Series, Connections: b.Connections, Format: b.Body, BodyBytes: body.Len(),
	}
	b.filled = true
	b.say("pushing %d groups once", b.Groups)
	fill := load.Loop{Target: *b.target, Connections: min(b.Connections, b.Groups), Groups: b.Groups, Pushes: b.Groups, Body: body}
	if _, err := fill.Run(ctx); err != nil {
		return nil, err
	}
	for n := range b.Count {
		round, err := b.round(ctx, body, n)
		if err != nil {
			return nil, err
		}
		r.Rounds = append(r.Rounds, round)
	}
	return r, nil
}

func (b *benchmark) round(ctx context.Context, body load.Body, n int) (round benchRound, err error) {
	l := load.Loop{Target: *b.target, Connections: b.Connections, Groups: b.Groups, Body: body, Pushes: b.Pushes, Lenient: true}
	if b.Pushes == 0 {
		l.Duration, l.WarmUp = b.For, b.For/5
	}
	b.say("measuring pushes, %d of %d", n+1, b.Count)
	res, err := l.Run(ctx)
	if err != nil {
		return round, err
	}
	round.Push = pushFigures(&res)
	b.say("measuring scrapes, %d of %d", n+1, b.Count)
	if round.Plain, err = b.scrapes(ctx, load.Query{Accept: load.AcceptText}); err != nil {
		return round, err
	}
	round.Gzip, err = b.scrapes(ctx, load.Query{Accept: load.AcceptText, Gzip: true})
	if errors.Is(err, load.ErrEncoding) {
		return round, nil // which is a figure, too
	}
	return round, err
}

func (b *benchmark) scrapes(ctx context.Context, q load.Query) (*scrapeFigure, error) {
	f := new(scrapeFigure)
	for range b.Scrapes {
		got, err := b.target.Scrape(ctx, q, io.Discard)
		if err != nil {
			return nil, err
		}
		f.Bytes = got.Bytes
		f.Seconds = append(f.Seconds, got.Took.Seconds())
	}
	return f, nil
}

// clearTimeout bounds the deletion of groups.
const clearTimeout = 5 * time.Minute

func (b *benchmark) clear(ctx context.Context) error {
	if !b.filled || b.Keep {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, clearTimeout)
	defer cancel()
	b.say("deleting %d groups", b.Groups)
	l := load.Loop{Target: *b.target, Connections: min(b.Connections, b.Groups), Groups: b.Groups, Pushes: b.Groups}
	if _, err := l.Run(ctx); err != nil {
		return hint(fmt.Errorf("deleting the groups of job %q: %w", b.target.Job, err), "delete what is left of them yourself")
	}
	return nil
}
