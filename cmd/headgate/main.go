// Command headgate is a gateway for metrics that can't be scraped: it takes
// pushes as Pushgateway does, keeps them durably, and shows them to Prometheus.
package main

import (
	"cmp"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with its edges as parameters, for the command's scripts. It
// returns the exit code: 0, 1 for a failure, 2 for a command line that makes no sense.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	var e environment
	exit := -1
	parser := kong.Must(&c,
		kong.Name("headgate"),
		kong.Description("A durable gateway for metrics of jobs that Prometheus can't scrape. Speaks Pushgateway's API."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.ValueFormatter(flagHelp),
		kong.Vars{"version": versionText()},
		kong.Resolvers(kong.ResolverFunc(e.resolve)),
	)
	e.name(parser.Model)
	ctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help or --version has printed what was asked for
	}
	if err != nil {
		return report(stderr, &failure{err, cmp.Or(e.blame(err), whereHelpIs(err)), exitUsage})
	}
	return report(stderr, ctx.Run(&streams{stdin, stdout, stderr}))
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

type cli struct {
	Version kong.VersionFlag `help:"Print the version and exit." short:"V"`

	Serve   serveCmd   `cmd:"" default:"withargs" help:"Run the gateway. The default command."`
	Journal journalCmd `cmd:"" help:"Check, repair or print the journal of a data folder."`
	Config  configCmd  `cmd:"" help:"Check a configuration file."`
	Relabel relabelCmd `cmd:"" help:"Try relabel rules on labels."`
	Install installCmd `cmd:"" help:"Copy this binary to a folder."`
	Healthy healthyCmd `cmd:"" help:"Ask a gateway whether it is alive."`
	Shadow  shadowCmd  `cmd:"" help:"Run beside a Pushgateway and compare."`
	Spool   spoolCmd   `cmd:"" help:"Show, push or throw away what could not be pushed."`
	Run     runCmd     `cmd:"" help:"Run a command and tell the gateway how it went."`
	Lint    lintCmd    `cmd:"" help:"Find bad names and labels in metrics, and queries that lose job or instance."`
	Rules   rulesCmd   `cmd:"" help:"Write Prometheus's alerting rules from what is resident."`
	Delete  deleteCmd  `cmd:"" help:"Delete groups."`
	Undo    undoCmd    `cmd:"" help:"Bring back what a delete removed."`
	Top     topCmd     `cmd:"" help:"Watch a gateway: its groups, limits, journal and scrapes."`
	Groups  groupsCmd  `cmd:"" help:"List the groups of a gateway, or show one."`
	Push    pushCmd    `cmd:"" help:"Push metrics from a file, the standard input or the command line."`
	Token   tokenCmd   `cmd:"" help:"Make tokens that say who may push, read and delete."`

	Demo       demoCmd       `cmd:"" help:"Show a gateway at work: invented jobs, a sum over a network that fails, and the proof that it is right."`
	Bench      benchCmd      `cmd:"" help:"Measure how fast a gateway takes pushes and answers scrapes."`
	Completion completionCmd `cmd:"" help:"Print what bash, zsh or fish needs to complete command lines."`
	Man        manCmd        `cmd:"" help:"Print the manual page, in roff."`
	Complete   completeCmd   `cmd:"" hidden:"" help:"Complete a command line, for the scripts of completion."`
	Print      versionCmd    `cmd:"" name:"version" help:"Print the version."`
}
