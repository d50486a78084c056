package figure

import (
	"testing"
	"time"
)

// Durations, sizes and counts fit in a column, whatever they are.
func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Span(-time.Second), "0s"}, {Span(999 * time.Millisecond), "0s"}, {Span(59 * time.Second), "59s"},
		{Span(time.Minute), "1m"}, {Span(3*time.Hour + 4*time.Second), "3h"}, {Span(3*time.Hour + 4*time.Minute), "3h4m"},
		{Span(49*time.Hour + time.Minute), "2d1h"}, {Span(1000 * day), "1000d"},
		{Size(0), "0 B"}, {Size(999), "999 B"}, {Size(1536), "1.5 KiB"}, {Size(123 << 10), "123 KiB"}, {Size(4000 << 40), "4000 TiB"},
		{Count(0.25), "0.2"}, {Count(12), "12"}, {Count(12_345), "12.3k"}, {Count(5e6), "5M"}, {Count(2e9), "2G"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
