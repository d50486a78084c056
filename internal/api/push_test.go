package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/journal"
)

// What is answered with 200 is on the next scrape; PUT replaces, POST adds, DELETE removes.
func TestPushAndDelete(t *testing.T) {
	g := newGateway(t, nil)
	w := g.do("POST", "/metrics/job/j/a/b", "x 1\n")
	want(t, w, http.StatusOK)
	if w.Body.Len() != 0 {
		t.Errorf("body %q", w.Body)
	}
	g.push(t, "/metrics/job/j/a/b", "y 2\n")
	g.wantResident(t, `x{a="b",instance="",job="j"} 1`, `y{a="b",instance="",job="j"} 2`)
	want(t, g.do("PUT", "/metrics/job@base64/ag/a@base64/Yg", "z 3\n"), http.StatusOK)
	g.wantResident(t, `z{a="b",instance="",job="j"} 3`)
	g.wantAbsent(t, "x{", "y{")
	want(t, g.do("DELETE", "/metrics/job/j", ""), http.StatusAccepted)
	g.wantResident(t, "z{")
	want(t, g.do("DELETE", "/metrics/job/j/a/b", ""), http.StatusAccepted)
	g.wantAbsent(t, "z{", "push_time_seconds{")
	want(t, g.do("DELETE", "/metrics/job@base64/=", ""), http.StatusBadRequest, "job name is required")
}

// A push that does not parse leaves no trace; one that is refused leaves only
// its failure time. The message goes out as plain text.
func TestRefusedPush(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j", "x 1\n")
	w := g.do("PUT", "/metrics/job/j", "# TYPE y counter\ny{a-b=\"1\"} 1\n")
	want(t, w, http.StatusBadRequest, "line 2")
	wantHeader(t, w, "Content-Type", "text/plain")
	g.wantResident(t, "x{", `push_failure_time_seconds{instance="",job="j"} 0`)
	want(t, g.do("PUT", "/metrics/job/j", "y 1 5\n"), http.StatusBadRequest,
		"pushed metrics are invalid or inconsistent with existing metrics: ")
	g.wantResident(t, "x{")
	g.wantAbsent(t, "y{", `push_failure_time_seconds{instance="",job="j"} 0`)
	want(t, g.do("PUT", "/metrics/job/bad/x/%ff", "y 1\n"), http.StatusBadRequest, "UTF-8")
	g.wantAbsent(t, "bad")
}

// Each error of the parts behind has its status, and its reason in the metrics.
func TestErrorStatus(t *testing.T) {
	for _, c := range []struct {
		err    error
		why    string
		result string
		status int
		retry  string
	}{
		{&expo.ParseError{}, "format", "refused", 400, ""},
		{&ingest.RefusedError{Reason: "type", Err: errors.New("x")}, "type", "refused", 400, ""},
		{&ingest.RefusedError{Reason: "timestamp", Err: errors.New("x")}, "timestamp", "refused", 400, ""},
		{&ingest.RefusedError{Reason: "a new one", Err: errors.New("x")}, "invalid", "refused", 400, ""},
		{&ingest.LimitError{}, "too_large", "refused", 413, ""},
		{&ingest.OverLimitError{}, "limit", "refused", 422, ""},
		{&ingest.RateError{After: 1500 * time.Millisecond}, "rate", "refused", 429, "2"},
		{ingest.ErrQueueFull, "queue_full", "failed", 429, "1"},
		{journal.ErrTooLarge, "too_large", "refused", 413, ""},
		{journal.ErrNoSpace, "disk_full", "failed", 507, ""},
		{journal.ErrClosed, "stopping", "failed", 503, "1"},
		{context.Canceled, "canceled", "refused", 503, "1"},
		{errors.New("input/output error"), "internal", "failed", 500, ""},
	} {
		w := httptest.NewRecorder()
		plainError(w, fmt.Errorf("writing: %w", c.err))
		want(t, w, c.status, c.err.Error())
		if got := w.Header().Get("Retry-After"); got != c.retry {
			t.Errorf("%v: Retry-After %q, want %q", c.err, got, c.retry)
		}
		if why := reasonOf(c.err); why.String() != c.why || why.result() != c.result {
			t.Errorf("%v: %s because of %q, want %s because of %q", c.err, why.result(), why, c.result, c.why)
		}
		w = httptest.NewRecorder()
		jsonError(w, c.err)
		want(t, w, c.status, `{"status":"error","errorType":"`)
	}
}

// With a full disk pushes are refused with 507 and leave what was there alone;
// deletes and scrapes go on.
func TestDiskFull(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/a", "x 1\n")
	g.disk.SetCapacity(g.disk.Used())
	var w *httptest.ResponseRecorder
	body := "big{a=\"" + strings.Repeat("x", 64<<10) + "\"} 1\n"
	for range 100 {
		if w = g.do("PUT", "/metrics/job/full", body); w.Code != http.StatusOK {
			break
		}
	}
	want(t, w, http.StatusInsufficientStorage, "no space")
	g.wantResident(t, "x{")
	want(t, g.do("DELETE", "/metrics/job/a", ""), http.StatusAccepted)
	g.wantAbsent(t, "x{")
	want(t, g.do("GET", "/-/healthy", ""), http.StatusOK)
}

func TestPushAfterStop(t *testing.T) {
	g := newGateway(t, nil)
	g.journal.Close()
	w := g.do("PUT", "/metrics/job/a", "x 1\n")
	want(t, w, http.StatusServiceUnavailable)
	wantHeader(t, w, "Retry-After", "1")
	want(t, g.do("GET", "/metrics", ""), http.StatusOK)
}

// Pushes are counted by what became of them, and every combination is there from the start.
func TestPushMetrics(t *testing.T) {
	g := newGateway(t, nil)
	if n, err := testutil.GatherAndCount(g.registry, "headgate_pushes_total"); err != nil || n != int(pushMethods)*int(reasons) {
		t.Errorf("%d series, %v", n, err)
	}
	g.push(t, "/metrics/job/j", "m 1\n")
	g.do("PUT", "/metrics/job/j", "m 1 5\n")
	g.do("PUT", "/metrics/job/j", "m\n")
	g.do("PUT", "/metrics/job/j/x", "")
	g.do("POST", "/metrics/job/j", "", "Content-Encoding", "br")
	g.do("DELETE", "/metrics/job/j", "")
	g.do("GET", "/metrics/job/j", "")
	for _, c := range []struct {
		method pushMethod
		why    reason
	}{
		{methodPost, accepted}, {methodPut, badTimestamp}, {methodPut, badFormat}, {methodPut, badGrouping},
		{methodPost, badEncoding}, {methodDelete, accepted},
	} {
		if n := testutil.ToFloat64(g.Telemetry.pushes[c.method][c.why]); n != 1 {
			t.Errorf("%s %q: counted %v times", pushMethodNames[c.method], c.why, n)
		}
	}
	problems, err := testutil.GatherAndLint(g.registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}

// A flood of refused pushes costs one line in the log for each reason and
// period, which says how many it stands for.
func TestRefusedPushesAreLoggedRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		g := newGateway(t, func(o *Options) {
			o.Log = slog.New(slog.NewTextHandler(&out, nil))
		})
		for range 5 {
			g.do("PUT", "/metrics/job/j", "m\n")
			g.do("PUT", "/metrics/job/j/x", "")
			g.push(t, "/metrics/job/k", "m 1\n")
		}
		if n := strings.Count(out.String(), "\n"); n != 2 {
			t.Errorf("%d lines, want 2:\n%s", n, &out)
		}
		out.Reset()
		time.Sleep(refusalEvery) // on the bubble's clock
		g.do("PUT", "/metrics/job/j", "m\n")
		for _, part := range []string{"level=WARN", "reason=format", "not_logged=4", "path=/metrics/job/j"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("log %q lacks %q", out.String(), part)
			}
		}
	})
}

func BenchmarkPush(b *testing.B) {
	g := newGateway(b, nil)
	body := strings.Repeat("some_metric{label=\"value%d\"} 42\n", 10)
	for i := range 10 {
		body = strings.Replace(body, "%d", fmt.Sprint(i), 1)
	}
	src := strings.NewReader(body)
	r := httptest.NewRequest("PUT", "/metrics/job/j/instance/i", src)
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(body)
		g.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
