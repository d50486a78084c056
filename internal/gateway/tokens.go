package gateway

import "github.com/prometheus/client_golang/prometheus"

// shown reads how often each token was shown: one that is to be replaced can go once
// its count stands still.
type shown struct{ g *Gateway }

var (
	tokenRequests = prometheus.NewDesc("headgate_token_requests_total", "Requests that a token of the configuration was shown by while it was valid.", []string{"token"}, nil)
	tokenExpiry   = prometheus.NewDesc("headgate_token_expires_timestamp_seconds", "From when on a token of the configuration is refused, if it has such a time.", []string{"token"}, nil)
)

// Describe implements prometheus.Collector.
func (s shown) Describe(ch chan<- *prometheus.Desc) {
	ch <- tokenRequests
	ch <- tokenExpiry
}

// Collect implements prometheus.Collector.
func (s shown) Collect(ch chan<- prometheus.Metric) {
	for _, u := range s.g.api.Access().Usage() {
		ch <- prometheus.MustNewConstMetric(tokenRequests, prometheus.CounterValue, float64(u.Requests), u.Name)
		if !u.Expires.IsZero() {
			ch <- prometheus.MustNewConstMetric(tokenExpiry, prometheus.GaugeValue, float64(u.Expires.Unix()), u.Name)
		}
	}
}
