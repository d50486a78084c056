package push

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"
)

// listen hands each connection to serve, and returns the address.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

func readRequest(c net.Conn) {
	if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
		io.Copy(io.Discard, r.Body)
	}
}

// A batch may have arrived if its request was written and no answer came, and only
// then: who splits or renumbers batches relies on it.
func TestHTTPUnsure(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	gone := listen(t, func(net.Conn) {})
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewUnstartedServer(nil)
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	large := NewBatch("j", nil, Replace, []*dto.MetricFamily{oneGauge("g", 1, Label{Name: "a", Value: strings.Repeat("x", 16<<20)})})

	for name, tc := range map[string]struct {
		url    string
		batch  *Batch
		unsure bool
		class  Class
	}{
		"answer never came":         {url: listen(t, readRequest), unsure: true},
		"answer is cut":             {url: listen(t, func(c net.Conn) { readRequest(c); io.WriteString(c, "HTTP/1.1 2") }), unsure: true},
		"cancelled while waiting":   {url: listen(t, func(c net.Conn) { readRequest(c); cancel(); io.Copy(io.Discard, c) }), unsure: true},
		"cut within the body":       {url: listen(t, func(c net.Conn) { io.CopyN(io.Discard, c, 100_000) }), batch: large},
		"nobody listens":            {url: closed.URL},
		"no such host":              {url: "host.invalid"},
		"certificate isn't trusted": {url: untrusted.URL, class: Final},
		"plain where TLS is due":    {url: "https" + strings.TrimPrefix(newServer(t, nil).URL, "http"), class: Final},
		"TLS handshake is cut":      {url: "https://" + gone},
	} {
		b := tc.batch
		if b == nil {
			b = gaugeBatch(Replace)
		}
		sendCtx := t.Context()
		if name == "cancelled while waiting" {
			sendCtx = ctx
		}
		e := wantSendError(t, testHTTP(t, HTTPConfig{URL: tc.url}).Send(sendCtx, b))
		if e.Unsure != tc.unsure || e.Class != tc.class || e.StatusCode != 0 {
			t.Errorf("%s: got unsure %v, class %s, want %v, %s: %v", name, e.Unsure, e.Class, tc.unsure, tc.class, e)
		}
	}
}

// Of a client of the user's own the error alone tells whether anything was sent.
func TestHTTPUnsureOfOwnClient(t *testing.T) {
	for _, tc := range []struct {
		err    error
		unsure bool
	}{
		{io.EOF, true},
		{errors.New("hm"), true},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true},
		{&net.OpError{Op: "dial", Err: errors.New("hm")}, false},
		{fmt.Errorf("dial: %w", syscall.ECONNREFUSED), false},
		{&net.DNSError{Err: "no such host"}, false},
	} {
		h := testHTTP(t, HTTPConfig{URL: "x", Client: doer(func(*http.Request) (*http.Response, error) { return nil, tc.err })})
		e := wantSendError(t, h.Send(t.Context(), gaugeBatch(Replace)))
		if e.Unsure != tc.unsure || e.Class != Retryable || !errors.Is(e, tc.err) {
			t.Errorf("%v: got %+v", tc.err, e)
		}
	}
}

// What net/http turns down by itself it always will.
func TestHTTPRequestThatCannotBe(t *testing.T) {
	for name, c := range map[string]HTTPConfig{
		"scheme": {URL: "ftp://x"},
		"header": {URL: "x", Header: http.Header{"a b": {"c"}}},
		"parse":  {URL: "http://a b"},
	} {
		c.Client = new(http.Client)
		e := wantSendError(t, uncheckedHTTP(c).Send(t.Context(), gaugeBatch(Replace)))
		if e.Class != Final || e.Unsure {
			t.Errorf("%s: got class %s, unsure %v: %v", name, e.Class, e.Unsure, e)
		}
	}
}

// Close leaves no connection behind, and so no goroutine. That of a client which
// was given belongs to somebody else.
func TestHTTPClose(t *testing.T) {
	s := newServer(t, nil)
	before := goleak.IgnoreCurrent()
	h := testHTTP(t, HTTPConfig{URL: s.URL})
	if err := h.Send(t.Context(), gaugeBatch(Replace)); err != nil {
		t.Fatal(err)
	}
	h.Close()
	goleak.VerifyNone(t, before)

	given := testHTTP(t, HTTPConfig{URL: s.URL, Client: s.Client()})
	var reused bool
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused },
	})
	for range 2 {
		if err := given.Send(ctx, gaugeBatch(Replace)); err != nil {
			t.Fatal(err)
		}
		given.Close()
	}
	if !reused {
		t.Error("Close closed the connection of a client that was given")
	}
}

// A batch that was answered with a failure may have arrived, unless the answer says
// that nothing was begun: it must not be split then, as its parts would count again.
func TestHTTPFailureIsUnsure(t *testing.T) {
	for answer, unsure := range map[string]bool{
		"500": true, "502": true, "503": true, "504": true, "507": true,
		"400": false, "408": false, "413": false, "429": false, "501": false, "503, Retry-After": false,
	} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			var status int
			fmt.Sscan(answer, &status)
			if strings.Contains(answer, "Retry-After") {
				w.Header().Set("Retry-After", "1")
			}
			w.WriteHeader(status)
		})
		e := wantSendError(t, testHTTP(t, HTTPConfig{URL: s.URL}).Send(t.Context(), gaugeBatch(Replace)))
		if e.Unsure != unsure {
			t.Errorf("%s: got unsure %t, want %t", answer, e.Unsure, unsure)
		}
	}
}
