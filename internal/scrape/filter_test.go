package scrape

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

// A parameter that can't be understood is refused with a message that quotes it.
func TestBadFilter(t *testing.T) {
	h := newHandler(fill())
	for _, query := range []string{
		"match[]={", "match[]=", "match[]=a[5m]", `match[]={a=~"("}`,
		"shard=", "shard=0/2", "shard=3/2", "shard=1/0", "shard=1/9999", "shard=1", "shard=a/b", "shard=1/2/3", "shard=-1/2",
		"shard=1/2&shard=2/2",
	} {
		resp, body := scrape(t, h, "GET", query, nil)
		_, value, _ := strings.Cut(query, "=")
		if resp.StatusCode != 400 || !strings.Contains(body, fmt.Sprintf("%q", value)) && !strings.Contains(query, "&") {
			t.Errorf("%s: %d %q", query, resp.StatusCode, body)
		}
	}
}

// match[] selects metrics, whole, by the labels and names that the scraper sees.
func TestMatch(t *testing.T) {
	h := newHandler(fill())
	for _, test := range []struct {
		selectors []string
		utf8      bool
		want      string // families and how many metrics each
	}{
		{[]string{`{job="j07"}`}, false, "batch_records 1, runs_total 1, spring_beans 1, step_seconds 1, wait_seconds 1"},
		{[]string{`{job="j07"}`, `{job="j08"}`}, false, "batch_records 2, runs_total 2, spring_beans 2, step_seconds 2, wait_seconds 2"},
		{[]string{`{job="j07"}`, `{job=~"j0.",__name__="runs_total"}`}, false, "batch_records 1, runs_total 10, spring_beans 1, step_seconds 1, wait_seconds 1"},
		{[]string{`{job=~"j0.",job!="j07",__name__=~"runs.*"}`}, false, "runs_total 9"},
		{[]string{`{job=""}`}, false, "headgate_up 1"},
		{[]string{`{instance="",job="j39"}`}, false, "batch_records 1, runs_total 1, spring_beans 1, step_seconds 1, wait_seconds 1"},
		{[]string{`{instance!="",job="j39"}`}, false, ""},
		{[]string{`step_seconds`}, false, "step_seconds 40"},
		{[]string{`step_seconds_bucket{job="j01"}`}, false, "step_seconds 1"},
		{[]string{`step_seconds_bucket{le="2"}`}, false, "step_seconds 40"},
		{[]string{`step_seconds_bucket{le="2.0"}`}, false, "step_seconds 40"},
		{[]string{`step_seconds_bucket{le="3"}`}, false, ""},
		{[]string{`step_seconds_sum{le="2"}`}, false, ""},
		{[]string{`{le="+Inf"}`}, false, "step_seconds 40"},
		{[]string{`wait_seconds{quantile="0.9"}`}, false, "wait_seconds 40"},
		{[]string{`wait_seconds_count`}, false, "wait_seconds 40"},
		{[]string{`wait_seconds_bucket`}, false, ""},
		{[]string{`{"spring.beans"}`}, true, "spring.beans 40"},
		{[]string{`{"spring.beans"}`}, false, ""},
		{[]string{`spring_beans`}, false, "spring_beans 40"},
		{[]string{`spring_beans`}, true, ""},
		{[]string{`{bean_name=~"b+",job="j00"}`}, false, "spring_beans 1"},
		{[]string{`{"bean.name"=~"b+",job="j00"}`}, true, "spring.beans 1"},
		{[]string{`{nowhere="x"}`}, false, ""},
	} {
		query := url.Values{"match[]": test.selectors}.Encode()
		for _, accept := range accepts() {
			if strings.Contains(accept, "utf-8") != test.utf8 {
				continue
			}
			for _, encoding := range []string{"", "gzip"} {
				resp, body := scrape(t, h, "GET", query, map[string]string{"Accept": accept, "Accept-Encoding": encoding})
				var got []string
				for _, f := range decode(t, resp.Header, body) {
					got = append(got, fmt.Sprintf("%s %d", f.GetName(), len(f.Metric)))
				}
				if got := strings.Join(got, ", "); got != test.want {
					t.Errorf("%q %q: got %s, want %s", test.selectors, accept, got, test.want)
				}
			}
		}
	}
}

// The shards of every n are the whole without overlap, and no group is divided.
func TestShards(t *testing.T) {
	h := newHandler(fill())
	for _, accept := range accepts() {
		header := map[string]string{"Accept": accept}
		_, whole := scrape(t, h, "GET", "", header)
		for _, n := range []int{1, 2, 3, 8, 100} {
			owner := map[string]int{}
			size, samples := 0, 0
			for i := 1; i <= n; i++ {
				resp, body := scrape(t, h, "GET", fmt.Sprintf("shard=%d/%d", i, n), header)
				size += len(body)
				for _, f := range decode(t, resp.Header, body) {
					samples += len(f.Metric)
					for _, m := range f.Metric {
						job := jobOf(m)
						if other, seen := owner[job]; seen && other != i {
							t.Fatalf("n=%d: job %q is in shards %d and %d", n, job, other, i)
						}
						owner[job] = i
					}
				}
			}
			if samples != 5*40+1 || owner[""] != 1 {
				t.Errorf("%q n=%d: %d metrics of %d groups; shard %d has the gateway's own", accept, n, samples, len(owner), owner[""])
			}
			if n == 1 && size != len(whole) {
				t.Errorf("%q: shard=1/1 has %d bytes, all is %d", accept, size, len(whole))
			}
		}
	}
}

func jobOf(m *dto.Metric) string {
	for _, l := range m.Label {
		if l.GetName() == "job" {
			return l.GetValue()
		}
	}
	return ""
}

// A selection by both parameters is what both select.
func TestMatchAndShard(t *testing.T) {
	h := newHandler(fill())
	total := 0
	for i := 1; i <= 4; i++ {
		resp, body := scrape(t, h, "GET", fmt.Sprintf("shard=%d/4&match[]=runs_total", i), map[string]string{"Accept": acceptText})
		for _, f := range decode(t, resp.Header, body) {
			if f.GetName() != "runs_total" {
				t.Errorf("shard %d has %s", i, f.GetName())
			}
			total += len(f.Metric)
		}
	}
	if total != 40 {
		t.Errorf("%d metrics, want 40", total)
	}
}

// Whatever the parameters say, they are refused or can be applied.
func FuzzFilter(f *testing.F) {
	f.Add(`{job="j07"}`, "2/8")
	f.Add(`step_seconds_bucket{le=~"2.*"}`, "1/1")
	f.Add(`{"spring.beans","bean.name"!=""}`, "")
	v := fill().View()
	f.Fuzz(func(t *testing.T, selector, shard string) {
		filter, err := parseFilter(url.Values{"match[]": {selector}, "shard": {shard}})
		if err != nil {
			return
		}
		var out strings.Builder
		if err := v.writeSelection(&out, key{escaping: escapeNothing}, filter); err != nil || int64(out.Len()) > v.size {
			t.Errorf("%d bytes, %v", out.Len(), err)
		}
	})
}
