package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// rawInput is sent on a connection of its own, byte for byte.
type rawInput struct {
	name string
	text string
	// The client has nothing more to say after it; else it waits for the answer.
	ends bool
	// The answer begins so, if there is one: the gateway may also just hang up.
	answer []string
}

func rawInputs() []rawInput {
	const head = "PUT /metrics/job/bad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	bad := []string{"HTTP/1.1 400", "HTTP/1.1 408", "HTTP/1.1 413", "HTTP/1.1 431", "HTTP/1.1 501", "HTTP/1.1 503"}
	return []rawInput{
		{"body shorter than announced", head + "Content-Length: 1000\r\n\r\nbad_m 1\n", true, bad},
		{"chunked body cut short", head + "Transfer-Encoding: chunked\r\n\r\n8\r\nbad_m 1\n\r\n5\r\nba", true, bad},
		{"chunk size that is no number", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nbad_m 1\n\r\n0\r\n\r\n", false, bad},
		{"body of a terabyte announced", head + "Content-Length: 1099511627776\r\n\r\nbad_m 1\n", false, bad},
		{"length and chunks at once", head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nbad_m 1\n\r\n0\r\n\r\n", false, append(bad, "HTTP/1.1 200")},
		{"length that is no number", head + "Content-Length: -5\r\n\r\n", false, bad},
		{"header of a megabyte", head + "X-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", false, bad},
		{"no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", false, bad},
	}
}

// send writes the bytes and reads until the gateway hangs up.
func (r rawInput) send(t *testing.T, g *gateway) {
	t.Helper()
	conn := dialGateway(t, g)
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, r.text)
	if r.ends {
		conn.CloseWrite()
	}
	b, err := io.ReadAll(conn)
	if len(b) == 0 {
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("neither answered nor cut off within %s", patience)
		}
		return
	}
	for _, want := range r.answer {
		if strings.HasPrefix(string(b), want) {
			return
		}
	}
	t.Errorf("want one of %q, got %.200q", r.answer, b)
}

func dialGateway(t *testing.T, g *gateway) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn) //nolint:forcetypeassert // that is what "tcp" means
}

// A client that ends its side of the connection right after its push is told
// the truth: 200 if it is shown, anything else if it is not.
func TestHalfClose(t *testing.T) {
	g := startGateway(t, t.TempDir())
	for i := range 50 {
		text := fmt.Sprintf("PUT /metrics/job/half%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhalf_m 1\n", i)
		conn := dialGateway(t, g)
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatal(err)
		}
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		_, shown := series(g.scrape(t))[fmt.Sprintf(`half_m{job="half%d"}`, i)]
		if accepted := strings.HasPrefix(string(answer), "HTTP/1.1 200 "); accepted != shown {
			t.Fatalf("push %d: shown: %t, answer: %q", i, shown, answer)
		}
	}
}
