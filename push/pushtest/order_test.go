package pushtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// each runs a test against a gateway on a socket and one in memory: orders come
// out the same.
func each(t *testing.T, test func(t *testing.T, g *Gateway)) {
	t.Run("socket", func(t *testing.T) { test(t, New(t)) })
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, New(t, InMemory())) })
	})
}

// last returns the latest push once it is no longer on its way.
func last(t *testing.T, g *Gateway) Push {
	t.Helper()
	pushes := g.Pushes()
	if len(pushes) == 0 {
		t.Fatal("no push has arrived")
	}
	return pushes[len(pushes)-1]
}

// Orders are for one push each, in their order, and then all is well.
func TestOrdersInOrder(t *testing.T) {
	each(t, func(t *testing.T, g *Gateway) {
		g.Respond(Status(429).RetryAfter(1500*time.Millisecond).Times(2), Pass(), Status(500).Header("X-Why", "test"))
		for i, want := range []int{429, 429, 200, 500, 200} {
			a := must(t, g, want, "PUT", "/metrics/job/j", "a 1\n")
			if after := a.header.Get("Retry-After"); (want == 429) != (after == "2") {
				t.Errorf("answer %d: Retry-After %q", i, after)
			}
			if why := a.header.Get("X-Why"); (want == 500) != (why == "test") {
				t.Errorf("answer %d: X-Why %q", i, why)
			}
			if p := last(t, g); p.Status != want || p.Applied != (want == 200) {
				t.Errorf("push %d: %v", i, p)
			}
		}
		must(t, g, 200, "GET", "/metrics", "")
	})
}

// A function is asked where the queue has no order; Recover ends both.
func TestRespondFunc(t *testing.T) {
	g := New(t)
	g.RespondFunc(func(r *http.Request) Order { return Status(len(r.URL.Path)) })
	g.RespondFunc(func(r *http.Request) Order { return Status(500 + len(g.Pushes())) })
	g.Respond(Status(404))
	must(t, g, 404, "PUT", "/metrics/job/j", "a 1\n")
	must(t, g, 501, "PUT", "/metrics/job/j", "a 1\n")
	g.Respond(Status(400).Times(0))
	must(t, g, 400, "PUT", "/metrics/job/j", "a 1\n")
	must(t, g, 400, "PUT", "/metrics/job/j", "a 1\n")
	g.Recover()
	must(t, g, 200, "PUT", "/metrics/job/j", "a 1\n")
}

// What a cut leaves is exact: applied or not, and how much of the body was read.
func TestCuts(t *testing.T) {
	body := "a 1\n" + strings.Repeat("# padding\n", 10_000)
	for name, c := range map[string]struct {
		order   Order
		applied bool
		wire    int64
	}{
		"before":           {CutBefore(), false, 0},
		"in the body":      {CutMidBody(5000), false, 5000},
		"behind the body":  {CutMidBody(1 << 30), false, int64(len(body))},
		"after it applied": {CutAfterApply(), true, int64(len(body))},
		"late":             {CutAfterApply().Delay(time.Millisecond), true, int64(len(body))},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, g *Gateway) {
				g.Respond(c.order)
				if a, err := send(t, g, "PUT", "/metrics/job/j", body); err == nil {
					t.Fatalf("answered %d", a.status)
				}
				p := last(t, g)
				if p.Applied != c.applied || p.Wire != c.wire || p.Answered() {
					t.Errorf("want applied %t after %d bytes, got %d bytes, %v", c.applied, c.wire, p.Wire, p)
				}
				if _, ok := g.Lookup("a"); ok != c.applied {
					t.Errorf("series there: %t", ok)
				}
			})
		})
	}
}

// A cut is the end of a stream, or with Reset a reset.
func TestReset(t *testing.T) {
	each(t, func(t *testing.T, g *Gateway) {
		g.Respond(CutAfterApply(), CutAfterApply().Reset())
		if _, err := send(t, g, "PUT", "/metrics/job/j", "a 1\n"); !errors.Is(err, io.EOF) {
			t.Errorf("want EOF, got %v", err)
		}
		if _, err := send(t, g, "PUT", "/metrics/job/j", "a 1\n"); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("want a reset, got %v", err)
		}
	})
}

// A push that hangs goes on at Release, ends with its client's patience, and ends
// with the gateway; it isn't applied before it goes on.
func TestHang(t *testing.T) {
	each(t, func(t *testing.T, g *Gateway) {
		g.Respond(Hang().Times(0))
		for _, end := range []func(cancel func()){
			func(func()) { g.Release() },
			func(cancel func()) { cancel() },
			func(func()) { g.Kill() },
		} {
			hangThen(t, g, end)
		}
		var applied []bool
		for _, p := range g.Pushes() {
			applied = append(applied, p.Applied)
		}
		if want := []bool{true, false, false}; !slices.Equal(applied, want) {
			t.Errorf("want applied %v, got %v", want, applied)
		}
	})
}

// hangThen sends a push, waits until it has arrived, and then for its end.
func hangThen(t *testing.T, g *Gateway, end func(cancel func())) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := len(g.Pushes())
	done := make(chan struct{})
	go func() {
		defer close(done)
		sendCtx(ctx, g, "POST", "/metrics/job/j", strings.NewReader("a 1\n"))
	}()
	g.Wait(t.Context(), func() bool {
		pushes := g.Pushes()
		return len(pushes) > before && pushes[before].Families != nil
	})
	if last(t, g).Applied {
		t.Error("applied while it hangs")
	}
	end(cancel)
	<-done
}

// A push that hangs after it was applied is one that a client repeats.
func TestHangAfterApply(t *testing.T) {
	each(t, func(t *testing.T, g *Gateway) {
		g.Respond(Hang().AfterApply())
		done := make(chan struct{})
		go func() {
			defer close(done)
			send(t, g, "POST", "/metrics/job/j", "a 1\n")
		}()
		g.Wait(t.Context(), func() bool { return g.Applied() == 1 })
		if last(t, g).Answered() {
			t.Error("answered while it hangs")
		}
		g.Recover()
		<-done
		if p := last(t, g); p.Status != 200 {
			t.Errorf("after Recover: %v", p)
		}
	})
}

// A wrong answer can follow what came true.
func TestStatusAfterApply(t *testing.T) {
	g := New(t)
	g.Respond(Status(502).AfterApply())
	must(t, g, 502, "PUT", "/metrics/job/j", "a 1\n")
	wantValue(t, g, 1, "a")
	if p := last(t, g); !p.Applied || p.Status != 502 {
		t.Errorf("want applied and answered 502, got %v", p)
	}
}

// In memory delays and slow reads pass on the bubble's clock, to the nanosecond.
func TestTimeInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(t, InMemory())
		for _, c := range []struct {
			order Order
			want  time.Duration
		}{
			{Delay(time.Hour), time.Hour},
			{Status(500).Delay(time.Minute), time.Minute},
			{SlowRead(10, time.Second), 10 * time.Second},
		} {
			g.Respond(c.order)
			start := time.Now()
			if _, err := send(t, g, "PUT", "/metrics/job/j", "# "+strings.Repeat("x", 97)+"\n"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != c.want {
				t.Errorf("want %s, took %s", c.want, took)
			}
		}
	})
}

// An early answer leaves the body where it is.
func TestEarly(t *testing.T) {
	g := New(t)
	g.Respond(Status(413).Early())
	must(t, g, 413, "PUT", "/metrics/job/j", "a 1\n")
	if p := last(t, g); p.Wire != 0 || p.Body != nil {
		t.Errorf("read %d bytes of the body", p.Wire)
	}
}

// A push that is warned of is taken, by either route, and the next isn't warned of.
func TestOrderedWarning(t *testing.T) {
	each(t, func(t *testing.T, g *Gateway) {
		g.Respond(Pass().Warning("label-uuid", "x{user}; drop it").Warning("name-unit", "y is in ms").Times(2))
		for i, path := range []string{"/metrics/job/j", jsonPath, "/metrics/job/j"} {
			method, body := "POST", "a 1\n"
			if path == jsonPath {
				body = `[{"name": "a", "value": 1, "job": "j"}]`
			}
			got := must(t, g, 200, method, path, body).header.Values("Headgate-Warning")
			want := []string{"label-uuid: x{user}; drop it", "name-unit: y is in ms"}
			if i == 2 {
				want = nil
			}
			if !slices.Equal(got, want) {
				t.Errorf("push %d: warnings %q, want %q", i+1, got, want)
			}
			if p := last(t, g); !p.Applied {
				t.Errorf("push %d: %v", i+1, p)
			}
		}
	})
}

// An order is a value: what is made of one doesn't change it.
func TestOrdersAreValues(t *testing.T) {
	base := Status(429).Header("X", "1")
	_ = base.Header("X", "2").RetryAfter(time.Second)
	if got := base.header; len(got) != 1 || len(got["X"]) != 1 {
		t.Errorf("changed to %v", got)
	}
}
