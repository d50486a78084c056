package push

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// Every status that isn't success has its class: those of the design, and Final for
// all others.
func TestClassOfStatus(t *testing.T) {
	want := map[int]Class{408: Retryable, 413: TooLarge, 429: Throttled, 501: Final}
	for status := 100; status < 600; status++ {
		class, ok := want[status]
		if !ok {
			class = Final
			if status >= 500 {
				class = Retryable
			}
		}
		if got := classOfStatus(status, 0); got != class {
			t.Errorf("%d: got %s, want %s", status, got, class)
		}
		if status == 503 {
			class = Throttled
		}
		if got := classOfStatus(status, time.Second); got != class {
			t.Errorf("%d with Retry-After: got %s, want %s", status, got, class)
		}
	}
}

// Errors of any Transport are sorted, wherever in a chain the cause is.
func TestClassOf(t *testing.T) {
	untrusted := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	for _, tc := range []struct {
		err  error
		want Class
	}{
		{errors.New("hm"), Retryable},
		{io.EOF, Retryable},
		{context.DeadlineExceeded, Retryable},
		{context.Canceled, Retryable},
		{&url.Error{Op: "Put", URL: "x", Err: io.EOF}, Retryable},
		{&url.Error{Op: "Put", URL: "x", Err: untrusted}, Final},
		{&url.Error{Op: "parse", URL: ":", Err: io.EOF}, Final},
		{&url.Error{Op: "Put", URL: "x", Err: http.ErrSchemeMismatch}, Final},
		{ErrNotAggregating, Final},
		{ErrClosed, Final},
		{&SendError{Class: Throttled, Err: untrusted}, Throttled},
		{errors.Join(io.EOF, &SendError{Class: TooLarge}), TooLarge},
	} {
		if got := ClassOf(fmt.Errorf("send: %w", tc.err)); got != tc.want {
			t.Errorf("%v: got %s, want %s", tc.err, got, tc.want)
		}
	}
}

// Both forms of Retry-After are understood, and what is neither asks for nothing. A
// date is told from the server's clock, since ours may be off by more than the wait.
func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, tc := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"120", "", 2 * time.Minute},
		{"-1", "", 0},
		{"1.5", "", 0},
		{"soon", "", 0},
		{"9223372036854775807", "", 9223372036 * time.Second},
		{"99999999999999999999", "", 0},
		{date(time.Minute), "", time.Minute},
		{date(-time.Minute), "", 0},
		{date(time.Hour), date(59 * time.Minute), time.Minute},
		{date(time.Minute), "yesterday", time.Minute},
	} {
		h := http.Header{"Retry-After": {tc.value}, "Date": {tc.date}}
		if got := retryAfter(h, now); got != tc.want {
			t.Errorf("Retry-After %q, Date %q: got %s, want %s", tc.value, tc.date, got, tc.want)
		}
	}
}

func FuzzRetryAfterHeader(f *testing.F) {
	f.Add("7", "")
	f.Add("Fri, 02 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 2026 03:04:00 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		d := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Now())
		if d < 0 {
			t.Errorf("%q, %q: %s", value, date, d)
		}
		if n, err := strconv.Atoi(value); err == nil && n > 0 && n < 1e9 && d != time.Duration(n)*time.Second {
			t.Errorf("%q: got %s", value, d)
		}
	})
}
