package labels

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Everything that a policy takes away is counted by its reason.
func TestLossesAreCounted(t *testing.T) {
	networks := map[string]string{"10.0.0.0/8": "in"}
	for _, c := range []struct {
		reason, in string
		rules      []Rule
	}{
		{"dropped", `c{a="1"} 1`, []Rule{Drop("a")}},
		{"not_allowed", `c{a="1"} 1`, []Rule{Allow("a", "2")}},
		{"unknown_region", `c{a="192.0.2.1"} 1`, []Rule{Region("a", "b", networks)}},
		{"truncated", `c{a="123"} 1`, []Rule{MaxValueLength(2)}},
		{"name_collision", `c{a="1",b="2"} 1`, []Rule{Rename("a", "b")}},
		{"name_collision", `c{a="2",b="1"} 1`, []Rule{Rename("b", "a")}},
		{"merged", "c{a=\"1\"} 1\nc{a=\"2\"} 1", []Rule{Alias("a", map[string]string{"1": "2"})}},
		{"overflow", "c{a=\"1\"} 1\nc{a=\"2\"} 1", []Rule{Cap(1)}},
	} {
		p := make1(t, c.rules...)
		text(t, p.Gatherer(read(t, c.in)))
		want := fmt.Sprintf("headgate_client_label_losses_total{reason=%q} 1", c.reason)
		if got := counted(t, p); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.in, got, want)
		}
	}
}

// What merging loses of a type's detail is counted once for the series.
func TestMergeLossesAreCounted(t *testing.T) {
	p := make1(t, Drop("a"))
	text(t, p.Gatherer(read(t, "# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 1\nh_count{a=\"1\"} 1\nh_sum{a=\"1\"} 1\nh_bucket{a=\"2\",le=\"2\"} 1\nh_count{a=\"2\"} 1\nh_sum{a=\"2\"} 1\n"+
		"# TYPE s summary\ns{a=\"1\",quantile=\"0.5\"} 1\ns_sum{a=\"1\"} 1\ns_count{a=\"1\"} 1\ns{a=\"2\",quantile=\"0.5\"} 1\ns_sum{a=\"2\"} 1\ns_count{a=\"2\"} 1")))
	for _, want := range []string{`{reason="quantiles"} 1`, `{reason="buckets"} 1`, `{reason="merged"} 2`, `{reason="dropped"} 4`} {
		if got := counted(t, p); !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwithout %s", got, want)
		}
	}
}

// counted returns the policy's own metrics that aren't 0.
func counted(t *testing.T, p *Policy) string {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(p)
	var lines []string
	for l := range strings.Lines(text(t, reg)) {
		if l = strings.TrimSpace(l); !strings.HasSuffix(l, " 0") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// What is dropped to a log is named there, once a second; what else is lost, once in
// ten seconds for each reason. The lines say how many were withheld.
func TestLogIsRateLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return a
		}}))
		p := make1(t, Drop("user").ToLog(log), Allow("method", "GET"), Log(log))
		for i := range 15 {
			for j := range 3 {
				p.Apply("m", []Label{{"user", fmt.Sprintf("%d-%d", i, j)}, {"method", "PUT"}}, nil)
			}
			time.Sleep(time.Second)
		}
		dropped, other := `msg="label dropped" `, `msg="label policy: label not exposed as it is" `
		want := []string{
			dropped + `metric=m label=user value=0-0 withheld=0`,
			other + `metric=m reason=not_allowed label=method value=PUT withheld=0`,
			dropped + `metric=m label=user value=1-0 withheld=2`,
			other + `metric=m reason=not_allowed label=method value=PUT withheld=29`,
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("got\n%s\nwithout %s", b.String(), w)
			}
		}
		if n := strings.Count(b.String(), dropped); n != 15 {
			t.Errorf("%d lines on what was dropped, want 15", n)
		}
		if n := strings.Count(b.String(), other); n != 2 {
			t.Errorf("%d lines on what wasn't allowed, want 2", n)
		}
	})
}
