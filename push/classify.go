package push

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// classOfStatus sorts the statuses that aren't what was hoped for. It is the one
// place that knows which answer may change when the same batch is sent again.
func classOfStatus(status int, retryAfter time.Duration) Class {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return TooLarge
	case status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable && retryAfter > 0:
		return Throttled
	case status == http.StatusNotImplemented:
		return Final
	case status == http.StatusRequestTimeout, status >= 500:
		return Retryable
	}
	return Final
}

// doubtful is whether a batch that was answered with this status may have counted
// all the same: it may be the answer of a proxy that lost the gateway's, or of a
// gateway that failed half-way. One that asks to wait has not begun.
func doubtful(status int, c Class) bool { return c == Retryable && status >= 500 }

// ClassOf tells what is to be done about err, which the Send of any Transport
// returned: the Class of the *SendError in its chain, if there is one. Of others
// those are Final that the same request can only meet again: a certificate that
// isn't trusted, plain HTTP where TLS is due, a URL that can't be parsed, a gateway
// that doesn't aggregate, a Pusher that was closed. All else is Retryable, as what
// goes wrong on a network is.
func ClassOf(err error) Class {
	if sent, ok := errors.AsType[*SendError](err); ok {
		return sent.Class
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Final
	}
	if e, ok := errors.AsType[*url.Error](err); ok && e.Op == "parse" {
		return Final
	}
	for _, final := range []error{http.ErrSchemeMismatch, ErrNotAggregating, ErrClosed} {
		if errors.Is(err, final) {
			return Final
		}
	}
	return Retryable
}

// retryAfter returns how long an answer asks to wait, 0 if it doesn't or not in a
// way that can be understood. A date is measured from the server's own clock where
// the answer tells it, else from now. The caller clamps it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0
	}
	const most = uint64(1<<63-1) / uint64(time.Second)
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, most)) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return max(date.Sub(now), 0)
}
