package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/push/labels"
)

// warningHeader has a finding about a push that was taken, or would have been.
const warningHeader = "Headgate-Warning"

// mostWarnings bounds the headers of one answer. If there is more to say, the last of
// them has how much; what a linter found is in /api/v1/lint.
const mostWarnings = 10

// warn tells the pusher what would better be otherwise, and the log if a limit would
// have refused the push.
func (a *API) warn(w http.ResponseWriter, r *http.Request, p *ingest.Push) {
	shown := p.Findings
	if len(shown) > mostWarnings {
		shown = shown[:mostWarnings-1]
	}
	for i := range shown {
		w.Header().Add(warningHeader, lint.Header(shown[i]))
	}
	if more := len(p.Findings) - len(shown); more > 0 {
		w.Header().Add(warningHeader, fmt.Sprintf("more: %d more findings", more))
	}
	for i := range p.Findings {
		if _, ok := limit.Named(p.Findings[i].Rule); ok {
			a.overDryRun(r, &p.Findings[i])
			return
		}
	}
}

// overDryRun logs, once in a while, a push that a limit would have refused if it
// were in force.
func (a *API) overDryRun(r *http.Request, f *labels.Finding) {
	silent, due := a.dryRuns.due(accepted, time.Now())
	if !due {
		return
	}
	a.Log.LogAttrs(r.Context(), slog.LevelWarn, "push beyond a limit that is a dry run", slog.String("limit", f.Rule),
		slog.String("path", brief(r.URL.Path)), slog.String("source", r.RemoteAddr), slog.String("found", brief(f.Message)),
		slog.Int64("not_logged", silent))
}

// appendJSONFindings appends findings as a list of objects.
func appendJSONFindings(dst []byte, findings []labels.Finding) []byte {
	dst = append(dst, '[')
	for i := range findings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSONFinding(dst, &findings[i])
	}
	return append(dst, ']')
}

func appendJSONFinding(dst []byte, f *labels.Finding) []byte {
	dst = appendJSONString(append(dst, `{"rule":`...), f.Rule)
	for _, field := range [...]struct{ name, value string }{
		{"metric", f.Metric}, {"label", f.Label}, {"value", f.Value}, {"message", f.Message}, {"suggestion", f.Suggestion},
	} {
		if field.value != "" {
			dst = appendJSONString(append(dst, `,"`+field.name+`":`...), field.value)
		}
	}
	dst = strconv.AppendInt(append(dst, `,"count":`...), int64(f.Count), 10)
	return append(dst, '}')
}
