package labels

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// Values without end are found, and values that only look a little like them aren't.
func TestVetValues(t *testing.T) {
	for _, c := range []struct {
		rule, label string
		values      []string
	}{
		{"label-uuid", "a", []string{"123e4567-e89b-12d3-a456-426614174000"}},
		{"label-uuid", "a", []string{"GET", "123E4567-E89B-12D3-A456-426614174000"}},
		{"", "a", []string{"123e4567-e89b-12d3-a456", "us-east-1a-prod-blue"}},
		{"label-email", "a", []string{"anna@example.org"}},
		{"", "a", []string{"user@1000.service", "getty@tty1.service", "@here", "root@localhost", "git@github.com:x", "ssh://git@example.org"}},
		{"label-timestamp", "a", []string{"1700000000"}},
		{"label-timestamp", "a", []string{"1700000000123"}},
		{"label-timestamp", "a", []string{"1700000000123456789"}},
		{"label-timestamp", "a", []string{"2024-05-01T10:00:00Z"}},
		{"label-timestamp", "a", []string{"2024-05-01 10:00:00"}},
		{"label-timestamp", "a", []string{"2024-05-01", "2024-05-02", "2024-05-03"}},
		{"", "a", []string{"2024-05-01", "2023-11-15"}}, // versions of an API
		{"", "a", []string{"2024", "2025", "2026"}},
		{"label-ip", "a", []string{"192.0.2.7"}},
		{"label-ip", "a", []string{"192.0.2.7:5432"}},
		{"label-ip", "a", []string{"2001:db8::1"}},
		{"", "a", []string{"127.0.0.1", "0.0.0.0:80", "::", "[::1]:9091", "10.0.0.0/8", "1.2.3"}},
		{"", "version", []string{"1.2.3.4"}},
		{"label-path", "a", []string{"/users/12345"}},
		{"label-path", "a", []string{"/users/1", "/users/2", "/users/3"}},
		{"label-path", "a", []string{"/find?q=x"}},
		{"label-path", "a", []string{"https://example.org/o/5f2b9c1e7a3d4b68"}},
		{"label-path", "a", []string{"https://example.org/?page=2"}},
		{"", "a", []string{"/", "/users/:id", "/api/v1/query_range", "/archive/2024", "https://api.example.org", "https://api.example.org/v2", "/api/2/x", "/dumps/20240501"}},
		{"", "mountpoint", []string{"/run/user/1000", "/run/user/1001", "/run/user/1002", "/run/user/100003"}},
		{"", "device", []string{"/dev/sda1", "/dev/mapper/vg0-root", "nvme0n1", "eth0", "veth1a2b3c4"}},
		{"label-hash", "a", []string{"d41d8cd98f00b204e9800998ecf8427e"}},
		{"label-hash", "a", []string{"5f2b9c1e", "6a3b8c2d", "0f1e2d3c"}},
		{"", "a", []string{"deadbeef", "cafe", "facade", "e2e", "5f2b9c1e", "beefcafedeadbeeffeed"}},
		{"", "revision", []string{"d41d8cd98f00b204e9800998ecf8427e"}},
		{"label-token", "a", []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV"}},
		{"label-token", "a", []string{"eyJhbGciOiJIUzI1NiJ9_x-Y"}},
		{"", "a", []string{"ServiceUnavailable", "Z1ARZ3NDEKTSV4RRFFQ69G5FAV", "very-long-kebab-case-name-2024", "RESOURCE_EXHAUSTED", "TLS_AES_128_GCM_SHA256", "application/x-www-form-urlencoded"}},
		{"label-pod", "a", []string{"web-5d4f8c7b9-x2k4q"}},
		{"label-pod", "pod", []string{"agent-x2k4q"}},
		{"", "a", []string{"us-east-1", "eu-central-1", "node-exporter", "db-primary-0", "web-frontend", "agent-x2k4q", "cert-manager-webhook"}},
		{"", "pod", []string{"postgres-0", "web-xhtml", "kafka-broker-2"}},
		{"label-number", "a", []string{"982347234"}},
		{"label-number", "a", []string{"123457", "123458"}},
		{"", "a", []string{"200", "404", "8080", "65535", "0", "127", "1048576", "1000000", "100000", "v1.2.3", "123457", "0.99", "+Inf"}},
		{"label-text", "a", []string{"could not connect to the database"}},
		{"label-text", "error", []string{"connection refused: db"}},
		{"", "a", []string{"Deferred Error APIC interrupts", "Bulk Read", "not found", "Intel Xeon CPU"}},
		{"", "error", []string{"timeout", "not found"}},
		{"label-identifier", "user_id", []string{"1"}},
		{"label-identifier", "sessionId", []string{"x"}},
		{"", "cpu_id", []string{"1"}},
		{"", "shard_id", []string{"7"}},
		{"", "code", []string{"200"}},
		{"", "method", []string{"GET", "post"}},
	} {
		slices.Sort(c.values)
		got, _ := vetValues("m", c.label, c.values)
		if got.Rule != c.rule {
			t.Errorf("%s of %q: got %q, want %q: %s", c.label, c.values, got.Rule, c.rule, got)
		}
		if c.rule != "" && (got.Label != c.label || !strings.Contains(got.Suggestion, c.label) && c.rule != "label-timestamp") {
			t.Errorf("the suggestion isn't about the label: %s", got)
		}
	}
}

// Names that break a convention are found, with the name that doesn't; those that
// follow them aren't.
func TestVetNames(t *testing.T) {
	type kind = dto.MetricType
	const c, g, h, s, u = dto.MetricType_COUNTER, dto.MetricType_GAUGE, dto.MetricType_HISTOGRAM, dto.MetricType_SUMMARY, dto.MetricType_UNTYPED
	for _, c := range []struct {
		kind        kind
		name, rules string
		suggestion  string
		label       string
		value       float64
	}{
		{c, "requests", "name-counter-total", `call it "requests_total"`, "", 0},
		{c, "requests_total", "", "", "", 0},
		{g, "requests_total", "name-total", `call it "requests"`, "", 0},
		{u, "requests_total", "", "", "", 0},
		{g, "queue_count", "name-reserved-suffix", `call it "queue"`, "", 0},
		{c, "calls_count", "name-reserved-suffix", `call it "calls_total"`, "", 0},
		{u, "calls_count", "", "", "", 0},
		{g, "account", "", "", "", 0},
		{h, "request_duration_ms", "name-unit", `call it "request_duration_seconds" and divide its values by 1000`, "", 0},
		{h, "request_duration_milliseconds", "name-unit", `call it "request_duration_seconds" and divide its values by 1000`, "", 0},
		{c, "wait_ms_total", "name-unit", `call it "wait_seconds_total" and divide its values by 1000`, "", 0},
		{g, "heap_kb", "name-unit", `call it "heap_bytes" and multiply its values by 1000`, "", 0},
		{g, "cpu_usage_percent", "name-unit", `call it "cpu_usage_ratio" and divide its values by 100`, "", 0},
		{g, "items", "", "", "", 0},
		{g, "alarms", "", "", "", 0},
		{h, "request_seconds_duration", "name-unit-place", `call it "request_duration_seconds"`, "", 0},
		{g, "heap_bytes_used", "name-unit-place", `call it "heap_used_bytes"`, "", 0},
		{c, "disk_bytes_read_total", "", "", "", 0},
		{g, "request_seconds_max", "", "", "", 0},
		{c, "httpRequests_total", "name-case", `call it "http_requests_total"`, "", 0},
		{g, "openHTTPConnections", "name-case", `call it "open_http_connections"`, "", 0},
		{g, "node_memory_MemTotal_bytes", "", "", "", 0},
		{g, "queue_gauge", "name-type", `call it "queue"`, "", 0},
		{h, "latency_histogram_seconds", "name-type", `call it "latency_seconds"`, "", 0},
		{c, "perf_counter_reads_total", "name-type", `call it "perf_reads_total"`, "", 0},
		{c, "reads_summary_total", "name-type", `call it "reads_total"`, "", 0},
		{g, "disk_bytes_usage_ratio", "", "", "", 0},
		{g, "gauge_pressure", "name-type", `call it "pressure"`, "", 0},
		{g, "counter_value", "", "", "", 0},
		{c, "requests_by_path_total", "name-label", `call it "requests_total"`, "path", 0},
		{c, "requests_by_path_total", "", "", "code", 0},
		{g, "cpu_load", "", "", "cpu", 0},
		{g, "job:load:sum", "name-colon", `call it "job_load"`, "", 0},
		{g, "last_success", "name-timestamp", `call it "last_success_timestamp_seconds"`, "", 1.7e9},
		{g, "last_success_time_ms", "name-unit name-timestamp", `call it "last_success_timestamp_seconds" and divide its values by 1000`, "", 1.7e12},
		{g, "last_success_timestamp_seconds", "", "", "", 1.7e9},
		{g, "last_success_timestamp_seconds", "name-timestamp", `divide its values by 1000`, "", 1.7e12},
		{u, "backup_last_success", "name-timestamp", `call it "backup_last_success_timestamp_seconds"`, "", 1.7e9},
		{g, "process_start_time_seconds", "", "", "", 1.7e9},
		{g, "last_backup_bytes", "", "", "", 1.7e9},
		{g, "last_backup_files", "", "", "", 17},
		{c, "bytesSentCounter", "name-case name-counter-total", `call it "bytes_sent_total"`, "", 0},
		{s, "x_seconds", "", "", "", 0},
	} {
		f := &dto.MetricFamily{Name: &c.name, Help: new("x"), Type: new(c.kind)}
		m := &dto.Metric{Gauge: &dto.Gauge{Value: &c.value}}
		if c.kind == u {
			m = &dto.Metric{Untyped: &dto.Untyped{Value: &c.value}}
		}
		if c.label != "" {
			m.Label = []*dto.LabelPair{{Name: &c.label, Value: new("x")}}
		}
		f.Metric = append(f.Metric, m)
		var rules []string
		for _, found := range VetFamilies([]*dto.MetricFamily{f}) {
			rules = append(rules, found.Rule)
			if found.Suggestion != c.suggestion {
				t.Errorf("%s: got %s, want %s", c.name, found, c.suggestion)
			}
		}
		want := strings.Fields(c.rules)
		slices.Sort(want)
		if !slices.Equal(rules, want) {
			t.Errorf("%s %s: got %q, want %q", c.kind, c.name, rules, want)
		}
	}
}

// A finding says what and where, and what to write instead, in the same order each time.
func TestVetReports(t *testing.T) {
	g := read(t, `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{job="x",path="/users/17/orders/4711",user_id="1"} 1
requests_total{job="x",path="/users/18/orders/4712",user_id="2"} 1
requests_total{job="x",path="/users/19/orders/4713",user_id="3"} 1
# TYPE lag_ms histogram
lag_ms_bucket{ip="192.0.2.7",le="1"} 1
lag_ms_bucket{ip="192.0.2.7",le="+Inf"} 1
lag_ms_sum{ip="192.0.2.7"} 1
lag_ms_count{ip="192.0.2.7"} 1
lag_ms_bucket{ip="::1",le="2"} 1
lag_ms_bucket{ip="::1",le="+Inf"} 1
lag_ms_sum{ip="::1"} 1
lag_ms_count{ip="::1"} 1`)
	want := `lag_ms: has series with different buckets, [1] and [2]: they can't be summed (buckets-differ)
	give all its series the same buckets
lag_ms: has no help text (help-missing)
	say in Help what it counts or measures, and in which unit
lag_ms: is in "ms": want the base unit, seconds (name-unit)
	call it "lag_seconds" and divide its values by 1000
lag_ms{ip}: 1 of 2 values are IP addresses, such as "192.0.2.7" (label-ip)
	name networks with labels.Region("ip", "region", map[string]string{"192.0.0.0/8": …})
requests_total{job}: is a label of the grouping key: what is pushed can't have its own (label-reserved)
	leave it to the Pusher, or write labels.Rename("job", "target_job")
requests_total{path}: 3 of 3 values are alike paths with numbers, such as "/users/17/orders/4711" (label-path)
	list routes with labels.Template("path", "/users/:id/orders/:id", …).Else("other"), or replace identifiers with labels.TemplateIDs("path")
requests_total{user_id}: 3 of 3 values stand in a label named like an identifier, such as "1" (label-identifier)
	take it off with labels.Drop("user_id"), or keep a trace of it with labels.Drop("user_id").ToExemplar()
`
	for range 3 {
		findings, err := Vet(g)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, f := range findings {
			fmt.Fprintln(&b, f)
		}
		if b.String() != want {
			t.Fatalf("got\n%s\nwant\n%s", b.String(), want)
		}
	}
}

// What a label's values or a rule is ignored for isn't reported, and a bound is the caller's.
func TestVetterSettings(t *testing.T) {
	var text strings.Builder
	text.WriteString("# HELP c_total x\n# TYPE c_total counter\n")
	for i := range 101 {
		fmt.Fprintf(&text, "c_total{a=\"v%d\",user_id=\"u\"} 1\n", i)
	}
	for _, c := range []struct {
		v    Vetter
		want []string
	}{
		{Vetter{}, []string{"label-cardinality", "label-identifier"}},
		{Vetter{MaxValues: 101}, []string{"label-identifier"}},
		{Vetter{Ignore: []string{"label-identifier"}}, []string{"label-cardinality"}},
		{Vetter{Ignore: []string{"a"}}, []string{"label-identifier"}},
		{Vetter{Ignore: []string{"c_total"}}, nil},
	} {
		findings, err := c.v.Gatherer(read(t, text.String()))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range findings {
			got = append(got, f.Rule)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %q, want %q", c.v, got, c.want)
		}
	}
}

// An ordinary Go program gives no reason to complain.
func TestVetOrdinaryProgram(t *testing.T) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsAll)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	inFlight := prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "x"})
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "x"}, []string{"code", "method"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_seconds", Help: "x"}, []string{"code", "method"})
	size := prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: "http_response_size_bytes", Help: "x"}, []string{"code", "method"})
	reg.MustRegister(inFlight, requests, duration, size)
	h := promhttp.InstrumentMetricHandler(reg, promhttp.HandlerFor(reg, promhttp.HandlerOpts{Registry: reg}))
	h = promhttp.InstrumentHandlerInFlight(inFlight, promhttp.InstrumentHandlerCounter(requests,
		promhttp.InstrumentHandlerDuration(duration, promhttp.InstrumentHandlerResponseSize(size, h))))
	for range 3 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/metrics", nil))
	}
	findings, err := Vet(reg)
	if err != nil || len(findings) > 0 {
		t.Errorf("got %v, %v", findings, err)
	}
}

// The names of node_exporter, which follow the conventions, give none either.
func TestVetNodeExporter(t *testing.T) {
	var text strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(nodeExporter), "\n") {
		kind, series, _ := strings.Cut(line, " ")
		name, _, _ := strings.Cut(series, "{")
		name, _, _ = strings.Cut(name, " ")
		fmt.Fprintf(&text, "# HELP %s x\n# TYPE %s %s\n%s\n", name, name, kind, series)
	}
	findings, err := Vet(read(t, text.String()))
	if err != nil || len(findings) > 0 {
		t.Errorf("got %v, %v", findings, err)
	}
}

const nodeExporter = `
gauge node_arp_entries{device="eth0"} 3
gauge node_boot_time_seconds 1.7e9
counter node_context_switches_total 5
gauge node_cooling_device_cur_state{name="0",type="Processor"} 0
counter node_cpu_seconds_total{cpu="0",mode="idle"} 5
gauge node_cpu_scaling_frequency_hertz{cpu="0"} 2.4e9
counter node_disk_io_time_weighted_seconds_total{device="nvme0n1"} 1
gauge node_disk_io_now{device="nvme0n1"} 1
gauge node_disk_info{device="nvme0n1",model="Samsung SSD 980 PRO 1TB",serial="S5GXNX0T123456A",wwn="0x5002538f42a1b2c3"} 1
gauge node_dmi_info{product_uuid="123e4567-e89b-12d3-a456-426614174000",bios_date="01/02/2024"} 1
gauge node_entropy_available_bits 256
gauge node_filesystem_avail_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1.7e9
gauge node_filesystem_files_free{device="tmpfs",fstype="tmpfs",mountpoint="/run/user/1000"} 1
gauge node_filesystem_device_error{device="/dev/sda1",fstype="ext4",mountpoint="/"} 0
gauge node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 40
counter node_interrupts_total{cpu="0",devices="",info="Deferred Error APIC interrupts",type="DFR"} 1
gauge node_load1 1
gauge node_memory_MemTotal_bytes 1.7e9
gauge node_memory_Active_anon_bytes 1.7e9
untyped node_netstat_Icmp6_InErrors 1
untyped node_netstat_TcpExt_TCPSynRetrans 1
gauge node_network_info{address="aa:bb:cc:dd:ee:ff",device="eth0",operstate="up"} 1
gauge node_network_mtu_bytes{device="veth1a2b3c4"} 1500
counter node_network_receive_bytes_total{device="eth0"} 5
gauge node_nf_conntrack_entries_limit 262144
counter node_nfsd_disk_bytes_read_total 1
counter node_pressure_cpu_waiting_seconds_total 1
gauge node_procs_running 1
counter node_schedstat_timeslices_total{cpu="0"} 1
gauge node_scrape_collector_duration_seconds{collector="arp"} 1
gauge node_scrape_collector_success{collector="arp"} 1
gauge node_sockstat_FRAG_inuse 1
counter node_softnet_times_squeezed_total{cpu="0"} 1
gauge node_systemd_unit_state{name="user@1000.service",state="active",type="simple"} 1
gauge node_textfile_mtime_seconds{file="/var/lib/node_exporter/backup.prom"} 1.7e9
gauge node_time_seconds 1.7e9
gauge node_time_zone_offset_seconds{time_zone="UTC"} 0
gauge node_timex_frequency_adjustment_ratio 1
gauge node_timex_pps_jitter_seconds 0
gauge node_udp_queues{ip="v4",queue="rx"} 0
gauge node_uname_info{domainname="(none)",machine="x86_64",nodename="web-5d4f8c7b9-x2k4q",release="6.1.0-18-amd64",version="#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)"} 1
untyped node_vmstat_pgpgin 1
gauge node_xfs_extent_allocation_blocks_allocated 1
`

// Each rule has its id in Rules, and a value that is enough to report a label is
// named by its rule, alone too.
func TestRulesAndEndless(t *testing.T) {
	ids := Rules()
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("want each once, sorted: %q", ids)
	}
	for _, id := range []string{"label-uuid", "label-cardinality", "label-reserved", "name-unit", "buckets-differ"} {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is missing in %q", id, ids)
		}
	}
	for _, c := range []struct{ label, value, want string }{
		{"a", "123e4567-e89b-12d3-a456-426614174000", "label-uuid"},
		{"pod", "agent-x2k4q", "label-pod"},
		{"a", "web-5d4f8c7b9-x2k4q", "label-pod"},
		{"a", "5f2b9c1e", ""}, // alone it may be a word
		{"a", "db-primary-0", ""},
		{"a", "", ""},
	} {
		if got := Endless(c.label, c.value); got != c.want {
			t.Errorf("%s=%q: got %q, want %q", c.label, c.value, got, c.want)
		}
	}
}
