package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/headgate/headgate/internal/limit"
)

// compressed returns s in a Content-Encoding.
func compressed(t testing.TB, encoding, s string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "snappy":
		w = snappy.NewBufferedWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestContentEncodings(t *testing.T) {
	g := newGateway(t, nil)
	for i, c := range []struct{ header, encoding string }{
		{"gzip", "gzip"}, {"GZIP", "gzip"}, {" x-gzip ", "gzip"}, {"snappy", "snappy"}, {"Snappy", "snappy"},
		{"zstd", "zstd"}, {"identity", ""}, {"", ""},
	} {
		// Large enough that buffers grow and a decompressor is used more than once.
		body := fmt.Sprintf("m%d 1\n%s", i, strings.Repeat("# some comment\n", 50_000))
		if c.encoding != "" {
			body = compressed(t, c.encoding, body)
		}
		for range 2 {
			want(t, g.do("POST", "/metrics/job/j", body, "Content-Encoding", c.header), 200)
		}
		g.wantResident(t, fmt.Sprintf("m%d{", i))
	}
	if n := g.Telemetry.budget.used.Load(); n != 0 {
		t.Errorf("%d bytes still reserved", n)
	}
}

func TestMembersAreConcatenated(t *testing.T) {
	g := newGateway(t, nil)
	for _, encoding := range []string{"gzip", "zstd", "snappy"} {
		body := compressed(t, encoding, "a_"+encoding+" 1\n") + compressed(t, encoding, "b_"+encoding+" 1\n")
		want(t, g.do("POST", "/metrics/job/j", body, "Content-Encoding", encoding), 200)
		g.wantResident(t, "a_"+encoding+"{", "b_"+encoding+"{")
	}
}

// A body that can't be read creates nothing, and the message says what is wrong with it.
func TestBrokenBodies(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/ok", "ok 1\n")
	whole := strings.Repeat("m 1\n", 100_000)
	for _, c := range []struct {
		name, encoding, body string
		status               int
		parts                []string
	}{
		{"gzip empty", "gzip", "", 400, []string{"gzip body ends early, after 0 bytes"}},
		{"gzip not", "gzip", "m 1\n", 400, []string{"gzip body"}},
		{"gzip garbage", "gzip", "this is no gzip stream at all", 400, []string{"gzip body is broken", "invalid header"}},
		{"gzip truncated", "gzip", compressed(t, "gzip", whole)[:100], 400, []string{"gzip body ends early, after 100 bytes"}},
		{"gzip checksum", "gzip", flipped(compressed(t, "gzip", whole), -6), 400, []string{"gzip body is broken", "checksum"}},
		{"gzip then garbage", "gzip", compressed(t, "gzip", whole) + "garbage and more of it", 400, []string{"gzip body is broken"}},
		{"snappy raw block", "snappy", string(snappy.Encode(nil, []byte(whole))), 400, []string{"snappy body is broken"}},
		{"snappy truncated", "snappy", compressed(t, "snappy", whole)[:100], 400, []string{"snappy body"}},
		{"zstd empty", "zstd", "", 400, []string{"zstd body ends early, after 0 bytes"}},
		{"zstd garbage", "zstd", "this is no zstd stream", 400, []string{"zstd body is broken"}},
		{"zstd truncated", "zstd", compressed(t, "zstd", whole)[:20], 400, []string{"zstd body ends early"}},
		{"unknown", "br", "x", 415, []string{`"br"`, "gzip", "snappy", "zstd", "identity"}},
		{"two codings", "gzip, gzip", "x", 415, []string{`"gzip, gzip"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want(t, g.do("POST", "/metrics/job/bad", c.body, "Content-Encoding", c.encoding), c.status, c.parts...)
			g.wantAbsent(t, "bad")
			g.wantResident(t, "ok{")
		})
	}
}

func flipped(s string, at int) string {
	b := []byte(s)
	b[len(b)+at] ^= 1
	return string(b)
}

// Each bound is met with 413, its setting and what was found, whether the client
// announces the length or not, and however small a bomb is.
func TestBodyLimits(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.MaxBody, o.MaxDecoded = 10_000, 100_000 })
	bomb := strings.Repeat("#\n", 50_000) + "m 1\n"
	for _, c := range []struct {
		name, encoding, body string
		parts                []string
	}{
		{"plain", "", bomb[len(bomb)-10_001:], []string{"limit-body-bytes", "10001 bytes", "10000 allowed", "limits.body_bytes"}},
		{"gzip bomb", "gzip", compressed(t, "gzip", bomb), []string{"limit-decoded-body-bytes", "gzip body", "at least 100001 bytes", "100000 allowed", "limits.decoded_body_bytes"}},
		{"snappy bomb", "snappy", compressed(t, "snappy", bomb), []string{"snappy body", "100000 allowed"}},
		{"zstd bomb", "zstd", compressed(t, "zstd", bomb), []string{"zstd body", "100000 allowed"}},
	} {
		for _, announced := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/announced=%v", c.name, announced), func(t *testing.T) {
				r := httptest.NewRequest("PUT", "/metrics/job/big", strings.NewReader(c.body))
				r.Header.Set("Content-Encoding", c.encoding)
				if !announced {
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), -1
				}
				w := httptest.NewRecorder()
				g.ServeHTTP(w, r)
				want(t, w, http.StatusRequestEntityTooLarge, c.parts...)
				g.wantAbsent(t, "big")
			})
		}
	}
	fits := strings.Repeat("#\n", 4_998) + "m 1\n"
	want(t, g.do("PUT", "/metrics/job/fits", fits), 200)
	want(t, g.do("PUT", "/metrics/job/fits", compressed(t, "gzip", strings.Repeat("#\n", 49_998)+"m 1\n"), "Content-Encoding", "gzip"), 200)
}

// A compressed body that is itself too large is stopped on the wire.
func TestCompressedBodyTooLargeOnWire(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.MaxBody = 100 })
	r := httptest.NewRequest("PUT", "/metrics/job/big", nil)
	r.Header.Set("Content-Encoding", "gzip")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat(compressed(t, "gzip", "m 1\n"), 10))), -1
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	want(t, w, http.StatusRequestEntityTooLarge, "100 allowed", "limits.body_bytes")
}

// A claimed length costs no memory before the bytes are there.
func TestContentLengthIsNotTrusted(t *testing.T) {
	g := newGateway(t, nil)
	r := httptest.NewRequest("PUT", "/metrics/job/j", nil)
	r.ContentLength = limit.Defaults.Max[limit.BodyBytes]
	r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	w := httptest.NewRecorder()
	b := g.bodies.get()
	if _, err := b.read(w, r, nil); err == nil {
		t.Error("no error")
	}
	if cap(b.buf) > trustedLength || b.taken > trustedLength {
		t.Errorf("buffer of %d bytes, %d reserved", cap(b.buf), b.taken)
	}
	g.bodies.put(b)
	r.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	g.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "before the length that was announced") {
		t.Errorf("body %q", w.Body)
	}
}

// Bodies in memory are bounded over all requests: who doesn't fit is told to come back.
func TestBodiesInFlightAreBounded(t *testing.T) {
	g := newGateway(t, func(o *Options) { o.MaxBody, o.MaxDecoded, o.MaxInFlight = 1000, 1000, 1 })
	free := g.bodies.limits.Load().base.inFlight
	g.bodies.budget.take(free-100, free)
	for _, encoding := range []string{"", "zstd"} {
		w := g.do("PUT", "/metrics/job/j", "m 1\n", "Content-Encoding", encoding)
		want(t, w, http.StatusTooManyRequests, "limit-in-flight-bytes", "limits.in_flight_bytes", "push again later")
		wantHeader(t, w, "Retry-After", "1")
	}
	g.bodies.budget.give(free - 100)
	g.push(t, "/metrics/job/j", "m 1\n")
	if n := g.bodies.budget.used.Load(); n != 0 {
		t.Errorf("%d bytes still reserved", n)
	}
}

// deadlines records the read deadlines that a request is given.
type deadlines struct {
	*httptest.ResponseRecorder
	read []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.read = append(d.read, t)
	return nil
}

// The time for a large body grows with what has arrived and not with the
// connection's age, and is lifted once the body is there.
func TestBodyPace(t *testing.T) {
	g := newGateway(t, nil)
	now := time.Unix(1000, 0)
	g.bodies.pace = pace{grace: 10 * time.Second, rate: 64 << 10, now: func() time.Time { return now }}
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	b := g.bodies.get()
	defer g.bodies.put(b)
	r := httptest.NewRequest("PUT", "/", strings.NewReader(strings.Repeat("#", 200<<10)))
	r.Body = io.NopCloser(&chunked{r.Body, 64 << 10})
	if _, err := b.read(w, r, nil); err != nil {
		t.Fatal(err)
	}
	for i, d := range []time.Duration{11 * time.Second, 12 * time.Second, 13 * time.Second} {
		if i >= len(w.read) || !w.read[i].Equal(now.Add(d)) {
			t.Fatalf("deadlines %v, want the %dth after %s", w.read, i, d)
		}
	}
	if last := w.read[len(w.read)-1]; !last.IsZero() {
		t.Errorf("last deadline %v, want none", last)
	}
}

// chunked returns at most n bytes a read.
type chunked struct {
	io.Reader
	n int
}

func (c *chunked) Read(p []byte) (int, error) { return c.Reader.Read(p[:min(len(p), c.n)]) }

// A small push does not touch the connection's deadlines.
func TestSmallBodySetsNoDeadline(t *testing.T) {
	g := newGateway(t, nil)
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	g.ServeHTTP(w, httptest.NewRequest("PUT", "/metrics/job/j", strings.NewReader("m 1\n")))
	if len(w.read) != 0 {
		t.Errorf("deadlines %v", w.read)
	}
}

// What the connection says is told apart from a broken stream.
func TestConnectionErrors(t *testing.T) {
	g := newGateway(t, nil)
	for _, c := range []struct {
		err    error
		why    reason
		status int
	}{
		{os.ErrDeadlineExceeded, tooSlow, http.StatusRequestTimeout},
		{io.ErrUnexpectedEOF, disconnected, http.StatusBadRequest},
		{errors.New("connection reset by peer"), disconnected, http.StatusBadRequest},
	} {
		for _, encoding := range []string{"", "gzip", "zstd", "snappy"} {
			begin := ""
			if encoding != "" {
				begin = compressed(t, encoding, "m 1\n")[:12]
			}
			r := httptest.NewRequest("PUT", "/metrics/job/j", nil)
			r.Header.Set("Content-Encoding", encoding)
			r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(c.err))), -1
			b := g.bodies.get()
			_, err := b.read(httptest.NewRecorder(), r, nil)
			g.bodies.put(b)
			if why := reasonOf(err); why != c.why || why.status() != c.status {
				t.Errorf("%q body, %v: reason %q, status %d: %v", encoding, c.err, why, why.status(), err)
			}
		}
	}
	g.wantAbsent(t, `job="j"`)
}

func BenchmarkReadBody(b *testing.B) {
	g := newGateway(b, nil)
	body := strings.Repeat("some_metric{label=\"value\"} 42\n", 10)
	r := httptest.NewRequest("PUT", "/metrics/job/j", nil)
	w := httptest.NewRecorder()
	src := strings.NewReader(body)
	r.Body, r.ContentLength = io.NopCloser(src), int64(len(body))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(body)
		bd := g.bodies.get()
		if _, err := bd.read(w, r, nil); err != nil {
			b.Fatal(err)
		}
		g.bodies.put(bd)
	}
}
