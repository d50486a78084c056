package lint

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// ten is a push of ten samples, as a batch job sends them.
func ten(t testing.TB, key string) *Push {
	var b strings.Builder
	for _, name := range []string{"rows_total", "bytes_total", "errors_total", "duration_seconds", "last_success_timestamp_seconds"} {
		for _, table := range []string{"orders", "customers"} {
			value := 17.0
			if strings.HasPrefix(name, "last") {
				value = 1.7e9
			}
			fmt.Fprintf(&b, "%s{table=%q} %g\n", name, table, value)
		}
	}
	return push(t, key, b.String())
}

func benchmarkWarm(b *testing.B, groups int, key string) {
	l := New(Options{})
	p := ten(b, fmt.Sprintf(key, groups))
	for i := range groups {
		q := *p
		q.KeyText = fmt.Sprintf(key, i)
		l.Push(&q)
	}
	texts := make([]string, groups)
	for i := range texts {
		texts[i] = fmt.Sprintf(key, i)
	}
	now := start
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		p.KeyText = texts[i*7919%groups]
		now = now.Add(time.Millisecond)
		p.Time = now
		l.Push(p)
	}
}

// BenchmarkWarm is a push of a group that pushes the same series as before.
func BenchmarkWarm(b *testing.B) {
	for _, groups := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("groups=%d", groups), func(b *testing.B) { benchmarkWarm(b, groups, "job=backup instance=host-%d") })
	}
	b.Run("findings", func(b *testing.B) { benchmarkWarm(b, 1000, "job=backup run=17000%05d") })
}

// BenchmarkMemory is what a group without findings takes.
func BenchmarkMemory(b *testing.B) {
	const groups = 100_000
	p := ten(b, "job=backup instance=h")
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l := New(Options{})
		for i := range groups {
			p.KeyText = fmt.Sprint(i)
			l.Push(p)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/groups, "bytes/group")
		runtime.KeepAlive(l)
	}
}

// BenchmarkNewGroup is the first push of a group, of a shape that was seen before.
func BenchmarkNewGroup(b *testing.B) {
	l := New(Options{})
	p := ten(b, "job=backup instance=h")
	b.ReportAllocs()
	for i := range b.N {
		p.KeyText = fmt.Sprint(i)
		l.Push(p)
	}
}

// BenchmarkNewShape is a push of series that were not pushed before.
func BenchmarkNewShape(b *testing.B) {
	l := New(Options{})
	p := ten(b, "job=backup instance=h")
	b.ReportAllocs()
	for i := range b.N {
		p.Families[0].Name = fmt.Sprintf("rows%d_total", i)
		l.Push(p)
	}
}

// A push of a known shape costs no memory, whether something is found in it or not.
func TestWarmPushAllocatesNothing(t *testing.T) {
	for _, key := range []string{"job=backup instance=h", "job=backup run=1700000000"} {
		l := New(Options{})
		p := ten(t, key)
		l.Push(p)
		if n := testing.AllocsPerRun(100, func() { p.Time = p.Time.Add(time.Second); l.Push(p) }); n > 0 {
			t.Errorf("%s: got %v allocations", key, n)
		}
	}
}
