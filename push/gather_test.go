package push

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/headgate/headgate/push/labels"
)

// broken is a collector that fails.
type broken struct{ prometheus.Collector }

var errBroken = errors.New("no such file")

func (broken) Describe(c chan<- *prometheus.Desc) {
	c <- prometheus.NewDesc("broken", "Fails.", nil, nil)
}

func (broken) Collect(c chan<- prometheus.Metric) {
	c <- prometheus.NewInvalidMetric(prometheus.NewDesc("broken", "Fails.", nil, nil), errBroken)
}

// A collector that fails costs its own metrics; the error is returned all the same.
func TestBrokenCollectorCostsItsOwnMetrics(t *testing.T) {
	var f fake
	p, c := counterPusher(&f)
	c.Add(3)
	err := p.Collector(broken{}).Push()
	wantErr(t, err, errBroken.Error())
	wantSums(t, &f, map[string]float64{"rows_total": 3})
}

// When all collectors fail the group stays as it is: a push of nothing would wipe it.
func TestAllCollectorsBroken(t *testing.T) {
	var f fake
	p := New("", "backup", WithTransport(&f), silent()).Collector(broken{})
	wantErr(t, p.Push(), errBroken.Error())
	wantErr(t, p.Flush(t.Context()), errBroken.Error())
	noErr(t, p.Close(t.Context()))
	if n := len(f.all()); n != 0 {
		t.Errorf("%d pushes, want none", n)
	}
}

// With WithStrict nothing is pushed then, as client_golang does.
func TestStrict(t *testing.T) {
	var f fake
	p, _ := counterPusher(&f, WithStrict())
	wantErr(t, p.Collector(broken{}).Push(), errBroken.Error())
	if n := len(f.all()); n != 0 {
		t.Errorf("%d pushes, want none", n)
	}
}

// A metric that has a label of the grouping key isn't pushed; the error names both.
func TestCollisions(t *testing.T) {
	var f fake
	labelled := func(name string) prometheus.Collector {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "up", ConstLabels: prometheus.Labels{name: "x"}})
	}
	p := New("", "backup", WithTransport(&f), silent()).Grouping("zone", "a").Collector(labelled("zone"))
	wantErr(t, p.Push(), "pushed metric up", "already contains grouping label zone")
	q := New("", "backup", WithTransport(&f), silent()).Collector(labelled("job"))
	wantErr(t, q.Push(), "pushed metric up", "already contains a job label")
	r := New("", "backup", WithTransport(&f), silent()).Grouping("zone", "a")
	r.Recorder().Counter("rows_total", "Rows.", "zone").Inc("b")
	wantErr(t, r.Flush(t.Context()), "rows_total", "zone")
	if n := len(f.all()); n != 0 {
		t.Errorf("%d pushes, want none", n)
	}
}

// A label that the policy makes the same as one of the grouping key says nothing new
// and is left out, of what is gathered and what is recorded alike; series that
// become equal by it are merged.
func TestPolicyLabelsThatTheGroupHas(t *testing.T) {
	policy := mustPolicy(t, labels.Rename("service", "job"), labels.Alias("zone", map[string]string{"a-1": "a"}))
	for name, opts := range map[string][]Option{"totals": {WithTotals()}, "increments": nil} {
		t.Run(name, func(t *testing.T) {
			var f fake
			p := New("", "web", append(opts, WithTransport(&f), WithPolicy(policy), silent())...)
			c := p.Recorder().Counter("recorded_total", "Recorded.", "service", "zone", "code")
			p.Grouping("zone", "a")
			c.Inc("web", "a-1", "200")
			c.Inc("", "", "200")
			noErr(t, p.Recorder().Record(Metric{Name: "recorded_total", Value: 1, Labels: []Label{
				{Name: "service", Value: "web"}, {Name: "zone", Value: "a"}, {Name: "code", Value: "404"},
			}}))
			want := map[string]float64{"recorded_total,200": 2, "recorded_total,404": 1}
			if name == "totals" {
				v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gathered_total"}, []string{"service", "zone", "code"})
				v.WithLabelValues("web", "a-1", "200").Inc()
				v.WithLabelValues("web", "", "200").Inc()
				v.WithLabelValues("", "", "404").Inc()
				p.Collector(v)
				want["gathered_total,200"], want["gathered_total,404"] = 2, 1
			}
			noErr(t, p.Push())
			wantSums(t, &f, want)
		})
	}
}

// Where the policy leaves another value than the group has, nothing of it is pushed,
// and the error names metric, label and both values.
func TestPolicyLabelsThatTheGroupContradicts(t *testing.T) {
	policy := mustPolicy(t, labels.Rename("service", "job"))
	var f fake
	want := `label "job": it is "shop" after the label policy, but "web" in the grouping key: want the same value, or another name`
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "up"}, []string{"service"})
	v.WithLabelValues("shop").Set(1)
	p := New("", "web", WithTransport(&f), WithPolicy(policy), silent()).Collector(v)
	if err := p.Push(); err == nil || err.Error() != `metric "up": `+want {
		t.Errorf("got  %v\nwant metric \"up\": %s", err, want)
	}

	q := New("", "web", WithTransport(&f), WithPolicy(policy), silent())
	m := Metric{Name: "up", Labels: []Label{{Name: "service", Value: "shop"}}}
	if err := q.Recorder().Record(m); err == nil || err.Error() != `metric "up": `+want || !errors.Is(err, ErrInvalidMetric) {
		t.Errorf("got  %v\nwant metric \"up\": %s", err, want)
	}
	if n := len(f.all()); n != 0 {
		t.Errorf("%d pushes, want none", n)
	}
}

// What was recorded with a label that becomes a grouping label later is told of
// before anything is pushed.
func TestGroupingAfterSamples(t *testing.T) {
	var f fake
	zone := []Label{{Name: "zone", Value: "a"}}
	for want, opts := range map[string][]Option{
		"is a grouping label": nil,
		"call Grouping first": {WithPolicy(mustPolicy(t, labels.Rename("service", "job")))},
	} {
		p := New("", "web", append(opts, WithTransport(&f), silent())...)
		noErr(t, p.Recorder().Record(Metric{Name: "early", Labels: zone}))
		wantErr(t, p.Grouping("zone", "a").Push(), "early", `"zone"`, want)
	}
}

// Increments and gathered metrics can't share a group; the error says what to do.
func TestIncrementsDoNotMixWithGathered(t *testing.T) {
	var f fake
	p, _ := counterPusher(&f)
	p.Recorder().Counter("more_total", "More.").Inc()
	wantErr(t, p.Start(t.Context()), "WithTotals")
	wantErr(t, p.Push(), "WithTotals")
}

// A Recorder that comes after Start is no way around that.
func TestLateRecorderDoesNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, _ := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		p.Recorder().Counter("more_total", "More.").Inc()
		wantErr(t, p.Error(), "WithTotals")
		wantErr(t, p.Close(t.Context()), "WithTotals")
		for _, s := range f.all() {
			if s.mode != Replace {
				t.Errorf("arrived:\n%swant only what was gathered", describeAll(f.all()))
			}
		}
	})
}

// A counter that is asked for after Close doesn't take what nobody will send.
func TestCounterAfterClose(t *testing.T) {
	var f fake
	p, _ := recordedPusher(&f)
	r := p.Recorder()
	noErr(t, p.Close(t.Context()))
	r.Counter("late_total", "Late.").Inc()
	if st := r.stats(); st.recorded != 0 || st.refused["closed"] != 1 {
		t.Errorf("stats %+v, want one sample refused", st)
	}
}

// A grouping label is the Pusher's for a Recorder that was there before it, too.
func TestGroupingAfterRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p := New("", "backup", WithTransport(&f), silent())
		r := p.Recorder()
		noErr(t, p.Grouping("zone", "a").Start(t.Context()))
		wantErr(t, r.Record(Metric{Name: "rows", Value: 1, Labels: []Label{{Name: "zone", Value: "b"}}}), "rows", "zone")
		noErr(t, p.Close(t.Context()))
	})
}

// With WithTotals both go together, as running totals.
func TestTotalsMixWithGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, c := counterPusher(&f, WithTotals(), WithInterval(time.Second))
		more := p.Recorder().Counter("more_total", "More.")
		noErr(t, p.Start(t.Context()))
		for range 5 {
			c.Inc()
			more.Add(2)
			time.Sleep(time.Second)
		}
		noErr(t, p.Close(t.Context()))
		sent := f.all()
		last := sent[len(sent)-1]
		if last.mode != Replace || last.values["rows_total"] != 5 || last.values["more_total"] != 10 {
			t.Errorf("the last push was:\n%s", describeAll(sent[len(sent)-1:]))
		}
	})
}

// What is wrong with an argument is said by Error at once, quoting it, and by the
// first call.
func TestInvalidArguments(t *testing.T) {
	for name, c := range map[string]struct {
		p    *Pusher
		want []string
	}{
		"job":       {New("http://localhost", ""), []string{"job name is empty"}},
		"url":       {New("ftp://localhost", "j"), []string{"ftp"}},
		"host":      {New("http://", "j"), []string{"host"}},
		"grouping":  {New("http://localhost", "j").Grouping("a\x80", "b"), []string{"grouping label", "a\x80"}},
		"job bytes": {New("http://localhost", "j\x80"), []string{`job name "j\x80"`, "UTF-8"}},
		"reserved":  {New("http://localhost", "j").Grouping("__zone", "b"), []string{`grouping label "__zone"`, "begin with"}},
		"value":     {New("http://localhost", "j").Grouping("zone", "b\x80"), []string{`grouping label zone "b\x80"`, "UTF-8"}},
		"keep":      {New("http://localhost", "j", WithKeepUntilScraped(), WithDeleteOnClose()), []string{"exclude"}},
		"interval":  {New("http://localhost", "j", WithInterval(-time.Second)), []string{"interval", "-1s"}},
		"too short": {New("http://localhost", "j", WithInterval(time.Microsecond)), []string{"interval", "1µs"}},
		"outside":   {New("http://localhost", "j", WithInterval(time.Hour), WithAdaptiveInterval(time.Second, time.Minute, nil)), []string{"interval", "1h0m0s"}},
		"two wrong": {New("http://localhost", "j", WithTimeout(0), WithMaxSeries(-5)), []string{"timeout 0s", "-5 series"}},
		"target":    {New("http://localhost", "j", WithTarget("a/b", &fake{})), []string{`"a/b"`}},
		"same name": {New("http://localhost", "j", WithTarget("a", &fake{}), WithTarget("a", &fake{})), []string{`"a"`, "already"}},
		"ttl":       {New("http://localhost", "j", WithTTL(-1)), []string{"ttl"}},
		"samples":   {New("http://localhost", "j", WithSamples()), []string{"WithSamples", "no timestamps"}},
		"format":    {New("http://localhost", "j").Format("nonsense"), []string{`"nonsense"`}},
		"delete":    {New("", "j", WithTransport(&JSON{}), WithDeleteOnClose()), []string{"WithDeleteOnClose", "gateway", "delete"}},
		"modes":     {New("http://localhost", "j", WithTotals(), WithSamples()), []string{"exclude"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantErr(t, c.p.Error(), c.want...)
			wantErr(t, c.p.Start(t.Context()), c.want...)
			wantErr(t, c.p.Push(), c.want...)
			wantErr(t, c.p.Flush(t.Context()), c.want...)
		})
	}
}

// The Pusher's own metrics keep the conventions, and tell what happened.
func TestOwnMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f, WithInterval(time.Second))
		noErr(t, p.Start(t.Context()))
		time.Sleep(time.Minute)
		problems, err := testutil.CollectAndLint(p)
		noErr(t, err)
		for _, l := range problems {
			t.Errorf("%s: %s", l.Metric, l.Text)
		}
		reg := prometheus.NewPedanticRegistry()
		noErr(t, reg.Register(p))
		families, err := reg.Gather()
		noErr(t, err)
		var names []string
		for _, mf := range families {
			names = append(names, mf.GetName())
		}
		for _, want := range []string{
			"headgate_client_batches_total", "headgate_client_attempts_total", "headgate_client_circuit_open",
			"headgate_client_waiting_batches", "headgate_client_interval_seconds",
		} {
			if !slices.Contains(names, want) {
				t.Errorf("no %s in %v", want, names)
			}
		}
		f.set(nil)
		noErr(t, p.Close(t.Context()))
	})
}
