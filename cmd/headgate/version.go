package main

import (
	"fmt"
	"runtime"

	"github.com/prometheus/common/version"
)

// versionText is what --version prints. Released binaries have the version set
// by the linker; others say where they were built from, as far as Go recorded it.
func versionText() string {
	v := version.Version
	if v == "" {
		v = "devel"
	}
	return fmt.Sprintf("headgate %s (revision %s, %s, %s/%s)", v, version.GetRevision(), version.GoVersion, runtime.GOOS, runtime.GOARCH)
}
