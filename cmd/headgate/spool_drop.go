package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headgate/headgate/push/spool"
)

// spoolDropCmd throws away what waits.
type spoolDropCmd struct {
	Sessions []string `arg:"" optional:"" name:"session" help:"Names as list shows them."`
	All      bool     `help:"All sessions that no running process has."`
	Dead     bool     `help:"The dead letters."`
	spoolDir
	output
}

// Help is shown below the usage.
func (spoolDropCmd) Help() string {
	return `What is dropped is lost for good.

Examples:
  headgate spool drop 20260103T031500.000000000Z-0123456789abcdef0123456789abcdef
  headgate spool drop --all
  headgate spool drop --dead

Exit codes: 0 it is gone, 1 it isn't, 2 usage.`
}

// Validate is called by the parser of the command line.
func (c *spoolDropCmd) Validate() error {
	if !c.All && !c.Dead && len(c.Sessions) == 0 {
		return errors.New("nothing to drop: want sessions, --all or --dead")
	}
	if c.All && len(c.Sessions) > 0 {
		return errors.New("--all and sessions exclude each other: want one of them")
	}
	return nil
}

// dropped is what has gone.
type dropped struct {
	Batches int `json:"batches"`
	Dead    int `json:"dead_letters"`
}

// Run drops what was named, and all of it that it can.
func (c *spoolDropCmd) Run(s *streams) error {
	dir, err := c.path()
	if err != nil {
		return err
	}
	all, err := c.targets()
	if err != nil {
		return err
	}
	var done dropped
	var errs []error
	found := map[string]bool{}
	for _, t := range all {
		at := filepath.Join(dir, t.Name)
		for _, session := range t.Sessions {
			named := slices.Contains(c.Sessions, session.Name)
			if named || c.All && !session.Live {
				found[session.Name] = true
				if err := spool.Drop(at, session.Name); err != nil {
					errs = append(errs, err)
					continue
				}
				done.Batches += session.Batches
			}
		}
		if c.Dead {
			if err := spool.DropDeadLetters(at); err != nil {
				errs = append(errs, err)
				continue
			}
			done.Dead += len(t.Dead)
		}
	}
	errs = append(errs, c.missing(found))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.print(s.out, done, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "dropped %d batches and %d dead letters\n", done.Batches, done.Dead)
		return err
	})
}

// missing is the error of sessions that there aren't.
func (c *spoolDropCmd) missing(found map[string]bool) error {
	missing := slices.DeleteFunc(slices.Clone(c.Sessions), func(name string) bool { return found[name] })
	if len(missing) == 0 {
		return nil
	}
	return hint(fmt.Errorf("no session %q", strings.Join(missing, `", "`)), "headgate spool list shows those that there are")
}
