package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// mostExposed is what systemd may find open in the sandbox, in tenths of its scale to 10.
const mostExposed = "15"

// systemd lets systemd look at a unit: its keys, and how tight its sandbox is. The
// command is replaced by one that is there.
func systemd(w io.Writer, file string) error {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		_, err := fmt.Fprintf(w, "skipped: %s: no systemd-analyze on this machine\n", file)
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "headgate-unit-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // what is left is the system's to clear
	unit := filepath.Join(tmp, filepath.Base(file))
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), "/usr/bin/headgate", "/bin/true")), 0o600); err != nil {
		return err
	}
	if err := errors.Join(
		analyze(file, "verify", "--man=no", unit),
		analyze(file, "security", "--offline=true", "--threshold="+mostExposed, unit),
	); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "ok: %s\n", file)
	return err
}

func analyze(file string, args ...string) error {
	if text, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: systemd-analyze %s: %w\n%s", file, args[0], err, text)
	}
	return nil
}
