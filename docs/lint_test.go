package docs

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/lint/file"
)

// pushed are pushes, by the rule that finds something in the last of them.
var pushed = map[string][]pushedBody{
	"body-instance":        {{key: "job=backup", body: `rows{instance="db1"} 17`}},
	"body-job":             {{key: "job=backup", body: "rows 17", bodyJob: "nightly"}},
	"buckets-change":       {{key: "job=backup", body: histogram("1", "5")}, {key: "job=backup", body: histogram("1", "10")}},
	"buckets-differ":       {{key: "job=backup", body: histogram("1", "5") + strings.TrimPrefix(strings.ReplaceAll(histogram("1", "10"), `"orders"`, `"users"`), histogramType)}},
	"instance-missing":     bySeveral(),
	"key-names-change":     {{key: "job=backup instance=db1", body: "rows 17"}, {key: "job=backup instance=db1 pod=b", body: "rows 17"}},
	"key-value-new":        runs(),
	"key-value-random":     {{key: "job=backup instance=backup-7d9f8b6c5-x2x7k", body: "rows 17"}},
	"label-cardinality":    {{key: "job=shop", body: many()}},
	"label-email":          {{key: "job=shop", body: `orders{by="anna@example.org"} 1`}},
	"label-hash":           {{key: "job=shop", body: `orders{object="d41d8cd98f00b204e9800998ecf8427e"} 1`}},
	"label-identifier":     {{key: "job=shop", body: `orders{user_id="17"} 1`}},
	"label-ip":             {{key: "job=shop", body: `orders{client="192.0.2.7"} 1`}},
	"label-number":         {{key: "job=shop", body: `orders{order="982347234"} 1`}},
	"label-path":           {{key: "job=shop", body: `orders{path="/users/123456"} 1`}},
	"label-pod":            {{key: "job=shop", body: `orders{from="web-5d4f8c7b9-x2k4q"} 1`}},
	"label-reserved":       {{key: "job=shop", body: "# TYPE orders gauge\norders{quantile=\"upper\"} 1"}},
	"label-text":           {{key: "job=shop", body: `failures{error="could not connect to db1"} 1`}},
	"label-timestamp":      {{key: "job=shop", body: `orders{day="2024-05-01T10:00:00Z"} 1`}},
	"label-token":          {{key: "job=shop", body: `orders{session="eyJhbGciOiJIUzI1NiJ9_x-Y"} 1`}},
	"label-uuid":           {{key: "job=shop", body: `orders{id="123e4567-e89b-12d3-a456-426614174000"} 1`}},
	"name-case":            {{key: "job=shop", body: "openOrders 1"}},
	"name-colon":           {{key: "job=shop", body: "shop:orders 1"}},
	"name-counter-total":   {{key: "job=shop", body: "# TYPE orders counter\norders 1"}},
	"name-label":           {{key: "job=shop", body: `orders_by_region{region="eu"} 1`}},
	"name-reserved-suffix": {{key: "job=shop", body: "# TYPE orders_count gauge\norders_count 1"}},
	"name-timestamp":       {{key: "job=backup", body: "last_success 1.7e9"}},
	"name-total":           {{key: "job=shop", body: "# TYPE orders_total gauge\norders_total 1"}},
	"name-type":            {{key: "job=shop", body: "# TYPE orders_gauge gauge\norders_gauge 1"}},
	"name-unit":            {{key: "job=shop", body: "latency_ms 17"}},
	"name-unit-place":      {{key: "job=shop", body: "# TYPE heap_bytes_used gauge\nheap_bytes_used 17"}},
	"push-frequent":        often(),
}

// files are files, by the rule that finds something in them.
var files = map[string]string{
	"help-missing":         "# TYPE rows_total counter\nrows_total 1\n",
	"invalid":              "rows{table=orders} 1\n",
	"query-drops-instance": "groups:\n- rules:\n  - alert: Slow\n    expr: avg by (job) (latency_seconds) > 1\n",
	"query-drops-job":      "groups:\n- rules:\n  - alert: Errors\n    expr: sum by (code) (rate(errors_total[5m])) > 1\n",
	"sample-timestamp":     "rows 1 1700000000000\n",
}

type pushedBody struct {
	key, body, bodyJob, from string
	after                    time.Duration // the push before
}

const histogramType = "# TYPE orders_seconds histogram\n"

func histogram(le ...string) string {
	text := histogramType
	for _, bound := range append(le, "+Inf") {
		text += fmt.Sprintf("orders_seconds_bucket{kind=\"orders\",le=%q} 1\n", bound)
	}
	return text + "orders_seconds_sum{kind=\"orders\"} 1\norders_seconds_count{kind=\"orders\"} 1\n"
}

func many() (text string) {
	for i := range 101 {
		text += fmt.Sprintf("orders{article=\"a%d\"} 1\n", i)
	}
	return text
}

func bySeveral() (all []pushedBody) {
	for i := range 8 {
		all = append(all, pushedBody{key: "job=backup", body: "rows 17", from: fmt.Sprintf("192.0.2.%d", i%2)})
	}
	return all
}

func runs() (all []pushedBody) {
	for i := range 10 {
		all = append(all, pushedBody{key: fmt.Sprintf("job=backup run=r%d", i), body: "rows 17"})
	}
	return all
}

func often() (all []pushedBody) {
	for range 800 {
		all = append(all, pushedBody{key: "job=shop", body: "orders 17", after: 5 * time.Second})
	}
	return all
}

// said returns what the gateway says of a rule.
func said(t *testing.T, rule string, pushes []pushedBody) string {
	t.Helper()
	l := lint.New(lint.Options{})
	text := ""
	now := time.Unix(1_700_000_000, 0)
	for _, b := range pushes {
		now = now.Add(b.after + time.Millisecond)
		p := &lint.Push{KeyText: b.key, Time: now, BodyJob: b.bodyJob, From: b.from}
		for _, pair := range strings.Fields(b.key) {
			name, value, _ := strings.Cut(pair, "=")
			p.Key = append(p.Key, expo.Label{Name: name, Value: value})
		}
		slices.SortFunc(p.Key, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
		families, err := new(expo.Parser).Text([]byte(b.body))
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		for i := range families {
			p.Families = append(p.Families, &families[i])
		}
		text = ""
		for _, f := range l.Push(p) {
			if f.Rule == rule {
				text = lint.Header(f)
			}
		}
	}
	return text
}

func foundIn(t *testing.T, rule, text string) string {
	t.Helper()
	found, err := file.Check("x", []byte(text), file.Options{})
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	for _, f := range found {
		if f.Rule != rule {
			continue
		}
		text := fmt.Sprintf("%s: %s", f.Rule, f.Text())
		if f.Suggestion != "" {
			text += "; " + f.Suggestion
		}
		return text
	}
	return ""
}

// docs/lint.md has a row for each rule that there is and no other, and shows what is said
// of it in the words that are said.
func TestLintRules(t *testing.T) {
	text, err := os.ReadFile("lint.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := append(lint.Rules(), file.Rules()...)
	slices.Sort(rules)
	rules = slices.Compact(rules)
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, m[1])
	}
	slices.Sort(rows)
	if !slices.Equal(rows, rules) {
		t.Errorf("lint.md has rows for\n%q\nand there are the rules\n%q", rows, rules)
	}
	for _, rule := range rules {
		want := ""
		if pushes, ok := pushed[rule]; ok {
			want = said(t, rule, pushes)
		} else {
			want = foundIn(t, rule, files[rule])
		}
		if want == "" {
			t.Errorf("%s: nothing is found by it in this test's example", rule)
		} else if !strings.Contains(string(text), "\n"+want+"\n") {
			t.Errorf("lint.md lacks the line\n%s", want)
		}
	}
}
