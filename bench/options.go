package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// options is what the command line decides, and the sizes that follow from it.
type options struct {
	rows        []string // names of the rows to run; all if empty
	rounds      int      // pairs of measurements per line
	duration    time.Duration
	timeout     time.Duration // of the whole run
	output      string        // "text" or "json"
	dir         string        // parent of the data folders; a real disk
	headgate    string        // binary; "" builds it, "none" measures the peers alone
	pushgateway string        // binary; "" looks on PATH, "none" does without
	noBigPeer   bool
	cpuProfile  string // file for a CPU profile of the gateway

	connections int // keep-alive connections of the load
	fewGroups   int // resident groups of the small state
	manyGroups  int // resident groups of the large state
	scrapes     int // scrapes that one measurement of a fast scrape averages
	recordings  int // samples that one measurement of recording averages
}

// parseOptions reads the command line. Usage goes to stderr.
func parseOptions(args []string, stderr io.Writer) (options, error) {
	opt := options{connections: 64, fewGroups: 1_000, manyGroups: 100_000, scrapes: 5, recordings: 2_000_000}
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	rows := fs.String("row", "", "rows to run, separated by commas (default all): "+strings.Join(rowNames(), ", "))
	quick := fs.Bool("quick", false, "a smoke run of seconds: few groups, one round; its figures mean nothing")
	fs.IntVar(&opt.rounds, "rounds", 3, "pairs of ours and peer per line; the medians are printed")
	fs.DurationVar(&opt.duration, "duration", 5*time.Second, "of each measurement of a push rate, after a warm-up of a fifth of it")
	fs.DurationVar(&opt.timeout, "timeout", 45*time.Minute, "of the whole run")
	fs.StringVar(&opt.output, "o", "text", "output: text or json")
	fs.StringVar(&opt.dir, "dir", ".", "where the data folders are made; wants a real disk, not tmpfs")
	fs.StringVar(&opt.headgate, "headgate", "", "gateway `binary`; built from ./cmd/headgate if empty; none measures the peers alone")
	fs.StringVar(&opt.pushgateway, "pushgateway", os.Getenv("PUSHGATEWAY"), "Pushgateway `binary` (or PUSHGATEWAY=); looked for on PATH if empty; none does without")
	fs.BoolVar(&opt.noBigPeer, "no-big-peer", false, "do not load a Pushgateway with the large state; compare with the recorded figures")
	fs.StringVar(&opt.cpuProfile, "cpuprofile-gateway", "", "write a CPU profile of the gateway under the load of the row given by -row (default push) to `file`")
	if err := fs.Parse(args); err != nil {
		return opt, err
	}
	if *quick {
		opt.rounds, opt.duration, opt.scrapes = 1, 200*time.Millisecond, 1
		opt.connections, opt.fewGroups, opt.manyGroups, opt.recordings = 8, 20, 200, 20_000
	}
	if *rows != "" {
		opt.rows = strings.Split(*rows, ",")
	}
	return opt, opt.check(fs.Args())
}

// check refuses what cannot be run.
func (opt *options) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	if opt.output != "text" && opt.output != "json" {
		return fmt.Errorf("-o %q: want text or json", opt.output)
	}
	if opt.rounds < 1 {
		return fmt.Errorf("-rounds %d: want at least 1", opt.rounds)
	}
	for _, name := range opt.rows {
		if !slices.Contains(rowNames(), name) {
			return fmt.Errorf("-row %q: want one of %s", name, strings.Join(rowNames(), ", "))
		}
	}
	return nil
}

// wants tells whether a row was asked for.
func (opt *options) wants(name string) bool {
	return len(opt.rows) == 0 || slices.Contains(opt.rows, name)
}

// profiles tells whether the gateway is to be profiled during a row.
func (opt *options) profiles(name string) bool {
	if opt.cpuProfile == "" {
		return false
	}
	if len(opt.rows) == 0 {
		return name == "push"
	}
	return name == opt.rows[0]
}
