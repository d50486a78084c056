package push

import (
	"errors"
	"fmt"
	"time"
)

// Errors that a caller may decide by, with errors.Is.
var (
	// ErrClosed is returned by a Pusher that was closed.
	ErrClosed = errors.New("pusher is closed")
	// ErrCircuitOpen is returned while a target's circuit breaker lets nothing through.
	ErrCircuitOpen = errors.New("circuit breaker is open")
	// ErrWaiting is returned when the time is up and nothing is lost: a Pusher that was
	// started goes on trying, and what a spool holds the next process sends.
	ErrWaiting = errors.New("not sent yet")
	// ErrNotAggregating is returned when a gateway took increments as plain values.
	ErrNotAggregating = errors.New("gateway does not aggregate: use WithTotals")
)

// Class sorts errors of a Transport by what is to be done about them.
type Class uint8

// The classes.
const (
	// Retryable is an error that may be gone when the same batch is sent again. It
	// is the class of what a Transport returns that is no *SendError, too.
	Retryable Class = iota
	// Throttled is a target that asks to be left alone for a while.
	Throttled
	// TooLarge is a batch that may go through in parts.
	TooLarge
	// Final is an error that sending again won't mend.
	Final
)

var classNames = [...]string{"retryable", "throttled", "too_large", "final"}

// String returns the class as logs and metrics spell it.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "invalid"
}

// SendError is why a batch was not delivered.
type SendError struct {
	Class Class
	// StatusCode is the HTTP status, 0 if there was no answer or no HTTP.
	StatusCode int
	// RetryAfter is how long the target asks to wait, 0 if it didn't.
	RetryAfter time.Duration
	// Unsure is whether the target may have applied the batch all the same: the
	// request went out and no answer came, or one of which nobody knows whose it is.
	Unsure bool
	// Op and URL say what was tried, as in "unexpected status code 500 while Op URL".
	Op, URL string
	// Body is the beginning of the answer.
	Body string
	// Err is the cause where there was no answer, or one that needs more words.
	Err error
}

// Error says what happened, in client_golang's words where it has some.
func (e *SendError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return fmt.Sprintf("unexpected status code %d while %s %s: %s", e.StatusCode, e.Op, e.URL, e.Body)
}

func (e *SendError) Unwrap() error { return e.Err }
