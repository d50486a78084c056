package lint

import (
	"fmt"

	"github.com/headgate/headgate/push/labels"
)

// Advise puts the suggestion of a label's finding in words for all languages: the
// library's own names the Go that does it.
func Advise(f *labels.Finding) {
	switch f.Rule {
	case helpMissing:
		f.Suggestion = "say on a # HELP line what it counts or measures, and in which unit"
	case "label-timestamp":
		f.Suggestion = fmt.Sprintf("make the time the value of a gauge named …_timestamp_seconds, and leave the label %q out", f.Label)
	case "label-path":
		f.Suggestion = fmt.Sprintf("push the route, /users/:id, as %q, not the path", f.Label)
	case "label-ip":
		f.Suggestion = fmt.Sprintf("push a region or a network instead of %q", f.Label)
	case "label-pod":
		f.Suggestion = fmt.Sprintf("leave the label %q out: the grouping key says who pushes", f.Label)
	case "label-text":
		f.Suggestion = fmt.Sprintf("push one of a few kinds as %q, and write the text to the log", f.Label)
	case "label-cardinality":
		f.Suggestion = fmt.Sprintf("push only the values of %q that matter, and the others as one, \"other\"", f.Label)
	case "label-reserved":
		f.Suggestion = fmt.Sprintf("give the label %q another name", f.Label)
	case "label-email", "label-uuid", "label-hash", "label-token", "label-number", "label-identifier":
		f.Suggestion = fmt.Sprintf("leave the label %q out: which one it was belongs in logs and traces", f.Label)
	}
}
