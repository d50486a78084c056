package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/push/labels"
)

// A label's values are endless if this many groups in a row had each a new one and no
// older group was pushed to meanwhile.
const (
	manyNew = 10
	// instanceSpan is how long that has to last for instances with plain names: a
	// daily job that comes to ten hosts is only known to come back the next day.
	instanceSpan = 26 * time.Hour
)

// keyLabel is what is known of a label in the keys of a job. drift.mu guards it.
type keyLabel struct {
	name string
	seen []uint32 // hashes of the last mostSeen values, a ring
	next int
	// same is newest when a new group had a value again.
	same uint32
	// base is where the present row of new values began, began is when, and passing
	// how many of them look as if nothing stayed named so.
	base    uint32
	began   int64
	passing uint32
	example string
}

// mostKeyLabels is how many labels of a job's keys are watched.
const mostKeyLabels = 16

// label returns what is known of a label, nil for the job itself and for too many.
func (j *jobKeys) label(name string) *keyLabel {
	if name == "job" {
		return nil
	}
	for _, l := range j.labels {
		if l.name == name {
			return l
		}
	}
	if len(j.labels) == mostKeyLabels {
		return nil
	}
	l := &keyLabel{name: strings.Clone(name)}
	j.labels = append(j.labels, l)
	return l
}

// see notes a value and tells whether it was there before.
func (l *keyLabel) see(value uint32) bool {
	if slices.Contains(l.seen, value) {
		return true
	}
	if len(l.seen) < mostSeen {
		l.seen = append(l.seen, value)
		return false
	}
	l.seen[l.next] = value
	l.next = (l.next + 1) % mostSeen
	return false
}

// value notes the value of a new group. Groups that expire leave nothing behind.
func (l *keyLabel) value(j *jobKeys, value string, expires bool, now int64) {
	newest := j.newest.Load()
	if l.see(hashValue(value)) || expires {
		l.same = newest
	}
	if base := max(l.same, j.returned.Load()); base != l.base || l.began == 0 {
		l.base, l.began, l.passing = base, now, 0
	}
	if passing(l.name, value) != "" {
		l.passing++
	}
	l.example = short(value)
}

func (l *keyLabel) endless(newest uint32, now int64) bool {
	row := newest - l.base
	return row >= manyNew && (l.name != "instance" || 2*l.passing >= row || now-l.began >= int64(instanceSpan))
}

// judgeValues finds the labels whose values are endless. It makes its findings anew when
// there are others or twice as many groups, so that most groups share them.
func (j *jobKeys) judgeValues(now int64) {
	newest := j.newest.Load()
	var endless []*keyLabel
	for _, l := range j.labels {
		if l.endless(newest, now) {
			endless = append(endless, l)
		}
	}
	old := j.endless.Load()
	if len(endless) == 0 {
		if old != nil {
			j.endless.Store(nil)
		}
		return
	}
	if old != nil && slices.EqualFunc(*old, endless, func(f labels.Finding, l *keyLabel) bool {
		return f.Label == l.name && int(newest-l.base) < 2*f.Count
	}) {
		return
	}
	var found []labels.Finding
	for _, l := range endless {
		found = append(found, l.finding(j, int(newest-l.base)))
	}
	j.endless.Store(&found)
}

func (l *keyLabel) finding(j *jobKeys, row int) labels.Finding {
	return labels.Finding{
		Rule: KeyValueNew, Label: l.name, Value: l.example, Count: row,
		Message: fmt.Sprintf("the grouping keys of job %q have a new %s each time, such as %q: the last %d groups are pushed to no more and stay",
			short(j.name), short(l.name), l.example, row),
		Suggestion: fmt.Sprintf("drop %s from the key, or push with a ttl", short(l.name)),
	}
}
