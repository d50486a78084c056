package shadow

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/headgate/headgate/internal/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a proxy before two gateways, whose handlers a test may wrap.
type pair struct {
	*Proxy
	url string
}

func newPair(t *testing.T, opt Options, wrapOld, wrapNew func(http.Handler) http.Handler) *pair {
	t.Helper()
	opt.Old, opt.New = start(t, wrapOld), start(t, wrapNew)
	p := New(opt)
	front := httptest.NewServer(p)
	t.Cleanup(func() {
		front.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &pair{p, front.URL}
}

func start(t *testing.T, wrap func(http.Handler) http.Handler) *url.URL {
	t.Helper()
	g, err := gateway.New(t.Context(), gateway.Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	h := g.Handler()
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.Close()
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (p *pair) push(t *testing.T, path, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(p.url+path, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(text)
}

func (p *pair) compared(t *testing.T) *Comparison {
	t.Helper()
	c, err := p.Compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// changes are the requests that change something.
func changes(r *http.Request) bool { return r.Method != http.MethodGet }

// Whoever comes last at one gateway comes last at the other, too: both show the same.
func TestBothGetPushesInOneOrder(t *testing.T) {
	p := newPair(t, Options{}, nil, nil)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				path := fmt.Sprintf("/metrics/job/shared/path@base64/YS9i/n/%d", i%2)
				if code, answer := p.push(t, path, fmt.Sprintf("m %d\n", worker*100+i)); code != http.StatusOK {
					t.Errorf("%d %s", code, answer)
				}
			}
		})
	}
	wg.Wait()
	c := p.compared(t)
	if len(c.Differences) > 0 || c.Same != 2*3 {
		t.Errorf("%+v", c)
	}
	if r := p.Report(); !r.Same() || r.Requests != 160 || r.Comparisons != 1 {
		t.Errorf("%+v", r)
	}
}

// A gateway that refuses what the other takes is seen, and the client hears the one
// that it has today.
func TestDifferentAnswers(t *testing.T) {
	refuse := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if changes(r) && strings.HasSuffix(r.URL.Path, "/job/bad") {
				http.Error(w, "don't like it\nat all", http.StatusBadRequest)
				return
			}
			h.ServeHTTP(w, r)
		})
	}
	for _, answerNew := range []bool{false, true} {
		p := newPair(t, Options{AnswerNew: answerNew}, refuse, nil)
		want := http.StatusBadRequest
		if answerNew {
			want = http.StatusOK
		}
		for range 2 {
			if code, _ := p.push(t, "/metrics/job/bad", "m 1\n"); code != want {
				t.Errorf("answered %d, want %d", code, want)
			}
		}
		r := p.Report()
		if len(r.Answers) != 1 || r.Answers[0] != (Verdict{
			Method: "POST", Old: 400, New: 200, Count: 2, Path: "/metrics/job/bad", OldSays: "don't like it",
		}) {
			t.Errorf("%+v", r.Answers)
		}
		if r.Same() {
			t.Error("a difference passes for none")
		}
	}
}

// A gateway that is down costs clients nothing while the other answers.
func TestNewGatewayIsDown(t *testing.T) {
	down := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
	p := newPair(t, Options{}, nil, down)
	if code, answer := p.push(t, "/metrics/job/j", "m 1\n"); code != http.StatusOK {
		t.Errorf("%d %s", code, answer)
	}
	if a := p.Report().Answers; len(a) != 1 || a[0].New != 0 || a[0].NewSays == "" {
		t.Errorf("%+v", a)
	}
	if _, err := p.Compare(t.Context()); err == nil || !strings.Contains(err.Error(), "the new gateway") {
		t.Errorf("compared with one that is down: %v", err)
	}
}

// What only one of them shows, and what has another value or type, is found.
func TestDifferencesAreFound(t *testing.T) {
	var lose, forge atomic.Bool
	faulty := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case changes(r) && lose.Load():
			case changes(r) && forge.Load():
				r.Body = io.NopCloser(strings.NewReader("# TYPE m counter\nm{a=\"b c\"} 2\n"))
				r.ContentLength = -1
				h.ServeHTTP(w, r)
			default:
				h.ServeHTTP(w, r)
			}
		})
	}
	p := newPair(t, Options{}, nil, faulty)
	lose.Store(true)
	p.push(t, "/metrics/job/before", "old 1\n")
	if err := p.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.push(t, "/metrics/job/lost", "n 1\n")
	lose.Store(false)
	forge.Store(true)
	p.push(t, "/metrics/job/forged", "# TYPE m gauge\nm{a=\"b c\"} 1\n")
	c := p.compared(t)
	var got []string
	for _, d := range c.Differences {
		got = append(got, fmt.Sprintf("%s %s %s/%s", d.Kind, d.Series, d.Old, d.New))
	}
	want := []string{
		"type m gauge/counter",
		`value m{a="b c",instance="",job="forged"} 1/2`,
		`only-old n{instance="",job="lost"} 1/`,
		`only-old push_failure_time_seconds{instance="",job="lost"} never/`,
		`only-old push_time_seconds{instance="",job="lost"} at some time/`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c.Before != 3 || c.Same != 2 || c.Moving != 0 {
		t.Errorf("%+v", c)
	}
	forge.Store(false)
	p.push(t, "/metrics/job/before", "old 2\n") // now both have it
	if c := p.compared(t); c.Before != 0 {
		t.Errorf("still from before: %+v", c)
	}
}

// A client that hangs up has its push in both gateways or in none, never in one.
func TestClientGoesAway(t *testing.T) {
	arrived, leave := make(chan struct{}), make(chan struct{})
	slow := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if changes(r) {
				close(arrived)
				<-leave
			}
			h.ServeHTTP(w, r)
		})
	}
	p := newPair(t, Options{}, nil, slow)
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPut, "/metrics/job/j", strings.NewReader("m 1\n"))
	served := make(chan struct{})
	go func() {
		defer close(served)
		p.ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-arrived
	cancel()
	close(leave)
	<-served
	if c := p.compared(t); len(c.Differences) > 0 || c.Same != 3 {
		t.Errorf("%+v", c)
	}
}

// A body beyond the bound reaches neither.
func TestLargeBodyIsRefused(t *testing.T) {
	p := newPair(t, Options{MostBody: 10}, nil, nil)
	if code, answer := p.push(t, "/metrics/job/j", "metric_of_some_length 1\n"); code != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "--max-body") {
		t.Errorf("%d %s", code, answer)
	}
	if r := p.Report(); r.Requests != 0 {
		t.Errorf("%+v", r)
	}
}
