package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// undoCmd brings back what a delete removed.
type undoCmd struct {
	remote
	output

	ID string `arg:"" optional:"" help:"The delete's id, which it has printed. Default: the last one."`
}

// Help is shown below the usage.
func (undoCmd) Help() string {
	return `Examples:
  headgate undo
  headgate undo 4zq7x0k2nd

Deletes can be undone for 15 minutes, or as long as the gateway's configuration says.

Exit codes: 0 all came back; 1 some stayed away, or nothing can be undone; 2 usage.`
}

// Run undoes a delete.
func (c *undoCmd) Run(s *streams) error {
	ctx := context.Background()
	g, err := c.gateway()
	if err != nil {
		return err
	}
	done, err := g.Undo(ctx, c.ID)
	if err != nil {
		return err
	}
	err = c.print(s.out, done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "restored %s with %s\n", plural(done.Restored, "group", "groups"), plural(done.Series, "series", "series"))
		return err
	})
	for _, skipped := range done.Skipped {
		err = errors.Join(err, fmt.Errorf("%s stays as it is: %s", skipped.Labels, skipped.Reason))
	}
	return err
}
