package e2e

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// slowClients hold connections and send as little as they can get away with.
type slowClients struct {
	cut chan error // one for each client: nil once the gateway hung up
	n   int
}

// slowly is how often a slow client sends a byte.
const slowly = 100 * time.Millisecond

// startSlow begins clients that drip a header, and ones that drip a body.
func startSlow(t *testing.T, g *gateway) *slowClients {
	t.Helper()
	const head = "PUT /metrics/job/slow HTTP/1.1\r\nHost: x\r\n"
	begins := []string{"P", head, head + "X-Drip: ", head + "Content-Length: 100000\r\n\r\n", head + "Content-Length: 100000\r\n\r\n# drip "}
	s := &slowClients{n: 4 * len(begins)}
	s.cut = make(chan error, s.n)
	for i := range s.n {
		conn := dialGateway(t, g)
		t.Cleanup(func() { conn.Close() })
		go func() { s.cut <- drip(conn, begins[i%len(begins)]) }()
	}
	return s
}

// drip sends the beginning and then a byte at a time until the other side hangs up.
func drip(conn *net.TCPConn, begin string) error {
	if _, err := io.WriteString(conn, begin); err != nil {
		return nil
	}
	if err := conn.SetReadDeadline(time.Now().Add(2 * patience)); err != nil {
		return err
	}
	hungUp := make(chan struct{})
	go func() {
		io.Copy(io.Discard, conn)
		close(hungUp)
	}()
	tick := time.NewTicker(slowly)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < 2*patience; {
		select {
		case <-hungUp:
			return nil
		case <-tick.C:
			conn.Write([]byte("x"))
		}
	}
	return fmt.Errorf("a client that sends a byte each %s still holds its connection after %s", slowly, 2*patience)
}

// awaitCut wants every slow client to be cut off in the end.
func (s *slowClients) awaitCut(t *testing.T) {
	t.Helper()
	for range s.n {
		if err := <-s.cut; err != nil {
			t.Error(err)
		}
	}
}
