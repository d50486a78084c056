package load

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// gateway is a server that answers pushes by what answer says of the number of each.
func gateway(t *testing.T, answer func(n int64, w http.ResponseWriter)) *Target {
	t.Helper()
	var n atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(n.Add(1), w) }))
	t.Cleanup(web.Close)
	return &Target{Addr: strings.TrimPrefix(web.URL, "http://")}
}

// A lenient loop counts what fails by its class and goes on over a new connection; how
// long failures took is no figure.
func TestFaultsAreCounted(t *testing.T) {
	target := gateway(t, func(n int64, w http.ResponseWriter) {
		switch n % 4 {
		case 0:
			w.WriteHeader(http.StatusUnprocessableEntity)
		case 1:
			panic(http.ErrAbortHandler)
		}
	})
	l := Loop{Target: *target, Connections: 1, Groups: 3, Body: Text(1), Pushes: 16, Lenient: true}
	r, err := l.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Pushes != 8 || len(r.Took) != 8 || r.Faults["422"] != 4 || r.Faults["connection"] != 4 || r.Faults.Sum() != 8 {
		t.Errorf("%d granted, %d measured, faults %v: want 8, 8, 4 × 422 and 4 × connection", r.Pushes, len(r.Took), r.Faults)
	}
}

// A request that is not answered in time is a fault of its own class, and the loop goes on.
func TestTimeoutsAreCounted(t *testing.T) {
	end := make(chan struct{})
	target := gateway(t, func(n int64, _ http.ResponseWriter) {
		if n == 2 {
			<-end
		}
	})
	t.Cleanup(func() { close(end) }) // before the server's own, which waits
	l := Loop{Target: *target, Connections: 1, Groups: 1, Body: Text(1), Pushes: 3, Timeout: time.Second, Lenient: true}
	r, err := l.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Pushes != 2 || r.Faults["timeout"] != 1 {
		t.Errorf("%d granted, faults %v: want 2 and 1 × timeout", r.Pushes, r.Faults)
	}
}

// Else the first failure ends the loop, in the server's words.
func TestFirstFailureStops(t *testing.T) {
	target := gateway(t, func(_ int64, w http.ResponseWriter) { http.Error(w, "no room", http.StatusInsufficientStorage) })
	l := Loop{Target: *target, Connections: 2, Groups: 1, Body: Text(1), Pushes: 10}
	if _, err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `answered 507: "no room"`) {
		t.Errorf("the error is %v: want the answer's status and text", err)
	}
}

// Quantiles are those of the sorted durations, up to the longest.
func TestQuantile(t *testing.T) {
	r := Result{Took: []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 6, 0.9: 10, 0.99: 10, 1: 10} {
		if got := r.Quantile(q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
}
