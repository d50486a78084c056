package labels_test

import (
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/headgate/headgate/push/labels"
)

func Example() {
	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests answered."}, []string{"env", "path"})
	registry.MustRegister(requests)
	requests.WithLabelValues("prod", "/users/17").Add(2)
	requests.WithLabelValues("prod", "/users/18").Add(3)
	requests.WithLabelValues("production", "/wp-login.php").Add(1)

	policy, err := labels.New(
		labels.Alias("env", map[string]string{"prod": "production"}),
		labels.Template("path", "/users/:id", "/users/:id/orders/:order").Else(labels.OtherValue),
		labels.Cap(1000),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	families, err := policy.Gatherer(registry).Gather()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(os.Stdout, f); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// # HELP http_requests_total Requests answered.
	// # TYPE http_requests_total counter
	// http_requests_total{env="production",path="/users/:id"} 5
	// http_requests_total{env="production",path="other"} 1
}

func ExampleVet() {
	registry := prometheus.NewRegistry()
	latency := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "request_latency_ms", Help: "Time to answer."}, []string{"user_id"})
	registry.MustRegister(latency)
	latency.WithLabelValues("123e4567-e89b-12d3-a456-426614174000").Observe(12)

	findings, err := labels.Vet(registry)
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	// Output:
	// request_latency_ms: is in "ms": want the base unit, seconds (name-unit)
	// 	call it "request_latency_seconds" and divide its values by 1000
	// request_latency_ms{user_id}: 1 of 1 values are UUIDs, such as "123e4567-e89b-12d3-a456-426614174000" (label-uuid)
	// 	take it off with labels.Drop("user_id"), or keep a trace of it with labels.Drop("user_id").ToExemplar()
}

func ExampleFor() {
	policy, err := labels.New(
		labels.Allow("method", "GET", "POST"),
		labels.For("rpc_calls_total", labels.Allow("method", "Get", "List"), labels.Cap(50)),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	in := []labels.Label{{Name: "method", Value: "List"}}
	for _, metric := range []string{"http_requests_total", "rpc_calls_total"} {
		out, _ := policy.Apply(metric, in, nil)
		fmt.Println(metric, out)
	}
	// Output:
	// http_requests_total [{method other}]
	// rpc_calls_total [{method List}]
}

func ExampleNew_error() {
	_, err := labels.New(
		labels.Drop("le"),
		labels.Region("client_ip", "region", map[string]string{"10.1.0.0/8": "internal"}),
	)
	fmt.Println(err)
	// Output:
	// label policy: Drop("le"): label name "le": it belongs to the format of histograms and summaries
	// Region("client_ip", "region"): network "10.1.0.0/8" has bits beyond its length: want "10.0.0.0/8"
}
