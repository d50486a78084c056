package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
)

// The collector's pace. By default Go collects when the heap has doubled: too
// late with a million series resident, when that is hundreds of megabytes, and
// far too often with a few, when it is four. A ballast that is never touched,
// and so takes addresses but no memory, lets a small percentage serve both.
const (
	ballastBytes = 128 << 20
	gcPercent    = 41
)

// paceCollector sets the collector's pace unless GOGC does. The caller keeps
// what it returns alive for as long as the pace is to last.
func paceCollector() (ballast []byte) {
	if os.Getenv("GOGC") != "" || runtime.GOARCH == "386" || runtime.GOARCH == "arm" {
		return nil
	}
	debug.SetGCPercent(gcPercent)
	// The ballast counts as heap, so a limit of GOMEMLIMIT has to be higher by as
	// much: else a small one would be exceeded before anything is there, and the
	// collector would never rest.
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64-ballastBytes {
		debug.SetMemoryLimit(limit + ballastBytes)
	}
	return make([]byte, ballastBytes)
}
