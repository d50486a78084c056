//go:build unix

package main

import (
	"net"
	"strings"
	"testing"
)

// Who tries it beside a Pushgateway is told which flag helps.
func TestServeOnAPortThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out, stderr strings.Builder
	code := run([]string{"serve", "--data.dir", t.TempDir(), "--web.listen-address", l.Addr().String()}, strings.NewReader(""), &out, &stderr)
	if code != exitFailure || !strings.Contains(stderr.String(), "\nhint: a Pushgateway or another gateway may run there; --web.listen-address ") {
		t.Errorf("exit code %d, said %q, want a hint", code, &stderr)
	}
}
