package ingest

import (
	"fmt"

	"github.com/headgate/headgate/internal/expo"
)

// RefusedError is a push that parsed but is invalid or inconsistent. The
// group's failure time has been set.
type RefusedError struct {
	Reason string // a word for the metrics: timestamp, label, duplicate, type, name, series, group, value, relabel, vocabulary, mode, sum, pusher
	Err    error
}

func (e *RefusedError) Error() string {
	return "pushed metrics are invalid or inconsistent with existing metrics: " + e.Err.Error()
}

func (e *RefusedError) Unwrap() error { return e.Err }

func refuse(reason, format string, args ...any) error {
	return &RefusedError{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// LimitError is a push beyond a bound.
type LimitError struct {
	ID  string // stable, for scripts and alerts
	Msg string // what was found, what is allowed, which setting to change
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("push too large (%s): %s", e.ID, e.Msg)
}

// series formats a series for a message.
func series(name string, labels []expo.Label) string {
	f := expo.Family{Name: name, Type: expo.Untyped, Metrics: []expo.Metric{{Labels: labels}}}
	line := expo.AppendSamples(nil, &f)
	const most = 300
	line = line[:len(line)-len(" 0\n")]
	if len(line) > most {
		return string(line[:most]) + "…"
	}
	return string(line)
}
