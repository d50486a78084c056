package api

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// pushMethod is the method label of the push metrics.
type pushMethod uint8

const (
	methodPut pushMethod = iota
	methodPost
	methodDelete
	pushMethods
)

var pushMethodNames = [pushMethods]string{http.MethodPut, http.MethodPost, http.MethodDelete}

// Telemetry is the HTTP side's own metrics. Every combination of labels is made
// at construction: all of them are exposed from the start as 0, and a push looks
// none up.
type Telemetry struct {
	pushes   [pushMethods][reasons]prometheus.Counter
	duration [pushMethods]prometheus.Observer
	size     prometheus.Observer
	decoded  prometheus.Observer
	// superseded counts samples of JSON pushes.
	superseded prometheus.Counter
	// duplicates counts pushes that were taken before.
	duplicates prometheus.Counter
	inFlight   prometheus.Gauge
	budget     *budget
	// refused counts requests of any kind by who sent them, not by what is in them.
	refused [reasons]prometheus.Counter
}

// NewTelemetry makes the metrics and registers them with reg, which may be nil.
// It panics if they are registered already.
func NewTelemetry(reg prometheus.Registerer) *Telemetry {
	t := &Telemetry{budget: &budget{}}
	pushes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "headgate_pushes_total",
		Help: "Pushes and deletes over HTTP by method, result (accepted, refused: the client's doing, failed: the gateway's) and, if not accepted, reason.",
	}, []string{"method", "result", "reason"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "headgate_push_duration_seconds",
		Help:    "Time from a push's headers to its answer, reading the body and the sync of the journal included.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method"})
	size := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "headgate_push_size_bytes",
		Help:    "Size of pushed bodies as received, before decompression.",
		Buckets: prometheus.ExponentialBuckets(256, 4, 10),
	})
	decoded := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "headgate_push_decoded_size_bytes",
		Help:    "Size of pushed bodies after decompression.",
		Buckets: prometheus.ExponentialBuckets(256, 4, 10),
	})
	t.size, t.decoded = size, decoded
	t.superseded = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "headgate_push_superseded_samples_total",
		Help: "Samples of JSON pushes that gave way to a newer one of the same series in the same push.",
	})
	t.duplicates = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "headgate_duplicate_pushes_total",
		Help: "Pushes that repeat one that was taken before, by producer and sequence or by idempotency key. They are accepted and change nothing.",
	})
	t.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "headgate_http_requests_in_flight",
		Help: "HTTP requests being answered.",
	})
	bytes := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "headgate_push_bodies_in_flight_bytes",
		Help: "Bytes reserved for the bodies of pushes being answered.",
	}, func() float64 { return float64(t.budget.used.Load()) })
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "headgate_refused_requests_total",
		Help: "Requests of any kind refused for who sent them, by reason. Pushes and deletes among them are in headgate_pushes_total, too.",
	}, []string{"reason"})
	for why := crossSite; why <= otherGroup; why++ {
		t.refused[why] = refused.WithLabelValues(why.String())
	}
	t.resolve(pushes, duration)
	if reg != nil {
		reg.MustRegister(refused, pushes, duration, size, decoded, t.superseded, t.duplicates, t.inFlight, bytes)
	}
	return t
}

func (t *Telemetry) resolve(pushes *prometheus.CounterVec, duration *prometheus.HistogramVec) {
	for m, method := range pushMethodNames {
		t.duration[m] = duration.WithLabelValues(method)
		for why := range reasons {
			t.pushes[m][why] = pushes.WithLabelValues(method, why.result(), why.String())
		}
	}
}

// received notes a body's size in bytes, as it came and decompressed.
func (t *Telemetry) received(wire int64, decoded int) {
	t.size.Observe(float64(wire))
	t.decoded.Observe(float64(decoded))
}

func (t *Telemetry) answered(m pushMethod, why reason, took time.Duration) {
	t.pushes[m][why].Inc()
	t.duration[m].Observe(took.Seconds())
}

// turnedAway counts a request that was refused for who sent it; other reasons it ignores.
func (t *Telemetry) turnedAway(why reason) {
	if c := t.refused[why]; c != nil {
		c.Inc()
	}
}
