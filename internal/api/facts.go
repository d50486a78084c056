package api

import (
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// facts is a table of names and values on the status page.
type facts struct {
	Caption string
	Pairs   []pair
}

type pair struct{ Name, Value string }

func (a *API) facts() []facts {
	return []facts{
		{"Gateway", a.residentFacts()},
		{"Runtime", a.runtimeFacts()},
		{"Build", pairsOf(a.Build)},
		{"Flags", pairsOf(a.Flags)},
	}
}

func (a *API) residentFacts() []pair {
	s := a.Store.Stats()
	ready := "yes"
	if a.Ready != nil {
		if err := a.Ready(); err != nil {
			ready = "no: " + err.Error()
		}
	}
	return []pair{
		{"ready", ready},
		{"started", a.StartTime.UTC().Format(time.RFC3339)},
		{"up for", strings.TrimSuffix(ago(time.Since(a.StartTime)), " ago")},
		{"groups", grouped(s.Groups)},
		{"metric families", grouped(s.Families)},
		{"series", grouped(s.Series)},
		{"exposition", size(int(s.Bytes))},
		{"changes applied", grouped(int(s.Applied))},
		{"bodies in flight", size(int(a.Telemetry.budget.used.Load())) + " of " + size(int(a.bodies.limits.Load().base.inFlight))},
	}
}

func (a *API) runtimeFacts() []pair {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	host, _ := os.Hostname()
	dir, _ := os.Getwd()
	limit := "none"
	if n := debug.SetMemoryLimit(-1); n < 1<<62 {
		limit = size(int(n))
	}
	return []pair{
		{"host", host},
		{"working folder", dir},
		{"process", strconv.Itoa(os.Getpid())},
		{"system", runtime.GOOS + "/" + runtime.GOARCH},
		{"go", runtime.Version()},
		{"GOMAXPROCS", strconv.Itoa(runtime.GOMAXPROCS(0))},
		{"goroutines", grouped(runtime.NumGoroutine())},
		{"heap in use", size(int(mem.HeapInuse))},
		{"memory limit", limit},
	}
}

func pairsOf(m map[string]string) []pair {
	pairs := make([]pair, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, pair{name, m[name]})
	}
	return pairs
}
