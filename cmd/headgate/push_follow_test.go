package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// follower is a `headgate push` that stays, with a gateway that tells of each request.
type follower struct {
	file  string
	looks chan time.Time
	heard chan string // method, path and the values of n
	end   context.CancelFunc
	ended chan error
}

func startFollower(t *testing.T, flags pushCmd) *follower {
	t.Helper()
	f := &follower{file: filepath.Join(t.TempDir(), "n.prom"), looks: make(chan time.Time), heard: make(chan string, 10), ended: make(chan error, 1)}
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.heard <- r.Method + " " + r.URL.Path + values(t, r)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(gateway.Close)
	f.write(t, "n 1\n")
	flags.URL, flags.Timeout, flags.Job, flags.Metrics = gateway.URL, time.Minute, "j", []string{f.file}
	if err := flags.Validate(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f.end = cancel
	go func() { f.ended <- flags.follow(ctx, io.Discard, f.looks) }()
	return f
}

func values(t *testing.T, r *http.Request) (text string) {
	t.Helper()
	for d := expfmt.NewDecoder(r.Body, expfmt.ResponseFormat(r.Header)); ; {
		family := new(dto.MetricFamily)
		if err := d.Decode(family); err != nil {
			return text
		}
		for _, m := range family.Metric {
			text += " " + m.GetUntyped().String()
		}
	}
}

// write replaces the file as careful programs do.
func (f *follower) write(t *testing.T, text string) {
	t.Helper()
	next := f.file + ".new"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, f.file); err != nil {
		t.Fatal(err)
	}
}

func (f *follower) wants(t *testing.T, want string) {
	t.Helper()
	if got := <-f.heard; got != want {
		t.Fatalf("the gateway got %q, want %q", got, want)
	}
}

// A file that was replaced is pushed once it rests, and its last state at the end.
func TestWatchPushesWhatHasChanged(t *testing.T) {
	f := startFollower(t, pushCmd{Watch: true})
	f.wants(t, "POST /metrics/job/j value:1")
	f.looks <- time.Time{} // nothing has changed
	f.write(t, "n 22\n")
	f.looks <- time.Time{} // it has, and may go on to
	f.looks <- time.Time{} // it rests
	f.wants(t, "POST /metrics/job/j value:22")
	f.write(t, "n{\n") // which can't be pushed
	f.looks <- time.Time{}
	f.looks <- time.Time{}
	f.write(t, "n 333\n")
	f.looks <- time.Time{}
	f.looks <- time.Time{}
	f.wants(t, "POST /metrics/job/j value:333")
	f.end()
	f.wants(t, "POST /metrics/job/j value:333")
	if err := <-f.ended; err != nil {
		t.Error(err)
	}
}

// The group goes at the end if that is asked for.
func TestFollowerDeletesOnExit(t *testing.T) {
	f := startFollower(t, pushCmd{Every: time.Hour, DeleteOnExit: true, Replace: true})
	f.wants(t, "PUT /metrics/job/j value:1")
	f.end()
	f.wants(t, "DELETE /metrics/job/j")
	if err := <-f.ended; err != nil {
		t.Error(err)
	}
}

// A file that can't be read at the start ends the command: it is a mistake more often
// than not.
func TestFollowerWantsFile(t *testing.T) {
	c := pushCmd{Watch: true, Metrics: []string{filepath.Join(t.TempDir(), "none")}}
	c.URL, c.Timeout, c.Job = "http://localhost:9091", time.Second, "j"
	err := c.follow(t.Context(), io.Discard, nil)
	if err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

// What is still being written isn't pushed by halves.
func TestWatchWaitsUntilFileRests(t *testing.T) {
	f := follower{file: filepath.Join(t.TempDir(), "n.prom")}
	f.write(t, "n 1\n")
	w := watch{name: f.file}
	for i, step := range []struct {
		text string // "" leaves the file alone, "-" removes it
		want bool
	}{{"", false}, {"n 2", false}, {"n 22\n", false}, {"", true}, {"", false}, {"-", false}, {"n 3\n", false}, {"", true}, {"n 3\n", false}, {"", true}} {
		switch step.text {
		case "":
		case "-":
			if err := os.Remove(f.file); err != nil {
				t.Fatal(err)
			}
		default:
			f.write(t, step.text)
		}
		if got := w.rested(); got != step.want {
			t.Errorf("look %d, after writing %q: %t, want %t", i, step.text, got, step.want)
		}
	}
}
