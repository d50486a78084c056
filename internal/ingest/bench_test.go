package ingest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// All that a push costs on its own goroutine before the journal has it.
func BenchmarkPrepare(b *testing.B) {
	var body strings.Builder
	for i := range 10 {
		fmt.Fprintf(&body, "# TYPE batch_metric_%d_seconds gauge\nbatch_metric_%d_seconds{step=\"load\"} %d.5\n", i, i, i)
	}
	d := New(Options{Store: store.New()})
	w := new(work)
	p := &Push{
		Labels:  []expo.Label{{Name: "instance", Value: "host-1:9100"}, {Name: "job", Value: "nightly-backup"}},
		Replace: true, Body: []byte(body.String()),
	}
	rec := new(record)
	b.ReportAllocs()
	for b.Loop() {
		p.Findings = p.Findings[:0]
		err := d.fill(w, rec, p)
		d.give(w)
		if err != nil {
			b.Fatal(err)
		}
	}
}
