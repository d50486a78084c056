//go:build unix

package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"syscall"
	"testing"
)

// A push that stays ends well when it is told to, and leaves nothing behind if that was
// asked for.
func TestFollowerEndsOnSIGTERM(t *testing.T) {
	heard := make(chan string, 10)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard <- r.Method
		w.WriteHeader(http.StatusAccepted)
	}))
	defer gateway.Close()
	f := follower{file: filepath.Join(t.TempDir(), "n.prom")}
	f.write(t, "n 1\n")
	cmd := headgate(t, "push", "--url", gateway.URL, "--job", "j", "--watch", "--delete-on-exit", f.file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != http.MethodPost {
		t.Errorf("%s, want a POST first", got)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got != http.MethodDelete {
		t.Errorf("%s, want a DELETE last", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
