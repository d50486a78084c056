package push

import (
	"fmt"
	"testing"

	"github.com/headgate/headgate/push/labels"
)

func mustPolicy(t *testing.T, rules ...labels.Rule) *labels.Policy {
	t.Helper()
	p, err := labels.New(rules...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The policy shapes each series, and sets that it makes the same are one series,
// also far beyond the label sets that are remembered.
func TestPolicyShapesSeries(t *testing.T) {
	policy := mustPolicy(t, labels.Drop("user"), labels.Rename("verb", "method"))
	r := newRecorder(recorderConfig{policy: policy, maxSeries: 10})
	c := r.Counter("requests_total", "", "verb", "user")
	for i := range 100 {
		user := fmt.Sprint("user ", i)
		c.Inc("GET", user)
		c.Inc("GET", user)
		mustRecord(t, r, Metric{Name: "queue", Value: float64(i), Labels: []Label{{Name: "user", Value: user}}})
	}
	want := "# TYPE queue gauge\nqueue 99\n# TYPE requests_total counter\nrequests_total{method=\"GET\"} 200\n"
	wantDrain(t, r, 2, want)
	if most := mostSpellings * 10; r.entries > most {
		t.Errorf("%d label sets are remembered, more than %d", r.entries, most)
	}
	c.Inc("GET", "user 99")
	if r.known.findMetric("queue", nil) != nil || c.family.known.findValues([]string{"GET", "user 99"}) == nil {
		t.Error("a drain doesn't make room for the label sets of today")
	}
}

// What is beyond a cap, or beyond all room where there is a cap, goes to one series.
func TestPolicyCapsSeries(t *testing.T) {
	for _, maxSeries := range []int{100, 2} {
		r := newRecorder(recorderConfig{policy: mustPolicy(t, labels.Cap(2)), maxSeries: maxSeries})
		c := r.Counter("requests_total", "", "user")
		for range 2 {
			for i := range 5 {
				c.Inc(fmt.Sprint(i))
			}
		}
		wantDrain(t, r, 3, `# TYPE requests_total counter
requests_total{user="0"} 2
requests_total{user="1"} 2
requests_total{user="overflow"} 6
`)
		c.Inc("0")
		c.Inc("7")
		wantDrain(t, r, 2, "# TYPE requests_total counter\nrequests_total{user=\"0\"} 1\nrequests_total{user=\"overflow\"} 1\n")
	}
}

// A policy may rename a label into one that is reserved; its series say so.
func TestPolicyCannotMakeReservedLabels(t *testing.T) {
	r := newRecorder(recorderConfig{policy: mustPolicy(t, labels.Rename("service", "job"))})
	r.Counter("c_total", "", "service").Inc("x")
	if st := r.stats(); st.refused["reserved"] != 1 || st.series != 0 {
		t.Errorf("stats are %+v", st)
	}
}
