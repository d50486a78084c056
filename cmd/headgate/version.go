package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/prometheus/common/version"
)

// versionCmd says which build this is.
type versionCmd struct{ output }

// Help is shown below the usage.
func (versionCmd) Help() string {
	return `Examples:
  headgate version
  headgate version -o json`
}

// Run prints to the standard output.
func (c *versionCmd) Run(s *streams) error {
	return c.print(s.out, thisBuild(), func(w io.Writer) error {
		_, err := fmt.Fprintln(w, versionText())
		return err
	})
}

// buildInfo is a build as version -o json shows it.
type buildInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// thisBuild has the version that the linker set in released binaries. Others say where
// they were built from, as far as Go recorded it.
func thisBuild() buildInfo {
	v := version.Version
	if v == "" {
		v = "devel"
	}
	return buildInfo{v, version.GetRevision(), version.GoVersion, runtime.GOOS + "/" + runtime.GOARCH}
}

// versionText is what --version prints.
func versionText() string {
	b := thisBuild()
	return fmt.Sprintf("headgate %s (revision %s, %s, %s)", b.Version, b.Revision, b.Go, b.Platform)
}
