package ingest

import (
	"time"

	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/store"
)

// Linter is what looks at each push that parses and is valid by itself.
func (d *Door) Linter() *lint.Linter { return d.linter }

// lint adds what is found in a push to its findings. It runs before it is known
// whether the push goes with what is resident, since until then its series are in w; a
// push that doesn't is remembered as long as its group is.
func (d *Door) lint(w *work, p *Push) {
	terms := &w.change.Terms
	push := lint.Push{
		Key: p.Labels, KeyText: w.change.Key, Families: w.sorted, Time: time.Now(),
		BodyJob: w.bodyJob, BodyInstance: w.bodyInstance, From: p.From,
		Expires: terms.TTL > 0 || terms.KeepUntilScraped, Summed: w.sum.Mode != store.Keep,
	}
	linter := d.linter
	if p.DryRun {
		linter = linter.Stranger()
	}
	p.Findings = append(p.Findings, linter.Push(&push)...)
}
