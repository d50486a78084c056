package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"

	"github.com/headgate/headgate/internal/top"
)

// topCmd shows a gateway as it changes.
type topCmd struct {
	remote

	Selector []string      `arg:"" optional:"" help:"Selectors over grouping labels, such as '{job=\"backup\"}'. Several add up. Default: all groups."`
	Sort     string        `enum:"attention,rate,age,series,size,name" default:"attention" help:"What comes first: attention, rate, age, series, size or name."`
	Every    time.Duration `default:"2s" placeholder:"2s" help:"How often the gateway is asked. One that is slow to answer is asked less often."`
	Once     bool          `help:"Print what there is now, and end."`
	Format   string        `name:"output" short:"o" enum:"text,json" default:"text" help:"text or json, which implies --once."`
}

// Help is shown below the usage.
func (topCmd) Help() string {
	return `Examples:
  headgate top
  headgate top --sort rate '{job=~"backup.*"}'
  headgate top --once

Keys: q quit, arrows move, enter look into a group, s sort, / filter, d delete, u undo.
What is failing or overdue comes first. A group's pushes per minute are those that were
seen: of several between two looks one is.

Exit codes: 0; 1 no answer with --once, or no terminal without it; 2 usage.`
}

// Validate is called by the parser of the command line.
func (c *topCmd) Validate() error {
	if c.Every < 100*time.Millisecond {
		return fmt.Errorf("--every=%s: want 100ms or more", c.Every)
	}
	return c.remote.Validate()
}

// Run shows the gateway until it is told to end.
func (c *topCmd) Run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	g, err := c.gateway()
	if err != nil {
		return err
	}
	o := top.Options{Gateway: g, Name: c.shown(), Match: c.Selector, Order: c.Sort, Every: c.Every, Now: time.Now, Colour: bool(paints(s.out))}
	if c.Format == "json" {
		list, err := top.List(ctx, o)
		if err != nil {
			return err
		}
		return printJSON(s.out, groupsAnswer(list))
	}
	if c.Once {
		return printOnce(ctx, o, s.out)
	}
	if !isTerminal(s.in) || !isTerminal(s.out) {
		return hint(errors.New("no terminal to show it in"), "--once prints what there is now")
	}
	return top.Run(ctx, o, s.in, s.out)
}

// printOnce prints a frame as large as the terminal. Where there is none, $COLUMNS says
// how wide it is.
func printOnce(ctx context.Context, o top.Options, out io.Writer) error {
	width, height := 100, 50
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		width = n
	}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		if w, h, err := term.GetSize(f.Fd()); err == nil && w > 0 {
			width, height = w, max(10, h-1) // the last line is the shell's
		}
	}
	frame, err := top.Once(ctx, o, width, height)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, frame)
	return err
}
