package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/client"
)

// deleteCmd deletes groups, and says how they come back.
type deleteCmd struct {
	remote
	groupFlags
	output

	Selector  []string `arg:"" optional:"" help:"Selectors over grouping labels, such as '{job=\"backup\"}'. Several add up."`
	DryRun    bool     `help:"List what would be deleted."`
	Yes       bool     `short:"y" help:"Don't ask before more than one group is deleted. Only a terminal is asked."`
	MissingOK bool     `name:"missing-ok" help:"It is no failure if there is no such group."`
}

// Help is shown below the usage.
func (deleteCmd) Help() string {
	return `Examples:
  headgate delete --job backup --instance db1
  headgate delete '{job="backup"}' --dry-run
  headgate delete '{job=~"test-.*"}' '{env="old"}' --yes

With --job and --label the one group with exactly this key goes, with selectors all that they select.
headgate undo brings back what went.

Exit codes: 0 deleted; 1 nothing to delete, or no answer; 2 usage.`
}

// Validate is called by the parser of the command line.
func (c *deleteCmd) Validate() error {
	key, err := c.key()
	switch {
	case err != nil:
		return err
	case key != nil && len(c.Selector) > 0:
		return errors.New("--job and selectors exclude each other: want one group, or all that are selected")
	case key == nil && len(c.Selector) == 0:
		return errors.New(`nothing to delete: want --job, or a selector such as '{job="backup"}'`)
	}
	return c.remote.Validate()
}

// Run deletes.
func (c *deleteCmd) Run(s *streams) error {
	ctx := context.Background()
	g, err := c.gateway()
	if err != nil {
		return err
	}
	what := client.Selection{Match: c.Selector}
	if what.Group, err = c.key(); err != nil {
		return err
	}
	if asks := !c.DryRun && !c.Yes && what.Group == nil && isTerminal(s.in); asks {
		if err := c.confirm(ctx, g, what, s); err != nil {
			return err
		}
	}
	done, err := g.Delete(ctx, what, c.DryRun)
	if err != nil {
		return err
	}
	if len(done.Groups) == 0 && !c.MissingOK {
		return c.nothing(what)
	}
	return c.print(s.out, done, func(w io.Writer) error { return printDeleted(w, &done) })
}

func (c *deleteCmd) nothing(what client.Selection) error {
	if what.Group != nil {
		return noGroup(what.Group.String())
	}
	return noGroup(strings.Join(c.Selector, " "))
}

// confirm asks before several groups are deleted.
func (c *deleteCmd) confirm(ctx context.Context, g client.Gateway, what client.Selection, s *streams) error {
	would, err := g.Delete(ctx, what, true)
	if err != nil || len(would.Groups) < 2 {
		return err
	}
	const shown = 20
	list := client.List{Matched: len(would.Groups), Groups: would.Groups[:min(shown, len(would.Groups))]}
	if err := groupsTable(list.Groups, time.Now()).write(s.err); err != nil {
		return err
	}
	if more := len(would.Groups) - shown; more > 0 {
		fmt.Fprintf(s.err, "… and %d more\n", more)
	}
	fmt.Fprintf(s.err, "Delete %s? [y/N] ", amount(would.Groups))
	line, err := bufio.NewReader(s.in).ReadString('\n')
	if yes := strings.ToLower(strings.TrimSpace(line)); err != nil || yes != "y" && yes != "yes" {
		return errors.New("nothing was deleted")
	}
	return nil
}

// amount is how much groups are.
func amount(groups []client.Group) string {
	series := 0
	for i := range groups {
		series += groups[i].Series
	}
	return plural(len(groups), "group", "groups") + " with " + plural(series, "series", "series")
}

func printDeleted(w io.Writer, done *client.Deleted) error {
	if done.DryRun {
		if err := groupsTable(done.Groups, time.Now()).write(w); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "would delete %s\n", amount(done.Groups))
		return err
	}
	if _, err := fmt.Fprintf(w, "deleted %s\n", amount(done.Groups)); err != nil || done.ID == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "undo with: headgate undo %s\n", done.ID)
	return err
}
