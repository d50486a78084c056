package api

import (
	"bytes"
	"context"
	"log/slog"
)

// serverLog gives what net/http prints a level: a panic is a fault of ours, a
// connection that can't be accepted is the operator's to know, and the rest is
// clients that hang up or speak something else.
type serverLog struct{ log *slog.Logger }

// Write logs one message.
func (s serverLog) Write(p []byte) (int, error) {
	level := slog.LevelDebug
	switch {
	case bytes.Contains(p, []byte("panic serving")):
		level = slog.LevelError
	case bytes.Contains(p, []byte("Accept error")):
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "http server", "err", string(bytes.TrimSpace(p)))
	return len(p), nil
}
