package labels

import (
	"fmt"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// checkTimestamp finds times whose name doesn't say so. Dashboards and alerts tell by it.
func checkTimestamp(n *naming) string {
	if !n.is(dto.MetricType_GAUGE) || !n.namesTime() || strings.HasSuffix(n.name, "_timestamp_seconds") || strings.HasSuffix(n.name, "_time_seconds") {
		return ""
	}
	for _, m := range n.family.Metric {
		if v := m.GetGauge().GetValue(); unixScale(v) > 0 {
			return fmt.Sprintf("has a value, %.0f, that looks like a Unix time, and doesn't end in _timestamp_seconds", v)
		}
	}
	return ""
}

func (n *naming) namesTime() bool {
	return slices.ContainsFunc(n.words, func(w string) bool {
		switch w {
		case "time", "timestamp", "at", "last", "created", "updated", "start", "started", "end", "ended", "finished", "completed",
			"expiry", "expires", "expiration", "until", "since", "success", "seen":
			return !slices.Contains(n.words, "bytes")
		}
		return false
	})
}

// unixScale returns how many of v make a second, if v looks like a Unix time, or 0.
func unixScale(v float64) float64 {
	for _, scale := range []float64{1, 1e3, 1e6, 1e9} {
		if firstUnix*scale <= v && v < lastUnix*scale {
			return scale
		}
	}
	return 0
}

func suggestTimestamp(n *naming) string {
	s := suggestName(n)
	for _, m := range n.family.Metric {
		if scale := unixScale(m.GetGauge().GetValue()); scale > 1 {
			return fmt.Sprintf("%s and divide its values by %.0f", s, scale)
		}
	}
	return s
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
