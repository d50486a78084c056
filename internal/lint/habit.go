package lint

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"github.com/headgate/headgate/push/labels"
)

// A group pushes often enough to be scraped if, over this many pushes, the mean time
// between them is below Options.FrequentInterval, and it does so for a time that
// shows a service: a batch job that tells of its progress ends.
const (
	manyPushes = 20
	// longKnown is how long a process has to live that says when it started, or how
	// long pushes have to come that have metrics of a process or of Go's runtime.
	longKnown = 10 * time.Minute
	// longUnknown is how long pushes have to come of which nobody knows the process.
	longUnknown = time.Hour
)

// beat notes when a push came. A gap much longer than those that are frequent is a break:
// what was before it is another run.
func (g *group) beat(now int64, interval time.Duration) {
	gap := float32(max(now-g.last, 0)) / float32(time.Second)
	g.last = max(g.last, now)
	switch {
	case g.shape == nil:
		return // the first push
	case gap > 10*seconds(interval):
		g.mean, g.gaps = 0, 0
		return
	case g.gaps < math.MaxUint32:
		g.gaps++
	}
	g.mean += (gap - g.mean) / float32(min(g.gaps, manyPushes))
}

func (g *group) frequent(interval time.Duration, now time.Time, s *sketch) bool {
	if g.gaps < manyPushes || g.mean >= seconds(interval) {
		return false
	}
	lasts := float32(g.gaps) * g.mean
	if s.start > 0 {
		lasts = max(lasts, float32(float64(now.UnixNano())/1e9-s.start))
	}
	if s.runtime {
		return lasts >= seconds(longKnown)
	}
	return lasts >= seconds(longUnknown)
}

// manyReturns is how often a sender has to come back after another one before it is sure
// that there are several.
const manyReturns = 3

// hear notes who pushed, where the key doesn't say it. A process that is started anew is a
// new sender; one that pushes again after another did shares the group with it.
func (g *group) hear(l *Linter, p *Push, s *sketch) {
	sender := uint16(0) // nobody knows
	switch {
	case has(p.Key, "instance"):
		return
	case s.start > 0:
		sender = uint16(math.Float64bits(s.start)*0x9e3779b97f4a7c15>>48) | 1
	case p.From != "":
		sender = uint16(maphash.String(l.seed, p.From)) | 1
	}
	if sender == 0 || sender == g.senders[0] {
		return
	}
	at := slices.Index(g.senders[:], sender)
	if at < 0 {
		at = len(g.senders) - 1
	} else if g.returns < math.MaxUint8 {
		g.returns++
	}
	copy(g.senders[1:at+1], g.senders[:at])
	g.senders[0] = sender
}

// habits finds what a group's pushes say only together.
func (g *group) habits(o *settings, p *Push) []labels.Finding {
	var found []labels.Finding
	if g.state&frequent != 0 {
		found = append(found, labels.Finding{
			Rule: PushFrequent, Count: int(g.gaps),
			Message:    fmt.Sprintf("pushes every %.3g s, as a service does that runs on (below %s)", g.mean, o.FrequentInterval),
			Suggestion: "let Prometheus scrape it, which also shows when it is down; push what ends before a scrape",
		})
	}
	if g.state&shared != 0 {
		found = append(found, labels.Finding{
			Rule: InstanceMissing, Label: "instance", Count: int(g.returns),
			Message:    "several hosts or processes push to this group by turns, each replacing what the others pushed",
			Suggestion: fmt.Sprintf("add what tells them apart to the URL: /metrics/job/%s/instance/HOST", short(job(p.Key))),
		})
	}
	return found
}
