package api

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// A panic and a connection that can't be accepted show at the default level; clients'
// doings don't.
func TestServerLogLevels(t *testing.T) {
	for line, want := range map[string]string{
		"http: panic serving 127.0.0.1:1: boom":                         "level=ERROR",
		"http: Accept error: accept tcp: too many open files; retrying": "level=WARN",
		"http: TLS handshake error from 127.0.0.1:1: EOF":               "",
	} {
		var out bytes.Buffer
		NewServer(nil, slog.New(slog.NewTextHandler(&out, nil))).ErrorLog.Print(line)
		if got := out.String(); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q is logged as %q, want %q", line, got, want)
		}
	}
}
