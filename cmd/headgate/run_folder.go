package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
)

// stateFolder is headgate/NAME in the folder for what programs keep of a user: what
// XDG_STATE_HOME says, or .local/state at home. Under cron there may be neither
// variable: then the home is what the system knows of the user.
func stateFolder(name string) (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // as its specification has it
		home, err := os.UserHomeDir()
		if err != nil {
			u, unknown := user.Current()
			if unknown != nil || !filepath.IsAbs(u.HomeDir) {
				return "", errors.New("this user has no home, and XDG_STATE_HOME is not set")
			}
			home = u.HomeDir
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "headgate", name), nil
}

// spoolFolder returns a folder that can be written, or says once why there is none. A
// job isn't kept from running by that.
func (c *runCmd) spoolFolder(h *herald) string {
	dir := c.Spool
	err := error(nil)
	if dir == "" {
		dir, err = stateFolder("spool")
	}
	if err == nil {
		err = writable(dir)
	}
	if err != nil {
		h.warn("no spool: %v; what can't be pushed is lost (--spool names a folder, --no-spool wants none)", err)
		return ""
	}
	return dir
}

// writable makes a folder if need be, and looks whether files can be made in there.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("%s: %w", dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
