package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/internal/schedule"
)

// The exit codes of run that aren't its child's.
const (
	exitOverlap = 75  // with --no-overlap: another run is under way
	exitNoLock  = 125 // with --no-overlap: it can't be told whether there is another
)

// runCmd runs a command as if it had been run directly, and pushes what it saw.
type runCmd struct {
	Job     string   `placeholder:"NAME" help:"Name of the job. Default: that of the command, without its ending."`
	Command []string `arg:"" passthrough:"" help:"What to run, with its arguments, best behind --."`

	Timeout     model.Duration `placeholder:"30m" help:"End an attempt that takes longer: with SIGTERM, and SIGKILL after --kill-after."`
	KillAfter   model.Duration `placeholder:"10s" default:"10s" help:"How long an attempt may take to end after SIGTERM."`
	Retries     int            `placeholder:"N" help:"Try so often again if the command fails."`
	RetryWait   model.Duration `placeholder:"1s" default:"1s" help:"How long to wait before the first of them; doubled each time, to 5m."`
	NoOverlap   bool           `help:"Don't run while another run of this job is under way on this machine: exit with 75."`
	LockDir     string         `placeholder:"DIR" help:"Folder of the lock for --no-overlap. Default: headgate/locks in the user's state folder."`
	Instance    string         `placeholder:"NAME" env:"HEADGATE_INSTANCE" help:"The label instance. Default: the host's name."`
	Label       []string       `placeholder:"K=V" sep:"none" help:"A label more of the job's groups. May be given more than once."`
	Expect      model.Duration `placeholder:"26h" help:"A run is due at least this often."`
	TTL         model.Duration `placeholder:"7d" help:"Forget the job's metrics this long after its last run."`
	Schedule    string         `placeholder:"CRON" help:"When runs are due, as a crontab says it: '15 3 * * *'."`
	Timezone    string         `placeholder:"ZONE" help:"Of --schedule, such as Europe/Berlin. Default: UTC."`
	MaxDuration model.Duration `placeholder:"2h" help:"A run that takes longer is shown as stuck. It isn't ended."`

	endpoint
	Grace   model.Duration `placeholder:"2s" default:"2s" env:"HEADGATE_GRACE" help:"How long a push may take once the command has ended."`
	Spool   string         `placeholder:"DIR" env:"HEADGATE_SPOOL" help:"Folder for what could not be pushed yet. Default: headgate/spool in the user's state folder."`
	NoSpool bool           `help:"Keep nothing that could not be pushed."`
	Quiet   bool           `short:"q" help:"Say nothing but why the command could not be run."`
}

// Help is shown below the usage.
func (runCmd) Help() string {
	return `Runs the command as itself: with its standard streams, its terminal, its signals and its exit code. A
gateway that is down neither fails nor delays it: what could not be pushed goes out with the next run, or with
headgate spool replay.

A file named in $HEADGATE_METRICS takes the command's own metrics: echo 'rows_total 123' >> "$HEADGATE_METRICS"

Examples:
  headgate run -- ./backup.sh --full
  headgate run --job backup --expect 26h --timeout 2h --no-overlap -- ./backup.sh
  headgate run --job import --retries 3 --label table=orders -- import orders

Exit codes: the command's own, 128+n if signal n ended it, 126 if it can't be executed, 127 if it isn't there; and
without having run it 2 usage, 75 with --no-overlap if another run is under way, 125 if the lock can't be taken.`
}

// Validate is called by the parser of the command line: what contradicts itself is
// refused before anything runs.
func (c *runCmd) Validate() error {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:]
	} else if len(c.Command) > 0 && strings.HasPrefix(c.Command[0], "-") {
		// The parser takes what it doesn't know for the command's beginning.
		return fmt.Errorf("unknown flag %s: a command of that name goes behind --", c.Command[0])
	}
	switch {
	case len(c.Command) == 0 || c.Command[0] == "":
		return errors.New("no command: want one, as in headgate run --job backup -- ./backup.sh")
	case c.Grace <= 0:
		return errors.New("--grace=0s: want a duration above 0, such as 2s")
	case c.Spool != "" && c.NoSpool:
		return errors.New("--spool and --no-spool exclude each other: want one of them")
	}
	return cmp.Or(c.nameJob(), c.checkAttempts(), c.checkDue(), c.checkLabels(), c.endpoint.Validate())
}

// runners are commands whose name says nothing of the job: what they run does.
var runners = []string{
	"ash", "bash", "dash", "docker", "doas", "env", "flock", "ionice", "java", "ksh", "nice", "node", "nohup", "perl", "php",
	"python", "python3", "ruby", "sh", "setsid", "sudo", "su", "time", "timeout", "xargs", "zsh",
}

// nameJob takes the job's name from the command where none was given.
func (c *runCmd) nameJob() error {
	if c.Job != "" {
		return nil
	}
	file := filepath.Base(c.Command[0])
	if slices.Contains(runners, file) {
		return fmt.Errorf("--job is missing: want a name, as in --job backup, since %q says nothing of what is run", file)
	}
	c.Job = cmp.Or(strings.TrimSuffix(file, filepath.Ext(file)), file)
	return nil
}

func (c *runCmd) checkAttempts() error {
	switch {
	case c.Retries < 0:
		return fmt.Errorf("--retries=%d: want 0 or more", c.Retries)
	case c.LockDir != "" && !c.NoOverlap:
		return errors.New("--lock-dir without --no-overlap: there is no lock to put there")
	case c.MaxDuration > 0 && c.Timeout > c.MaxDuration:
		return fmt.Errorf("--max-duration=%s is less than --timeout=%s: each run that is ended would have been stuck before", c.MaxDuration, c.Timeout)
	}
	return nil
}

func (c *runCmd) checkDue() error {
	tooShort := func(d model.Duration) bool { return d > 0 && time.Duration(d) < time.Second }
	switch {
	case tooShort(c.Expect):
		return fmt.Errorf("--expect=%s: want 1s or more", c.Expect)
	case tooShort(c.TTL):
		return fmt.Errorf("--ttl=%s: want 1s or more", c.TTL)
	case tooShort(c.MaxDuration):
		return fmt.Errorf("--max-duration=%s: want 1s or more", c.MaxDuration)
	case c.TTL > 0 && c.TTL < c.Expect:
		return fmt.Errorf("--ttl=%s is less than --expect=%s: the job would be forgotten before it is overdue", c.TTL, c.Expect)
	case c.Timezone != "" && c.Schedule == "":
		return errors.New("--timezone without --schedule: there is nothing to read in it")
	case c.Schedule == "":
		return nil
	}
	_, err := schedule.Parse(c.Schedule, c.Timezone)
	return err
}

func (c *runCmd) checkLabels() error {
	var seen []string
	for _, l := range c.Label {
		name, value, found := strings.Cut(l, "=")
		switch {
		case !found || value == "":
			return fmt.Errorf("--label=%q: want name=value", l)
		case !model.UTF8Validation.IsValidLabelName(name) || strings.HasPrefix(name, "__"):
			return fmt.Errorf("--label=%q: label name %q: want one such as zone", l, name)
		case name == "job" || name == "instance":
			return fmt.Errorf("--label=%q: want --%s=%s", l, name, value)
		case slices.Contains(seen, name):
			return fmt.Errorf("--label=%q: label %q is given twice", l, name)
		}
		seen = append(seen, name)
	}
	return nil
}
