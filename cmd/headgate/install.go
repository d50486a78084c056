package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// installCmd copies the command itself, from an image that has no cp.
type installCmd struct {
	To string `arg:"" name:"file" help:"Where to put it: a file, or a folder that is there."`
}

// Help is shown below the usage.
func (installCmd) Help() string {
	return `Copies this binary, for an init container that gives it to a job's own image.

Example:
  headgate install /tools/headgate

Exit codes: 0 it is there, 1 it isn't, 2 usage.`
}

// Run replaces the file as a whole: who runs the old one goes on doing so.
func (c *installCmd) Run() (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	to := c.To
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, filepath.Base(self))
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	tmp, err := os.CreateTemp(filepath.Dir(to), ".headgate-*")
	if err != nil {
		return fmt.Errorf("installing to %s: %w", to, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("installing to %s: %w", to, err), os.Remove(tmp.Name()))
		}
	}()
	_, err = io.Copy(tmp, from)
	err = errors.Join(err, tmp.Chmod(0o755), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), to)
}
