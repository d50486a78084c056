package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/internal/figure"
)

// groupsCmd is about the groups of a gateway.
type groupsCmd struct {
	List groupsListCmd `cmd:"" default:"withargs" help:"List groups. The default."`
	Show groupsShowCmd `cmd:"" help:"Show one group: its metrics, who pushes to it, and what lint finds."`
}

type groupsListCmd struct {
	remote
	output

	Selector []string `arg:"" optional:"" help:"Selectors over grouping labels, such as '{job=\"backup\"}'. Several add up. Default: all groups."`
	Words    string   `short:"w" placeholder:"WORDS" help:"Only groups in whose key these words are."`
	Sort     string   `enum:"name,attention,age,recent,series,size" default:"name" help:"By name, what needs attention, the oldest or the most recent push, series or size: name, attention, age, recent, series or size."`
	Limit    int      `default:"100" placeholder:"N" help:"So many at most; 0 for all."`
}

// Help is shown below the usage.
func (groupsListCmd) Help() string {
	return `Examples:
  headgate groups
  headgate groups '{job=~"backup.*"}' --sort age
  headgate groups --sort attention --limit 10 -o json

Exit codes: 0, also if there is none; 1 the gateway doesn't answer; 2 usage.`
}

// Validate is called by the parser of the command line.
func (c *groupsListCmd) Validate() error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit=%d: want 0 or more", c.Limit)
	}
	return c.remote.Validate()
}

// Run lists groups.
func (c *groupsListCmd) Run(s *streams) error {
	ctx := context.Background()
	g, err := c.gateway()
	if err != nil {
		return err
	}
	order := c.Sort
	if order == "age" {
		order = "push" // the API's word, which is that of the page's column
	}
	list, err := g.Groups(ctx, client.Selection{Match: c.Selector, Words: c.Words}, order, c.Limit)
	if err != nil {
		return err
	}
	return c.print(s.out, groupsAnswer(list), func(w io.Writer) error {
		if list.Matched == 0 {
			_, err := fmt.Fprintln(w, "no groups")
			return err
		}
		return printGroups(w, list, time.Now())
	})
}

// groupsAnswer is a list of groups for machines.
type groupsAnswer struct {
	Matched int            `json:"matched"`
	Failing int            `json:"failing"`
	Overdue int            `json:"overdue"`
	Groups  []client.Group `json:"groups"`
}

func printGroups(w io.Writer, list client.List, now time.Time) error {
	if err := groupsTable(list.Groups, now).write(w); err != nil {
		return err
	}
	if more := list.Matched - len(list.Groups); more > 0 {
		_, err := fmt.Fprintf(w, "… and %d more: --limit 0 shows all\n", more)
		return err
	}
	return nil
}

func groupsTable(groups []client.Group, now time.Time) *table {
	t := &table{right: []bool{false, true, true, true, false}}
	t.heading("GROUP", "SERIES", "SIZE", "PUSHED", "STATE")
	for _, g := range groups {
		t.add(cell{text: g.Labels.String()}, cell{text: strconv.Itoa(g.Series)}, cell{text: figure.Size(float64(g.Bytes))},
			cell{text: figure.Span(g.Age(now)) + " ago"}, cell{strings.Join(g.States(now), ", "), stateColour(&g)})
	}
	return t
}

func stateColour(g *client.Group) string {
	switch {
	case !g.LastPushSuccessful:
		return red
	case g.Overdue:
		return yellow
	}
	return ""
}

type groupsShowCmd struct {
	remote
	groupFlags
	output
}

// Help is shown below the usage.
func (groupsShowCmd) Help() string {
	return `Example:
  headgate groups show --job backup --instance db1

Exit codes: 0; 1 there is no such group, or no answer; 2 usage.`
}

// Validate is called by the parser of the command line.
func (c *groupsShowCmd) Validate() error {
	if key, err := c.key(); err != nil {
		return err
	} else if key == nil {
		return errors.New("--job is missing: want the job of the group")
	}
	return c.remote.Validate()
}

// Run shows one group.
func (c *groupsShowCmd) Run(s *streams) error {
	ctx := context.Background()
	g, err := c.gateway()
	if err != nil {
		return err
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	d, err := g.Detail(ctx, key)
	switch {
	case errors.Is(err, client.ErrNoGroup):
		return noGroup(key.String())
	case err != nil:
		return err
	}
	return c.print(s.out, d, func(w io.Writer) error { return printDetail(w, &d, time.Now()) })
}

func noGroup(what string) error {
	return hint(fmt.Errorf("no such group: %s", what), "headgate groups lists those that there are")
}
