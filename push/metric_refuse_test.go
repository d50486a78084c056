package push

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// Each refusal quotes what is wrong and says what would be right, is counted
// under its reason, and leaves nothing behind.
func TestRecordRefuses(t *testing.T) {
	label := func(name, value string) []Label { return []Label{{Name: name, Value: value}} }
	for _, c := range []struct {
		m      Metric
		reason string
		want   string
	}{
		{Metric{Name: ""}, "name", `metric "": want a name that matches [a-zA-Z_:][a-zA-Z0-9_:]*`},
		{Metric{Name: "push_time_seconds"}, "name", `metric "push_time_seconds": want another name, as the gateway shows a metric of its own by this one`},
		{Metric{Name: "a-b"}, "name", `metric "a-b": want a name that matches [a-zA-Z_:][a-zA-Z0-9_:]*`},
		{Metric{Name: "m", Labels: label("a-b", "1")}, "label", `metric "m": label "a-b": want [a-zA-Z_][a-zA-Z0-9_]*`},
		{Metric{Name: "m", Labels: label("", "1")}, "label", `metric "m": label "": want [a-zA-Z_][a-zA-Z0-9_]*`},
		{Metric{Name: "m", Labels: label("a", "\xff")}, "label", `metric "m": value of label "a" "\xff": want valid UTF-8`},
		{Metric{Name: "m", Labels: label("a", strings.Repeat("x", 5000))}, "label", `metric "m": value of label "a" "` + strings.Repeat("x", 32) + `…": want at most 4096 bytes`},
		{Metric{Name: "m", Labels: append(label("a", "1"), label("a", "2")...)}, "label", `metric "m": label "a": want each label once`},
		{Metric{Name: "m", Labels: label("__name__", "1")}, "reserved", `metric "m": label "__name__": names that begin with "__" are Prometheus's own`},
		{Metric{Name: "m", Labels: label("job", "1")}, "reserved", `metric "m": label "job": job belongs to the grouping key`},
		{Metric{Name: "m", Labels: label("instance", "1")}, "reserved", `metric "m": label "instance": part of the grouping key`},
		{Metric{Name: "h", Labels: label("le", "1")}, "reserved", `metric "h": label "le": le belongs to the buckets of a histogram`},
		{Metric{Name: "c_total", Value: -1, Labels: label("a", "1")}, "value", `metric "c_total": value "-1": want a finite number of at least 0`},
		{Metric{Name: "c_total", Value: math.NaN(), Labels: label("a", "not seen before")}, "value", `metric "c_total": value "NaN": want a finite number of at least 0`},
		{Metric{Name: "c_total", Value: math.Inf(1), Labels: label("a", "1")}, "value", `metric "c_total": value "+Inf": want a finite number of at least 0`},
		{Metric{Name: "c_total", Value: 1}, "label", `metric "c_total": labels "": want those of its handle, ["a"]`},
		{Metric{Name: "c_total", Value: 1, Labels: label("b", "1")}, "label", `metric "c_total": labels "b": want those of its handle, ["a"]`},
		{Metric{Name: "g_seconds_sum", Value: 1}, "conflict", `metric "g_seconds_sum": is part of the histogram "g_seconds", asked for as a gauge: want one declaration for a name`},
	} {
		var reported []error
		r := newRecorder(recorderConfig{
			onRefused: func(err error) { reported = append(reported, err) },
			reserved: func(l Label) error {
				if l.Name == "instance" {
					return errors.New("part of the grouping key")
				}
				return nil
			},
		})
		r.Counter("c_total", "", "a").With("1")
		r.Histogram("g_seconds", "", nil)
		h := r.Histogram("h", "", nil, "le")
		if c.m.Name == "h" {
			h.Observe(1, "1")
			if err := r.Err(); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			continue
		}
		before := r.stats()
		for range 3 {
			if err := r.Record(c.m); err == nil || err.Error() != c.want || !errors.Is(err, ErrInvalidMetric) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		}
		if st := r.stats(); st.refused[c.reason] != 3 || st.series != before.series || st.recorded != 0 {
			t.Errorf("%s: stats are %+v", c.want, st)
		}
		if len(reported) != 0 {
			t.Errorf("%s: reported %v besides, want it returned only", c.want, reported)
		}
	}
}

// What a handle refuses is counted and reported, since its methods return nothing.
func TestHandlesReportWhatTheyRefuse(t *testing.T) {
	var reported []string
	r := newRecorder(recorderConfig{onRefused: func(err error) { reported = append(reported, err.Error()) }})
	c := r.Counter("c_total", "", "a", "b")
	c.Inc("1")
	c.Inc("1", "2", "3")
	c.Add(-1, "1", "2")
	c.With("1", "2").Add(math.NaN())
	c.With("1").Inc()
	c.With("\xff", "").Inc()
	r.Histogram("h", "", nil).Observe(math.NaN())
	r.Gauge("g", "").Set(math.NaN())
	want := []string{
		`metric "c_total": number of label values "1": want 2, for ["a" "b"]`,
		`metric "c_total": value "-1": want a finite number of at least 0`,
		`metric "h": value "NaN": want a finite number`,
	}
	if strings.Join(reported, "\n") != strings.Join(want, "\n") {
		t.Errorf("reported\n%s", strings.Join(reported, "\n"))
	}
	r.drain()
	c.Inc("1")
	c.Inc("1")
	if len(reported) != 4 || reported[3] != want[0] {
		t.Errorf("after a drain reported %q, want the first again, once", reported[3:])
	}
	if st := r.stats(); st.refused["label"] != 8 || st.refused["value"] != 3 || st.recorded != 1 {
		t.Errorf("stats are %+v", st)
	}
	if err := r.Err(); err != nil {
		t.Errorf("nothing is wrong with the handles, Err says %v", err)
	}
}

// A handle that can't be is an error of the recorder, not a panic.
func TestDeclarationsAreChecked(t *testing.T) {
	for want, declare := range map[string]func(r *Recorder){
		`metric "a b": want a name that matches [a-zA-Z_:][a-zA-Z0-9_:]*`:                                                  func(r *Recorder) { r.Gauge("a b", "").Inc() },
		`metric "m": label "a b": want [a-zA-Z_][a-zA-Z0-9_]*`:                                                             func(r *Recorder) { r.Counter("m", "", "a b").Inc("1") },
		`metric "m": label "a": want each label once`:                                                                      func(r *Recorder) { r.Counter("m", "", "a", "b", "a").Inc("1", "2", "3") },
		`metric "m": label "job": job belongs to the grouping key`:                                                         func(r *Recorder) { r.Counter("m", "", "job").Inc("1") },
		`metric "m": help "\xff": want valid UTF-8`:                                                                        func(r *Recorder) { r.Counter("m", "\xff").Inc() },
		`metric "m": buckets "[1 1]": want numbers that ascend`:                                                            func(r *Recorder) { r.Histogram("m", "", []float64{1, 1}).Observe(1) },
		`metric "m": buckets "[NaN]": want numbers that ascend`:                                                            func(r *Recorder) { r.Histogram("m", "", []float64{math.NaN()}).Observe(1) },
		`metric "free": is a gauge, asked for with a handle after Record made it without: want one declaration for a name`: func(r *Recorder) { r.Gauge("free", "").Inc() },
		`metric "held": is a gauge with labels [], asked for as a counter with labels []: want one declaration for a name`: func(r *Recorder) { r.Counter("held", "").Inc() },
		`metric "m": is asked for as a histogram, whose "m_count" is a metric already: want one declaration for a name`: func(r *Recorder) {
			r.Counter("m_count", "").Inc()
			r.Histogram("m", "", nil).Observe(1)
		},
	} {
		r := newRecorder(recorderConfig{})
		mustRecord(t, r, Metric{Name: "free"})
		r.Gauge("held", "")
		declare(r)
		if err := r.Err(); err == nil || err.Error() != want || !errors.Is(err, ErrInvalidMetric) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if st := r.stats(); len(st.refused) != 1 {
			t.Errorf("%s: refused %v", want, st.refused)
		}
	}
}

// Names of any UTF-8 are for those who ask for them.
func TestUTF8Names(t *testing.T) {
	r := newRecorder(recorderConfig{utf8: true})
	mustRecord(t, r, Metric{Name: "größe.bytes", Labels: []Label{{Name: "a-b", Value: "1"}}})
	if err := r.Record(Metric{Name: "\xff"}); !errors.Is(err, ErrInvalidMetric) {
		t.Errorf("a name that is no UTF-8: %v", err)
	}
}

// The grouping key may be fixed later than metrics are made.
func TestCheckReservedNamesMetricAndLabel(t *testing.T) {
	r := newRecorder(recorderConfig{})
	r.Counter("b_total", "", "region")
	mustRecord(t, r, Metric{Name: "a", Labels: []Label{{Name: "zone", Value: "1"}}})
	refuse := func(name string) func(Label) error {
		return func(l Label) error {
			if l.Name == name {
				return errors.New("taken")
			}
			return nil
		}
	}
	for name, want := range map[string]string{"region": `metric "b_total": label "region": taken`, "zone": `metric "a": label "zone": taken`} {
		if err := r.checkReserved(refuse(name)); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := r.checkReserved(refuse("other")); err != nil {
		t.Error(err)
	}
}
