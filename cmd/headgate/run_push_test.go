package main

import (
	"errors"
	"testing"
)

// What is lost is one line of cron's mail, whatever the server's answer ends with and
// however many pushes it refused for the same reason.
func TestShortenIsOneLine(t *testing.T) {
	refused := errors.New("improper label name\n")
	if got := shorten(errors.Join(refused, refused, errors.New("2 samples lost"))); got != "improper label name; 2 samples lost" {
		t.Errorf("got %q", got)
	}
}
