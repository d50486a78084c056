package stage

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/internal/gateway"
)

// Real is the project's gateway inside a test.
type Real struct {
	t    *testing.T
	web  *httptest.Server
	down atomic.Bool
}

// NewReal runs a gateway until the test ends.
func NewReal(t *testing.T) *Real {
	t.Helper()
	g, err := gateway.New(t.Context(), gateway.Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r := &Real{t: t}
	r.web = httptest.NewServer(r.unlessDown(g.Handler()))
	t.Cleanup(func() {
		r.web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Errorf("close the gateway: %v", err)
		}
	})
	return r
}

// URL is where the gateway is, without a trailing slash.
func (r *Real) URL() string { return r.web.URL }

// Down has clients get what a proxy answers that doesn't reach the gateway.
func (r *Real) Down() { r.down.Store(true) }

// Up ends Down.
func (r *Real) Up() { r.down.Store(false) }

func (r *Real) unlessDown(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.down.Load() {
			http.Error(w, "no gateway", http.StatusBadGateway)
			return
		}
		h.ServeHTTP(w, req)
	})
}

// Value returns the value of the only series with the labels, and fails the test
// if there is none or several.
func (r *Real) Value(name string, labels ...string) float64 {
	r.t.Helper()
	found := r.find(name, labels)
	if len(found) != 1 {
		r.t.Fatalf("%d series are %s%q: %v; want one", len(found), name, labels, found)
	}
	return float64(found[0].Value)
}

// Lookup is Value for a series that need not be there.
func (r *Real) Lookup(name string, labels ...string) (float64, bool) {
	r.t.Helper()
	found := r.find(name, labels)
	if len(found) != 1 {
		return 0, false
	}
	return float64(found[0].Value), true
}

// find scrapes the gateway.
func (r *Real) find(name string, labels []string) (found model.Vector) {
	r.t.Helper()
	if len(labels)%2 != 0 {
		r.t.Fatalf("labels %q: want names and values in turns", labels)
	}
	resp := Get(r.t, r.URL()+"/metrics")
	defer resp.Body.Close()
	samples := expfmt.SampleDecoder{
		Dec:  expfmt.NewDecoder(resp.Body, expfmt.ResponseFormat(resp.Header)),
		Opts: &expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(time.Now().UnixNano())},
	}
	for {
		var family model.Vector
		if err := samples.Decode(&family); err == io.EOF {
			return found
		} else if err != nil {
			r.t.Fatal(fmt.Errorf("scrape the gateway: %w", err))
		}
		for _, s := range family {
			if matches(s, name, labels) {
				found = append(found, s)
			}
		}
	}
}

func matches(s *model.Sample, name string, labels []string) bool {
	if string(s.Metric[model.MetricNameLabel]) != name {
		return false
	}
	for i := 0; i < len(labels); i += 2 {
		if string(s.Metric[model.LabelName(labels[i])]) != labels[i+1] {
			return false
		}
	}
	return true
}
