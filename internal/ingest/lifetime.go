package ingest

import (
	"cmp"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
	finding "github.com/headgate/headgate/push/labels"
)

// Lifetime says how long groups stay that its matchers select, and how often they
// are due. 0 means nothing said.
type Lifetime struct {
	Match []*labels.Matcher // over the grouping key; an absent label is empty
	// TTL is that of pushes which don't say one, MaxTTL the most that a push may
	// ask for, and that of pushes that ask for none where TTL isn't set either.
	TTL, MaxTTL time.Duration
	// Expect is how often a push is due if it doesn't say that itself.
	Expect time.Duration
	// KeepUntilScraped is for pushes that don't say how long they stay.
	KeepUntilScraped bool
}

// Wish is how long a push asks its group to stay, and how often it is due. 0 means
// that it doesn't ask.
type Wish struct {
	TTL, Expect      time.Duration
	KeepUntilScraped bool
}

// lifetime settles what a push asks for by the first rule that selects its group.
// The finding, if any, says that it gets less.
func (r *Rules) lifetime(key []expo.Label, w Wish) (t store.Terms, less *finding.Finding) {
	t = store.Terms{TTL: w.TTL, Expect: w.Expect, KeepUntilScraped: w.KeepUntilScraped}
	for i := range r.Lifetimes {
		l := &r.Lifetimes[i]
		if !limit.Matches(l.Match, key) {
			continue
		}
		t.Expect = cmp.Or(w.Expect, l.Expect)
		t.KeepUntilScraped = w.KeepUntilScraped || l.KeepUntilScraped && w.TTL == 0
		t.TTL = cmp.Or(w.TTL, l.TTL, l.MaxTTL)
		if l.MaxTTL > 0 && t.TTL > l.MaxTTL {
			t.TTL = l.MaxTTL
			less = tooLong(w.TTL, l.MaxTTL)
		}
		break
	}
	return t, less
}

func tooLong(asked, most time.Duration) *finding.Finding {
	return &finding.Finding{
		Rule: lifetimeBounded, Count: 1,
		Message:    fmt.Sprintf("ttl=%s is more than the %s that this group may have: it gets that", model.Duration(asked), model.Duration(most)),
		Suggestion: "ask for less, or raise max_ttl in the gateway's lifetimes",
	}
}
