package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"
)

// What the answer says is kept, up to a bound, and decides the class.
func TestHTTPRefusals(t *testing.T) {
	for status, want := range map[int]Class{400: Final, 413: TooLarge, 429: Throttled, 500: Retryable, 503: Throttled} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			io.WriteString(w, strings.Repeat("x", 100_000))
		})
		e := wantSendError(t, testHTTP(t, HTTPConfig{URL: s.URL}).Send(t.Context(), gaugeBatch(Replace)))
		if e.Class != want || e.StatusCode != status || e.RetryAfter != 7*time.Second || e.Unsure != (want == Retryable) || len(e.Body) != 64<<10 {
			t.Errorf("%d: got class %s, status %d, retry after %s, unsure %v, %d bytes", status, e.Class, e.StatusCode, e.RetryAfter, e.Unsure, len(e.Body))
		}
		if prefix := fmt.Sprintf("unexpected status code %d while pushing to %s/metrics/job/j: xxx", status, s.URL); !strings.HasPrefix(e.Error(), prefix) {
			t.Errorf("got error %.100q, want it to begin with %q", e, prefix)
		}
	}
}

// A DELETE has to be answered with 202, as client_golang has it.
func TestHTTPDelete(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hm") })
	err := testHTTP(t, HTTPConfig{URL: s.URL}).Send(t.Context(), gaugeBatch(Delete))
	if want := "unexpected status code 200 while deleting " + s.URL + "/metrics/job/j: hm"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// Increments that a gateway took for values are an error that can be told from others.
func TestHTTPNotAggregating(t *testing.T) {
	for status, answer := range map[int]http.HandlerFunc{
		http.StatusOK: func(http.ResponseWriter, *http.Request) {},
		http.StatusNotImplemented: func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "not yet", http.StatusNotImplemented)
		},
	} {
		s := newServer(t, answer)
		e := wantSendError(t, testHTTP(t, HTTPConfig{URL: s.URL}).Send(t.Context(), gaugeBatch(Delta)))
		if !errors.Is(e, ErrNotAggregating) || e.Class != Final || e.StatusCode != status {
			t.Errorf("%d: got %+v", status, e)
		}
	}
}

// A login page has taken nothing of a redirected push, whatever it answers.
func TestHTTPRedirect(t *testing.T) {
	var answer int
	page := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		w.WriteHeader(answer)
	})
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		answer = status
		e := wantSendError(t, testHTTP(t, HTTPConfig{URL: page.URL}).Send(t.Context(), gaugeBatch(Replace)))
		if e.Class != Final || !strings.Contains(e.Error(), "GET "+page.URL+"/login") {
			t.Errorf("got %+v", e)
		}
	}
	moved := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/new") {
			http.Redirect(w, r, "/new"+r.URL.Path, http.StatusTemporaryRedirect)
		}
	})
	if err := testHTTP(t, HTTPConfig{URL: moved.URL}).Send(t.Context(), gaugeBatch(Replace)); err != nil {
		t.Errorf("redirect that keeps the method: %v", err)
	}
	if got := moved.last(t); got.Method != "PUT" || got.Path != "/new/metrics/job/j" || got.Body == "" {
		t.Errorf("got %+v", got)
	}
}

// Connections are used again, whatever the answer was, if it isn't huge.
func TestHTTPReusesConnection(t *testing.T) {
	for size, want := range map[int]bool{0: true, 100: true, 200_000: true, 1_000_000: false} {
		for _, status := range []int{200, 500} {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				io.WriteString(w, strings.Repeat("x", size))
			})
			h := testHTTP(t, HTTPConfig{URL: s.URL})
			var reused bool
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
			})
			for range 2 {
				if err := h.Send(ctx, gaugeBatch(Replace)); (err == nil) != (status == 200) {
					t.Fatalf("%d: got error %v", status, err)
				}
			}
			if reused != want {
				t.Errorf("answer %d of %d bytes: connection reused: %v, want %v", status, size, reused, want)
			}
		}
	}
}

// doer answers without a network.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// A client of the user's own needn't fill in more of an answer than its status.
func TestHTTPBareAnswer(t *testing.T) {
	h := testHTTP(t, HTTPConfig{URL: "x", Client: doer(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200}, nil
	})})
	if err := h.Send(t.Context(), gaugeBatch(Replace)); err != nil {
		t.Error(err)
	}
}

// A context that ended before is an error in net/http's words, and nothing is sent.
func TestHTTPContextEnded(t *testing.T) {
	s := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := wantSendError(t, testHTTP(t, HTTPConfig{URL: s.URL}).Send(ctx, gaugeBatch(Replace)))
	if want := fmt.Sprintf("Put %q: context canceled", s.URL+"/metrics/job/j"); e.Error() != want || !errors.Is(e, context.Canceled) || e.Unsure || s.count() > 0 {
		t.Errorf("got %+v after %d requests, want error %s", e, s.count(), want)
	}
}

// Messages don't give a password away.
func TestHTTPRedactsPassword(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) })
	err := testHTTP(t, HTTPConfig{URL: strings.Replace(s.URL, "//", "//user:secret@", 1)}).Send(t.Context(), gaugeBatch(Replace))
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "user:xxxxx@") {
		t.Errorf("got error %v", err)
	}
	if got := s.last(t).Header.Get("Authorization"); got == "" {
		t.Error("the password in the URL wasn't used")
	}
}

// A limit's refusal is final, and is told in the gateway's own words, as plain text from the
// push API and as JSON.
func TestOverLimitIsFinalInTheGatewaysWords(t *testing.T) {
	const text = "job \"backup\" would have 11 series, 10 allowed (limit-job-series): drop the label user"
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body := text + "\n"
		if strings.HasPrefix(r.URL.Path, "/api") {
			w.Header().Set("Content-Type", "application/json")
			body = `{"status":"error","errorType":"bad_data","error":"` + strings.ReplaceAll(text, `"`, `\"`) + `"}`
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(body))
	})
	for name, transport := range map[string]Transport{
		"push": testHTTP(t, HTTPConfig{URL: s.URL}), "json": testJSON(t, JSONConfig{URL: s.URL + "/api/v1/push"}),
	} {
		e := wantSendError(t, transport.Send(t.Context(), gaugeBatch(Merge)))
		if e.Class != Final || e.StatusCode != 422 || e.Unsure {
			t.Errorf("%s: class %s, status %d, unsure %v", name, e.Class, e.StatusCode, e.Unsure)
		}
		if want := ": " + text; !strings.HasSuffix(strings.TrimSpace(e.Error()), want) {
			t.Errorf("%s: error %q, want it to end with %q", name, e, want)
		}
	}
}
