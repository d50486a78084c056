package push_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	client "github.com/prometheus/client_golang/prometheus/push"

	"github.com/headgate/headgate/push"
)

// BenchmarkPush10000 pushes the same registry of 10,000 series to the same server,
// which reads and discards. Ours may take 0.7 of client_golang's time.
func BenchmarkPush10000(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	reg := prometheus.NewRegistry()
	for i := range 10 {
		rows := prometheus.NewCounterVec(prometheus.CounterOpts{Name: fmt.Sprintf("table_%d_rows_total", i), Help: "Rows copied."}, []string{"table", "shard"})
		reg.MustRegister(rows)
		for n := range 1000 {
			rows.WithLabelValues(fmt.Sprintf("orders_%d", n), "eu-1").Add(float64(n))
		}
	}
	ours, theirs := push.New(server.URL, "backup").Gatherer(reg), client.New(server.URL, "backup").Gatherer(reg)
	b.Run("headgate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			timePush(b, ours)
		}
	})
	b.Run("client_golang", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			timePush(b, theirs)
		}
	})
	// In turns, so that what else the machine does is in both.
	b.Run("ratio", func(b *testing.B) {
		var took, took0 time.Duration
		for b.Loop() {
			took += timePush(b, ours)
			took0 += timePush(b, theirs)
		}
		b.ReportMetric(float64(took)/float64(took0), "of-client_golang")
	})
}

func timePush(b *testing.B, p interface{ Push() error }) time.Duration {
	start := time.Now()
	if err := p.Push(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
