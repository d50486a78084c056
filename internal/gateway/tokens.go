package gateway

import "github.com/prometheus/client_golang/prometheus"

// shown reads how often each token was shown: one that is to be replaced can go once
// its count stands still.
type shown struct{ g *Gateway }

var tokenRequests = prometheus.NewDesc("headgate_token_requests_total", "Requests that a token of the configuration was shown by.", []string{"token"}, nil)

// Describe implements prometheus.Collector.
func (s shown) Describe(ch chan<- *prometheus.Desc) { ch <- tokenRequests }

// Collect implements prometheus.Collector.
func (s shown) Collect(ch chan<- prometheus.Metric) {
	for name, n := range s.g.api.Access().Uses() {
		ch <- prometheus.MustNewConstMetric(tokenRequests, prometheus.CounterValue, float64(n), name)
	}
}
