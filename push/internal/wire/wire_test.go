package wire

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

var seedFlag = flag.Uint64("seed", 0, "make the random families of this seed only")

// reference encodes families with expfmt.
func reference(t *testing.T, families []*dto.MetricFamily, format expfmt.Format) []byte {
	t.Helper()
	var buf bytes.Buffer
	enc := expfmt.NewEncoder(&buf, format)
	for _, f := range families {
		if err := enc.Encode(f); err != nil {
			t.Fatalf("expfmt: %v", err)
		}
	}
	return buf.Bytes()
}

// checkSame fails unless Append and expfmt write the same bytes, and Legacy tells
// whether expfmt's escaping of names changes them.
func checkSame(t *testing.T, families []*dto.MetricFamily) {
	t.Helper()
	got, want := Append(nil, families), reference(t, families, asIs)
	if !bytes.Equal(got, want) {
		t.Fatalf("families %v:\n got %x\nwant %x", families, got, want)
	}
	if !Legacy(got) || hasNilMetric(families) { // expfmt's escaping panics on a nil metric
		return
	}
	if want = reference(t, families, expfmt.NewFormat(expfmt.TypeProtoDelim)); !bytes.Equal(got, want) {
		t.Fatalf("families %v have legacy names only, but escaped they are:\n got %x\nwant %x", families, got, want)
	}
}

func hasNilMetric(families []*dto.MetricFamily) bool {
	return slices.ContainsFunc(families, func(f *dto.MetricFamily) bool {
		return f != nil && slices.Contains(f.Metric, nil)
	})
}

// Append writes what expfmt writes, whatever the families are.
func TestAppendSameAsExpfmt(t *testing.T) {
	first, n := rand.Uint64(), 3000
	if *seedFlag != 0 {
		first, n = *seedFlag, 1
	}
	for i := range n {
		seed := first + uint64(i)
		ok := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			checkSame(t, choices{rand.New(rand.NewPCG(seed, 0))}.families())
		})
		if !ok {
			t.FailNow()
		}
	}
}

func FuzzAppend(f *testing.F) {
	for seed := range uint64(8) {
		data := make([]byte, 4096)
		r := rand.New(rand.NewPCG(seed, 1))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		checkSame(t, choices{rand.New(&input{data: data})}.families())
	})
}

// Appending leaves in place what is there already.
func TestAppendKeepsPrefix(t *testing.T) {
	families := gather(t, 10)
	got := Append([]byte("prefix"), families)
	if want := append([]byte("prefix"), Append(nil, families)...); !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Encoding allocates its buffer and nothing else.
func TestAppendAllocatesOnce(t *testing.T) {
	families := gather(t, 1000)
	if n := testing.AllocsPerRun(20, func() { Append(nil, families) }); n != 1 {
		t.Errorf("%v allocations, want 1", n)
	}
}

func TestLegacy(t *testing.T) {
	label := func(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }
	family := func(name string, labels ...*dto.LabelPair) *dto.MetricFamily {
		return &dto.MetricFamily{Name: &name, Metric: []*dto.Metric{{}, {Label: labels}}}
	}
	for _, tc := range []struct {
		family *dto.MetricFamily
		want   bool
	}{
		{family("a_total", label("b", "é"), label("c9", "")), true},
		{family("a:b", label("c:d", "")), true},
		{family("a.b"), false},
		{family("9a"), false},
		{family(""), false},
		{family("a", label("b", ""), label("c-d", "")), false},
		{family("a", label("__name__", "b")), true},
		{family("a", label("__name__", "b.c")), false},
		{family("a", &dto.LabelPair{}), false},
	} {
		if got := Legacy(Append(nil, []*dto.MetricFamily{family("first"), tc.family})); got != tc.want {
			t.Errorf("%v: got %v, want %v", tc.family, got, tc.want)
		}
	}
}

// gather returns families of n series each as a registry gathers them.
func gather(tb testing.TB, n int) []*dto.MetricFamily {
	tb.Helper()
	reg := prometheus.NewRegistry()
	counters := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}, []string{"path", "code"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "request_seconds", Help: "Their duration."}, []string{"path"})
	reg.MustRegister(counters, seconds)
	for i := range n {
		path := fmt.Sprintf("/path/%d", i)
		counters.WithLabelValues(path, "200").Add(float64(i))
		seconds.WithLabelValues(path).Observe(float64(i))
	}
	families, err := reg.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	return families
}

func BenchmarkAppend(b *testing.B) {
	families := gather(b, 5000)
	b.Run("headgate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !Legacy(Append(nil, families)) {
				b.Fatal("want legacy names")
			}
		}
	})
	b.Run("expfmt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			enc := expfmt.NewEncoder(new(bytes.Buffer), expfmt.NewFormat(expfmt.TypeProtoDelim))
			for _, f := range families {
				if err := enc.Encode(f); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
