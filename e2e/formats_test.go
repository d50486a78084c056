package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
)

// Every format that Prometheus can ask for brings it the same values; native
// histograms come whole in the one that has them.
func TestFormatsToPrometheus(t *testing.T) {
	protocols := []string{"PrometheusProto", "OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"}
	g := startGateway(t, t.TempDir(), "--push.enable-utf8-names")
	pushEveryType(t, g)
	configs := ""
	for _, protocol := range protocols {
		configs += scrapeConfig(protocol, g, fmt.Sprintf(", scrape_protocols: [%s], scrape_native_histograms: %t,"+
			" metric_relabel_configs: [{target_label: scraped_as, replacement: %q}]", protocol, protocol == "PrometheusProto", protocol))
	}
	p := runPrometheus(t, configs)
	for _, protocol := range protocols {
		t.Run(protocol, func(t *testing.T) {
			p.expect(t, fmt.Sprintf(`up{job=%q}`, protocol), 1)
			as := fmt.Sprintf("scraped_as=%q", protocol)
			p.expect(t, `format_done_total{stage="load",`+as+`}`, 3)
			p.expect(t, `format_open{`+as+`}`, -1.5)
			p.expect(t, `format_classic_seconds_bucket{le="0.5",`+as+`}`, 1)
			p.expect(t, `format_classic_seconds_count{`+as+`}`, 2)
			p.expect(t, `format_summary_seconds{quantile="0.5",`+as+`}`, 7)
			dotted := `format_dotted{label_dotted="x",` + as + `}`
			if strings.HasSuffix(protocol, "1.0.0") { // with the others Prometheus does not ask for UTF-8 names
				dotted = `{"format.dotted","label.dotted"="x",` + as + `}`
			}
			p.expect(t, dotted, 9)
		})
	}
	p.expect(t, `histogram_count(format_native_seconds{scraped_as="PrometheusProto"})`, 2)
	p.expect(t, `histogram_sum(format_native_seconds{scraped_as="PrometheusProto"})`, 3.25)
	p.expect(t, `format_native_seconds_count{scraped_as="PrometheusText0.0.4"}`, 2)
}

func pushEveryType(t *testing.T, g *gateway) {
	t.Helper()
	done := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "format_done_total"}, []string{"stage"})
	done.WithLabelValues("load").(prometheus.ExemplarAdder).AddWithExemplar(3, prometheus.Labels{"trace_id": "t1"})
	classic := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "format_classic_seconds", Buckets: []float64{0.5, 1}})
	native := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "format_native_seconds", NativeHistogramBucketFactor: 1.1})
	for _, h := range []prometheus.Histogram{classic, native} {
		h.Observe(0.25)
		h.Observe(3)
	}
	pusher := push.New(g.url, "formats").Collector(done).Collector(classic).Collector(native)
	if err := pusher.Push(); err != nil {
		t.Fatal(err)
	}
	text := "# TYPE format_open gauge\nformat_open -1.5\n" +
		"# TYPE format_summary_seconds summary\nformat_summary_seconds{quantile=\"0.5\"} 7\nformat_summary_seconds_sum 7\nformat_summary_seconds_count 1\n" +
		"{\"format.dotted\",\"label.dotted\"=\"x\"} 9\n"
	g.do(t, http.MethodPost, "/metrics/job/formats", text, http.StatusOK)
}

// Several scrape jobs that each take a shard bring Prometheus the whole, and
// each series once; one with match[] brings what it selects.
func TestPartsToPrometheus(t *testing.T) {
	g := startGateway(t, t.TempDir())
	const groups = 100
	for i := range groups {
		g.do(t, http.MethodPut, fmt.Sprintf("/metrics/job/part%d", i), "part_m 1\n", http.StatusOK)
	}
	configs := ""
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		configs += scrapeConfig("shard-"+shard, g, fmt.Sprintf(", params: {shard: [%q]}", shard))
	}
	configs += scrapeConfig("selected", g, `, params: {"match[]": ['part_m{job="part7"}']}, metric_relabel_configs: [{target_label: selected, replacement: "yes"}]`)
	p := runPrometheus(t, configs)
	p.expect(t, `count(part_m{selected=""})`, groups)
	p.expect(t, `count(part_m{selected="yes",job="part7"})`, 1)
	p.expect(t, `scrape_samples_scraped{job="selected"}`, 1)
	// Each group has two push times beside its series; the rest is the gateway's own, in one shard.
	p.expect(t, `sum(up{job=~"shard.*"})`, 3)
	p.expect(t, `count(push_time_seconds{selected=""})`, groups)
	p.expect(t, `count(go_goroutines)`, 1)
}
