package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	peerpush "github.com/prometheus/client_golang/prometheus/push"

	"github.com/headgate/headgate/push"
)

const (
	registryPushes = 20
	registrySeries = 10_000
	goClient       = "client_golang"
)

// clientRow measures the client library in this process, beside client_golang:
// recording a sample, and pushing a registry to a handler that discards it.
func clientRow(ctx context.Context, b *bench) ([]line, error) {
	recording, err := b.recordLine(ctx)
	if err != nil {
		return nil, err
	}
	pushing, err := b.registryLine(ctx)
	return []line{recording, pushing}, err
}

// The values are read from variables, as those of a request would be.
var (
	methods = []string{"GET", "POST", "PUT", "DELETE"}
	paths   = []string{"/api/v1/users", "/api/v1/orders", "/", "/healthz"}
)

func (b *bench) recordLine(ctx context.Context) (line, error) {
	p := push.New("http://localhost", "bench")
	ours := p.Recorder().Counter("requests_total", "Requests.", "method", "path")
	if err := p.Recorder().Err(); err != nil {
		return line{}, err
	}
	peer := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}, []string{"method", "path"})
	one := func(i int) { ours.Add(1, methods[i&3], paths[i>>2&3]) }
	l := line{
		What: "record a sample with two dynamic labels", Unit: nanoseconds, PeerName: goClient,
		Budget: &budget{AtMost: 60, Absolute: true},
		Note:   fmt.Sprintf("%.0f allocations", testing.AllocsPerRun(1000, func() { one(0) })),
	}
	return l.compare(ctx, b.rounds, b.ours(perCall(b.recordings, one)), perCall(b.recordings, func(i int) {
		peer.WithLabelValues(methods[i&3], paths[i>>2&3]).Add(1)
	}))
}

// ours is m, unless the peers are measured alone.
func (b *bench) ours(m measure) measure {
	if b.gateway == "" {
		return nil
	}
	return m
}

// perCall measures the nanoseconds of one of n calls.
func perCall(n int, call func(i int)) measure {
	return func(context.Context) (float64, error) {
		start := time.Now()
		for i := range n {
			call(i)
		}
		return float64(time.Since(start).Nanoseconds()) / float64(n), nil
	}
}

func (b *bench) registryLine(ctx context.Context) (line, error) {
	discard := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer discard.Close()
	registry := benchRegistry()
	l := line{
		What: fmt.Sprintf("Push of a registry with %d series", registrySeries), Unit: seconds, PeerName: goClient,
		Budget: &budget{AtMost: 0.7},
	}
	return l.compare(ctx, b.rounds,
		b.ours(perPush(push.New(discard.URL, "bench").Gatherer(registry).Push)),
		perPush(peerpush.New(discard.URL, "bench").Gatherer(registry).Push))
}

// perPush measures the seconds of one push.
func perPush(push func() error) measure {
	return func(context.Context) (float64, error) {
		start := time.Now()
		for range registryPushes {
			if err := push(); err != nil {
				return 0, err
			}
		}
		return time.Since(start).Seconds() / registryPushes, nil
	}
}

// benchRegistry has ten families of a thousand series with two labels each.
func benchRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	for f := range 10 {
		v := prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: fmt.Sprintf("bench_%d_bytes", f), Help: "One of the benchmark's families.",
		}, []string{"table", "shard"})
		registry.MustRegister(v)
		for i := range registrySeries / 10 {
			v.WithLabelValues(fmt.Sprintf("table-%d", i%10), fmt.Sprint(i/10)).Set(float64(i) * 1.5)
		}
	}
	return registry
}
