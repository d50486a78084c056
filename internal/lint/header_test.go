package lint

import (
	"strings"
	"testing"

	"github.com/headgate/headgate/push/labels"
)

// A header is one short line of ASCII that says rule, place, message and what to do.
func TestHeader(t *testing.T) {
	for _, c := range []struct {
		f    labels.Finding
		want string
	}{
		{labels.Finding{Rule: "r", Message: "m"}, "r: m"},
		{labels.Finding{Rule: "r", Metric: "x", Message: "m", Suggestion: "s"}, "r: x m; s"},
		{labels.Finding{Rule: "r", Metric: "x", Label: "l", Message: "m…"}, "r: x{l} m..."},
		{labels.Finding{Rule: "r", Label: "l", Message: "a\r\nb\x00\xff ä 😀"}, `r: a\x0d\x0ab\x00\xff \u00e4 \U0001f600`},
		{labels.Finding{Rule: "r", Message: strings.Repeat("x", 400)}, "r: " + strings.Repeat("x", 294) + "..."},
		{labels.Finding{Rule: "r", Message: strings.Repeat("x", 297)}, "r: " + strings.Repeat("x", 297)},
		{labels.Finding{Rule: "r", Message: strings.Repeat("x", 293) + "ää"}, "r: " + strings.Repeat("x", 293) + "..."},
	} {
		if got := Header(c.f); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// No text can make a header of two, or one that a client refuses.
func FuzzHeader(f *testing.F) {
	f.Add("rule", "metric", "label", "message", "suggestion")
	f.Add("r", "a\nb", "\xff", "…", strings.Repeat("ä", 300))
	f.Fuzz(func(t *testing.T, rule, metric, label, message, suggestion string) {
		got := Header(labels.Finding{Rule: rule, Metric: metric, Label: label, Message: message, Suggestion: suggestion})
		if len(got) > mostHeader {
			t.Errorf("%d bytes: %q", len(got), got)
		}
		for i := range len(got) {
			if got[i] < ' ' || got[i] > '~' {
				t.Errorf("byte %q in %q", got[i], got)
			}
		}
	})
}
