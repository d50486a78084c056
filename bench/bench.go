package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// bench is one run: its options, the binaries under test, and the servers with
// the large state, which several rows share because loading them takes long.
type bench struct {
	options
	work        string // temporary folder on the disk under test
	self        string // this binary, for the peers
	gateway     string // the gateway's binary; "" if only peers are measured
	pushgateway string // Pushgateway's binary; "" if there is none
	progress    io.Writer
	children    []*process

	full   *fullServer // the gateway with manyGroups, once a row needed it
	fullPG *fullServer // a Pushgateway with the same
}

// row is a scenario: one or more lines of the report.
type row struct {
	name string
	run  func(context.Context, *bench) ([]line, error)
}

// benchRows lists the rows in the order they run. Those that need a large
// Pushgateway stand together, and restart, which disturbs the gateway, is last.
func benchRows() []row {
	return []row{
		{"start", startRow},
		{"client", clientRow},
		{"push", pushRow},
		{"resident-groups", residentGroupsRow},
		{"rules", rulesRow},
		{"rules-resident", rulesResidentRow},
		{"expire", expireRow},
		{"careless", carelessRow},
		{"aggregate", aggregateRow},
		{"run", runRow},
		{"push-pushgateway", pushPushgatewayRow},
		{"scrape", scrapeRow},
		{"scrape-gzip", scrapeGzipRow},
		{"scrape-changed", scrapeChangedRow},
		{"memory", memoryRow},
		{"restart", restartRow},
	}
}

func rowNames() []string {
	var names []string
	for _, r := range benchRows() {
		names = append(names, r.name)
	}
	return names
}

// measureRows runs the rows asked for. A row that fails is reported as such and
// does not keep the others from running.
func measureRows(ctx context.Context, opt options, progress io.Writer) (rep *report, err error) {
	b := &bench{options: opt, progress: progress}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.prepare(ctx); err != nil {
		return nil, err
	}
	rep = &report{}
	if rep.Machine, err = describeMachine(ctx, b); err != nil {
		return nil, err
	}
	for _, r := range benchRows() {
		if !opt.wants(r.name) {
			continue
		}
		b.say("row %s", r.name)
		lines, rowErr := r.run(ctx, b)
		for _, l := range lines {
			l.Row = r.name
			rep.Lines = append(rep.Lines, l)
		}
		if rowErr != nil {
			err = errors.Join(err, fmt.Errorf("row %s: %w", r.name, rowErr))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return rep, err
}

// prepare makes the work folder and finds or builds the binaries.
func (b *bench) prepare(ctx context.Context) error {
	dir, err := filepath.Abs(b.dir)
	if err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp(dir, ".headgate-bench-"); err != nil {
		return err
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.pushgateway, err = findPushgateway(b.options.pushgateway); err != nil {
		return err
	}
	b.gateway, err = b.findGateway(ctx)
	return err
}

// close kills every child and removes what was written.
func (b *bench) close() error {
	for _, p := range b.children {
		p.kill()
	}
	if b.work == "" {
		return nil
	}
	return os.RemoveAll(b.work)
}

// say tells whoever waits what is going on.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
