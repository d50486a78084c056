package api

import (
	"fmt"
	"net/http"

	"github.com/headgate/headgate/push/labels"
)

// warningHeader has a finding about a push that was taken, or would have been.
const warningHeader = "Headgate-Warning"

// mostWarnings bounds the headers of one answer. What is left out is in /api/v1/lint.
const mostWarnings = 10

// warn tells the pusher what would better be otherwise.
func (a *API) warn(w http.ResponseWriter, findings []labels.Finding) {
	for i, f := range findings {
		if i == mostWarnings {
			w.Header().Add(warningHeader, fmt.Sprintf("more: %d more findings", len(findings)-i))
			return
		}
		w.Header().Add(warningHeader, headerText(f.Rule+": "+f.Message))
	}
}

// headerText makes a text fit for a header: printable ASCII, and not too long.
func headerText(s string) string {
	const most = 400
	b := make([]byte, 0, min(len(s), most))
	for i := 0; i < len(s) && len(b) < most; i++ {
		if c := s[i]; c >= ' ' && c < 0x7f {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "\\x%02x", c)
		}
	}
	return string(b)
}
