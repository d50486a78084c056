package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/common/model"
)

// pushCmd pushes as the library does, for those who have no program to use it in.
type pushCmd struct {
	remote
	groupFlags
	output

	Metrics []string `arg:"" optional:"" name:"metrics" help:"A file, - for the standard input, or samples such as rows=17 or 'rows{table=\"a\"}=17'. Default: the standard input."`
	Type    string   `enum:",counter,gauge" default:"" placeholder:"TYPE" help:"Type of the samples given as arguments: counter or gauge. Default: untyped."`
	Replace bool     `help:"Replace the whole group, as PUT does. Default: only the metrics that are pushed, as POST does."`

	TTL              model.Duration `name:"ttl" placeholder:"36h" help:"The group goes this long after its last push."`
	KeepUntilScraped bool           `help:"The group goes once all who scrape have read it."`
	Expect           model.Duration `placeholder:"26h" help:"A push is due at least this often; the group is overdue when it isn't there."`
	Aggregate        string         `enum:",delta,cumulative" default:"" placeholder:"MODE" help:"Add up over pushers: delta or cumulative."`
	Pusher           string         `placeholder:"NAME" help:"Who pushes, for --aggregate=cumulative."`
	Producer         string         `placeholder:"NAME" help:"With --sequence: the push counts once, however often it is sent."`
	Sequence         uint64         `placeholder:"N" help:"How many pushes the producer has made, this one included."`
	IdempotencyKey   string         `placeholder:"KEY" help:"The same without a number: a key that no other push has."`
	DryRun           bool           `help:"Check and answer, but change nothing."`

	Watch        bool          `help:"Go on, and push the file whenever it has changed."`
	Every        time.Duration `placeholder:"15s" help:"Go on, and push the file this often."`
	DeleteOnExit bool          `help:"With --watch or --every: delete the group at the end."`
	Spool        string        `placeholder:"DIR" help:"Keep in this folder what can't be sent. The next push with it sends it first."`
}

// Help is shown below the usage.
func (pushCmd) Help() string {
	return `Examples:
  headgate push --job backup rows=17 'size_bytes{table="orders"}=8123'
  some-script | headgate push --job backup --instance db1 --ttl 3d
  headgate push --job backup --replace metrics.prom
  headgate push --job workers --aggregate delta --type counter rows_total=12
  headgate push --job node --instance db1 --watch /run/metrics.prom --delete-on-exit

A push is tried again until --timeout. What the gateway warns of is on the standard error.

Exit codes: 0 pushed, or left in the spool; 1 not pushed; 2 usage. docs/command.md has more.`
}

// Validate is called by the parser of the command line. The embedded structs' own
// Validate isn't once there is this one.
func (c *pushCmd) Validate() error {
	if err := c.remote.Validate(); err != nil {
		return err
	}
	if key, err := c.key(); err != nil {
		return err
	} else if key == nil {
		return errors.New("--job is missing: want the job that the metrics are of")
	}
	if err := c.checkMetrics(); err != nil {
		return err
	}
	return c.checkOptions()
}

// checkMetrics finds arguments that make no sense together.
func (c *pushCmd) checkMetrics() error {
	samples := 0
	for _, m := range c.Metrics {
		if sampleArg.MatchString(m) {
			samples++
		}
	}
	switch {
	case samples > 0 && samples < len(c.Metrics):
		return errors.New("files and name=value exclude each other: want one of them")
	case samples == 0 && len(c.Metrics) > 1:
		return fmt.Errorf("%d files: want one, or name=value", len(c.Metrics))
	case samples == 0 && c.Type != "":
		return errors.New("--type is for name=value: files and the standard input say it in a TYPE line")
	case c.follows() && (samples > 0 || len(c.Metrics) == 0 || c.Metrics[0] == "-"):
		return errors.New("--watch and --every push a file: want its name")
	}
	return nil
}

// follows is whether the command stays and pushes again.
func (c *pushCmd) follows() bool { return c.Watch || c.Every != 0 }

// once is whether the push says how it is told from its repetitions.
func (c *pushCmd) once() bool { return c.Producer != "" || c.Sequence > 0 || c.IdempotencyKey != "" }

// checkOptions finds flags that make no sense together.
func (c *pushCmd) checkOptions() error {
	switch {
	case c.Watch && c.Every != 0:
		return errors.New("--watch and --every exclude each other: want one of them")
	case c.Every < 0:
		return fmt.Errorf("--every=%s: want a duration above 0, such as 15s", c.Every)
	case c.DeleteOnExit && !c.follows():
		return errors.New("--delete-on-exit is for --watch and --every: a push that ends at once would delete what it pushed")
	case c.DeleteOnExit && c.KeepUntilScraped:
		return errors.New("--delete-on-exit and --keep-until-scraped exclude each other: one deletes what the other keeps")
	case c.Aggregate == "delta" && c.follows():
		return errors.New("--aggregate=delta with --watch or --every would add the file's increments again and again: want cumulative")
	case c.Aggregate == "delta" && c.Replace:
		return errors.New("--aggregate=delta and --replace exclude each other: one adds, the other replaces")
	case (c.Producer == "") != (c.Sequence == 0):
		return errors.New("--producer and --sequence belong together: give both or none")
	case c.Producer != "" && c.IdempotencyKey != "":
		return errors.New("--producer and --idempotency-key exclude each other: want one of them")
	case c.follows() && (c.once() || c.DryRun):
		return errors.New("--watch and --every push more than once: leave out --producer, --idempotency-key and --dry-run")
	case c.Spool != "" && (c.once() || c.DryRun || c.Aggregate != ""):
		return errors.New("--spool keeps values, not how to add them up: leave out --aggregate, --pusher, --producer, --idempotency-key and --dry-run")
	}
	return nil
}

// Run pushes once, or until it is told to end.
func (c *pushCmd) Run(s *streams) error {
	if !c.follows() {
		return c.pushOnce(context.Background(), s) // which a signal may end anywhere
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	looks := time.NewTicker(watchEvery)
	defer looks.Stop()
	return c.follow(ctx, s.err, looks.C)
}

// note writes a line that isn't the command's answer.
func (c *pushCmd) note(w io.Writer, format string, args ...any) {
	if !c.Quiet {
		fmt.Fprintf(w, "headgate: "+format+"\n", args...)
	}
}
