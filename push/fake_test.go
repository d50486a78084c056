package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if runProcess() {
		return
	}
	goleak.VerifyTestMain(m)
}

// fake is a target in memory. It says what answer says, nil without one.
type fake struct {
	mu     sync.Mutex
	sent   []sentBatch
	answer func(n int, b *Batch) error // n counts from 1
	delay  time.Duration
}

// sentBatch is an attempt that reached a fake.
type sentBatch struct {
	at       time.Time
	mode     Mode
	producer string
	sequence uint64
	values   map[string]float64 // of counters and gauges, by "name{label values}"
	err      error
}

func (f *fake) Send(ctx context.Context, b *Batch) error {
	s := sentBatch{at: time.Now(), mode: b.Mode, producer: b.Producer, sequence: b.Sequence, values: map[string]float64{}}
	families, err := b.Families()
	if err != nil {
		return err
	}
	for _, mf := range families {
		for _, m := range mf.GetMetric() {
			key := mf.GetName()
			for _, l := range m.GetLabel() {
				key += "," + l.GetValue()
			}
			s.values[key] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	if f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answer != nil {
		s.err = f.answer(len(f.sent)+1, b)
	}
	f.sent = append(f.sent, s)
	return s.err
}

func (f *fake) Close() error { return nil }

func (f *fake) all() []sentBatch {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// taken are the batches that were answered without an error.
func (f *fake) taken() []sentBatch {
	return slices.DeleteFunc(f.all(), func(s sentBatch) bool { return s.err != nil })
}

// sums adds up what was taken of each series.
func (f *fake) sums() map[string]float64 {
	sums := map[string]float64{}
	for _, s := range f.taken() {
		for k, v := range s.values {
			sums[k] += v
		}
	}
	return sums
}

func (f *fake) set(answer func(n int, b *Batch) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = answer
}

var errDown = &SendError{Class: Retryable, Err: errors.New("connection refused")}

func down(int, *Batch) error { return errDown }

// history collects a Pusher's events.
type history struct {
	mu     sync.Mutex
	events []Event
}

func (h *history) add(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

// states counts the events of each state at a target, or at all if it is "".
func (h *history) states(target string) map[State]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := map[State]int{}
	for _, e := range h.events {
		if target == "" || e.Target == target {
			n[e.State]++
		}
	}
	return n
}

func silent() Option { return WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))) }

func noErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q doesn't say %q", err, part)
		}
	}
}

func wantSums(t *testing.T, f *fake, want map[string]float64) {
	t.Helper()
	if got := f.sums(); !maps.Equal(got, want) {
		t.Errorf("arrived %v, want %v", got, want)
	}
}

func describeAll(sent []sentBatch) string {
	var b strings.Builder
	for _, s := range sent {
		fmt.Fprintf(&b, "%s %s %s/%d %v %v\n", s.at.Format("15:04:05.000"), s.mode, s.producer, s.sequence, s.values, s.err)
	}
	return b.String()
}
