package labels

import (
	"fmt"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// checkTimestamp finds times whose name doesn't say so, or says another unit.
// Dashboards and alerts tell by it.
func checkTimestamp(n *naming) string {
	v, scale := n.time()
	switch {
	case scale == 0:
		return ""
	case !saysTime(n.name):
		return fmt.Sprintf("has a value, %.0f, that looks like a Unix time, and doesn't end in _timestamp_seconds", v)
	case scale > 1:
		return fmt.Sprintf("has a value, %.0f, that looks like a Unix time in %s", v, scaleNames[scale])
	}
	return ""
}

var scaleNames = map[float64]string{1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}

func saysTime(name string) bool {
	return strings.HasSuffix(name, "_timestamp_seconds") || strings.HasSuffix(name, "_time_seconds")
}

// time returns the first value that is a Unix time, and how many of it make a second.
// Metrics without a type are most of what scripts push.
func (n *naming) time() (v, scale float64) {
	if !n.is(dto.MetricType_GAUGE, dto.MetricType_UNTYPED) {
		return 0, 0
	}
	for _, m := range n.family.Metric {
		v = m.GetGauge().GetValue() + m.GetUntyped().GetValue() // one of them is absent
		if scale = UnixTime(n.name, v); scale > 0 {
			return v, scale
		}
	}
	return 0, 0
}

// UnixTime returns how many of v make a second, if v, a value of the gauge with that
// name, looks like a Unix time and the name speaks of one. If not it is 0. It doesn't
// allocate.
func UnixTime(name string, v float64) (perSecond float64) {
	if v < firstUnix || !namesTime(name) {
		return 0
	}
	return unixScale(v)
}

func namesTime(name string) bool {
	found := false
	for more := true; more; {
		var word string
		word, name, more = strings.Cut(name, "_")
		switch word {
		case "bytes":
			return false
		case "time", "timestamp", "at", "last", "created", "updated", "start", "started", "end", "ended", "finished", "completed",
			"expiry", "expires", "expiration", "until", "since", "success", "seen":
			found = true
		}
	}
	return found
}

// unixScale returns how many of v make a second, if v looks like a Unix time, or 0.
func unixScale(v float64) float64 {
	for _, scale := range [...]float64{1, 1e3, 1e6, 1e9} {
		if firstUnix*scale <= v && v < lastUnix*scale {
			return scale
		}
	}
	return 0
}

func suggestTimestamp(n *naming) string {
	divide := ""
	if _, scale := n.time(); scale > 1 {
		divide = fmt.Sprintf("divide its values by %.0f", scale)
	}
	switch {
	case saysTime(n.name):
		return divide
	case divide != "":
		return suggestName(n) + " and " + divide
	}
	return suggestName(n)
}

func checkBuckets(n *naming) string {
	var first []float64
	for i, m := range n.family.Metric {
		bounds := finiteBounds(m.GetHistogram())
		if i == 0 {
			first = bounds
		}
		if !slices.EqualFunc(first, bounds, sameFloat) {
			return fmt.Sprintf("has series with different buckets, %v and %v: they can't be summed", first, bounds)
		}
	}
	return ""
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func suggestBuckets(*naming) string { return "give all its series the same buckets" }
