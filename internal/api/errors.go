package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/store"
)

// retryAfter is what a client that met a bound is told to wait, in seconds. The
// queue drains in milliseconds; a second is the shortest that HTTP can say.
const retryAfter = "1"

// reason says why a request was refused. It is the reason label of
// headgate_pushes_total, so the set is fixed.
type reason uint8

const (
	accepted     reason = iota
	badGrouping         // the path is not a grouping key
	badEncoding         // unknown Content-Encoding
	badBody             // the body does not decompress or ended early
	badFormat           // the body does not parse
	badOption           // a push option has a value that it can't have
	crossSite           // a page of another site made a browser send it
	noToken             // nothing shows who asks
	unknownToken        // what is shown is no token
	expiredToken        // it was one
	failures            // too many wrong tokens
	noRight             // the token is for something else
	otherGroup          // the token is for other groups
	invalid             // parses, but may not be exposed; the reasons below say it closer
	badTimestamp
	badLabel
	badName
	badValue
	duplicate
	conflictingType
	conflictingSeries
	conflictingGroup
	badRelabelling  // the relabel rules drop or spoil it
	badVocabulary   // it is against the vocabulary
	conflictingMode // the group adds up in another way, or not at all
	badSum          // it can't be added
	badPusher       // nobody knows who pushes
	tooLarge        // more bytes or samples than a push may have
	overLimit       // a limit on what may be resident or on labels
	tooOften        // a limit on the rate of pushes
	tooLate         // nobody can tell whether it was applied
	tooEarly        // its sequence number is too far ahead
	queueFull       // the journal's queue is full
	memoryFull      // the bodies in flight fill their budget
	tooSlow         // the body did not arrive in time
	disconnected    // the body broke off
	canceled        // the request ended while the push waited for the disk
	diskFull        // the disk is full
	stopping        // the gateway is shutting down
	notThere        // what it is about isn't there
	internal        // anything else
	reasons         // how many there are
)

var reasonNames = [reasons]string{
	accepted: "", badGrouping: "grouping", badEncoding: "encoding", badBody: "body", badFormat: "format",
	badOption: "option", crossSite: "cross_site",
	noToken: "no_token", unknownToken: "unknown_token", expiredToken: "expired_token", failures: "failures", noRight: "right", otherGroup: "other_group",
	invalid: "invalid", badTimestamp: "timestamp", badLabel: "label", badName: "name", badValue: "value",
	duplicate: "duplicate", conflictingType: "type", conflictingSeries: "series", conflictingGroup: "group",
	badRelabelling: "relabel", badVocabulary: "vocabulary",
	conflictingMode: "mode", badSum: "sum", badPusher: "pusher", tooLate: "late", tooEarly: "sequence",
	tooLarge: "too_large", overLimit: "limit", tooOften: "rate", queueFull: "queue_full", memoryFull: "memory_full",
	tooSlow: "too_slow", disconnected: "disconnected", canceled: "canceled",
	diskFull: "disk_full", stopping: "stopping", notThere: "not_found", internal: "internal",
}

func (r reason) String() string { return reasonNames[r] }

// status is the HTTP status that a reason is answered with.
func (r reason) status() int {
	switch r {
	case accepted:
		return http.StatusOK
	case badEncoding:
		return http.StatusUnsupportedMediaType
	case noToken, unknownToken, expiredToken:
		return http.StatusUnauthorized
	case crossSite, noRight, otherGroup:
		return http.StatusForbidden
	case tooLarge:
		return http.StatusRequestEntityTooLarge
	case overLimit:
		return http.StatusUnprocessableEntity
	case queueFull, memoryFull, tooOften, failures:
		return http.StatusTooManyRequests
	case tooSlow:
		return http.StatusRequestTimeout
	case stopping, canceled:
		return http.StatusServiceUnavailable
	case tooLate:
		return http.StatusConflict
	case notThere:
		return http.StatusNotFound
	case diskFull:
		return http.StatusInsufficientStorage
	case internal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// result tells whose doing a reason is: the client's or the gateway's.
func (r reason) result() string {
	switch r {
	case accepted:
		return "accepted"
	case queueFull, memoryFull, diskFull, stopping, internal:
		return "failed"
	}
	return "refused"
}

// The errorType of JSON errors, by status. Those of Prometheus's API where it has one.
func errorType(status int) string {
	switch status {
	case http.StatusNotFound:
		return "not_found"
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusInsufficientStorage:
		return "unavailable"
	case http.StatusInternalServerError:
		return "internal"
	}
	return "bad_data"
}

// refusal is an error of this package that knows its reason.
type refusal struct {
	reason reason
	err    error
}

func (e *refusal) Error() string { return e.err.Error() }
func (e *refusal) Unwrap() error { return e.err }

func refuse(why reason, format string, args ...any) error {
	return &refusal{why, fmt.Errorf(format, args...)}
}

// errNotUTF8 is part of what is wrong with a grouping key that no group can have.
var errNotUTF8 = errors.New("is not valid UTF-8")

func badKey(format string, args ...any) error { return refuse(badGrouping, format, args...) }

// reasonOf sorts an error from reading, ingest or the journal.
func reasonOf(err error) reason {
	if err == nil {
		return accepted // before the pointers below are made
	}
	var (
		own     *refusal
		parse   *expo.ParseError
		refused *ingest.RefusedError
		large   *ingest.LimitError
		over    *ingest.OverLimitError
		often   *ingest.RateError
		undo    *store.UndoError
		order   *store.SequenceError
		other   *ingest.OtherGroupError
	)
	switch {
	case errors.As(err, &own):
		return own.reason
	case errors.As(err, &parse):
		return badFormat
	case errors.As(err, &refused):
		return reasonNamed(refused.Reason)
	case errors.As(err, &large):
		return tooLarge
	case errors.As(err, &over):
		return overLimit
	case errors.As(err, &often):
		return tooOften
	case errors.As(err, &order) && order.Late:
		return tooLate
	case errors.As(err, &order):
		return tooEarly
	case errors.As(err, &other):
		return otherGroup
	case errors.As(err, &undo):
		return notThere
	case errors.Is(err, journal.ErrQueueFull):
		return queueFull
	case errors.Is(err, journal.ErrTooLarge):
		return tooLarge
	case errors.Is(err, journal.ErrNoSpace):
		return diskFull
	case errors.Is(err, journal.ErrClosed):
		return stopping
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return canceled
	}
	return internal
}

// reasonNamed finds the reason of a *ingest.RefusedError by its word.
func reasonNamed(word string) reason {
	for r := invalid; r <= badPusher; r++ {
		if reasonNames[r] == word {
			return r
		}
	}
	return invalid
}

// statusOf is the status that answers err. Where waiting helps, it says so in w's header.
func statusOf(w http.ResponseWriter, err error) int {
	status := reasonOf(err).status()
	if often, ok := errors.AsType[*ingest.RateError](err); ok {
		w.Header().Set("Retry-After", seconds(often.After))
	} else if failing, ok := errors.AsType[*throttled](err); ok {
		w.Header().Set("Retry-After", seconds(failing.after))
	} else if status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = challenges
	} else if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	return status
}

// seconds is how Retry-After says d.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }

// challenges are how a token can be sent. Browsers know the second.
var challenges = []string{`Bearer realm="headgate"`, `Basic realm="headgate", charset="UTF-8"`}

// plainError answers as Pushgateway does on its push routes.
func plainError(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), statusOf(w, err))
}

// jsonError answers as Prometheus does under /api/v1.
func jsonError(w http.ResponseWriter, err error) {
	writeJSONError(w, statusOf(w, err), err.Error())
}

func writeJSONError(w http.ResponseWriter, status int, msg string) {
	b := append([]byte(`{"status":"error","errorType":"`), errorType(status)...)
	b = append(b, `","error":`...)
	b = append(appendJSONString(b, msg), '}')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	w.Write(b)
}
