// Package figure writes durations, sizes and counts so that they fit in a column.
package figure

import (
	"fmt"
	"time"
)

const day = 24 * time.Hour

// Span is a duration in two units at most, such as 1d3h. One below 0 is 0s.
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "0s"
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return pair(d, time.Minute, "m", time.Second, "s")
	case d < day:
		return pair(d, time.Hour, "h", time.Minute, "m")
	}
	return pair(d, day, "d", time.Hour, "h")
}

func pair(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	text := fmt.Sprintf("%d%s", d/large, largeName)
	if rest := d % large / small; rest > 0 {
		text += fmt.Sprintf("%d%s", rest, smallName)
	}
	return text
}

// Size is a number of bytes, such as 4.2 MiB.
func Size(bytes float64) string {
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if bytes < 1<<10 {
			return decimal(bytes) + " " + unit
		}
		bytes /= 1 << 10
	}
	return decimal(bytes) + " TiB"
}

// Count is a number in three digits or so, such as 12.3k.
func Count(n float64) string {
	for _, unit := range []string{"", "k", "M"} {
		if n < 1000 {
			return decimal(n) + unit
		}
		n /= 1000
	}
	return decimal(n) + "G"
}

// decimal has a digit behind the point below 100, unless that is 0.
func decimal(n float64) string {
	if n >= 100 || n == float64(int(n)) {
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f", n)
}
