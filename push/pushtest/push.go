package pushtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// A Push is one request to a push route: a push or a delete.
type Push struct {
	// Time is when its header had arrived.
	Time   time.Time
	Method string
	// Path is as it was sent, percent-encoding and all, without the query.
	Path   string
	Query  url.Values
	Header http.Header
	// Grouping is the grouping key with job; nil where there is none to be read.
	Grouping map[string]string
	// Body is the decompressed body, or as much of it as was read. Wire is how many
	// bytes that were before.
	Body []byte
	Wire int64
	// Families are the body as it was read, without the grouping labels, but with
	// families, buckets and quantiles in their order.
	Families []*dto.MetricFamily
	// Samples are those of a JSON body.
	Samples []Sample

	// Delta is whether increments were to be added, Producer and Sequence are what
	// they are known by. A gateway that is NotAggregating fills them in all the same.
	Delta    bool
	Producer string
	Sequence uint64
	Lifetime Lifetime

	// Applied is whether it changed what the gateway holds.
	Applied bool
	// Duplicate is whether it was left alone, as its producer and sequence had been
	// applied before.
	Duplicate bool
	// OutOfOrder is whether a later sequence of its producer had been applied before it.
	OutOfOrder bool
	// Lost is whether it was applied, not acknowledged, and forgotten by a
	// Restart that LoseUnanswered.
	Lost bool
	// Status is what it was answered with, 0 as long as there is no answer. Whether
	// the client received it the gateway can't know.
	Status int
	// Refused says why it was refused, empty if it wasn't.
	Refused string
}

// Lifetime is what a push asked the gateway to do with its group. The gateway of
// a test doesn't do it.
type Lifetime struct {
	// TTL lets the group expire this long after its last push; 0 if not asked for.
	TTL time.Duration
	// Expect says how often at least a push is due; 0 if not asked for.
	Expect time.Duration
	// KeepUntilScraped lets the group go once every active scraper has read it.
	KeepUntilScraped bool
}

// Answered is whether the push was answered.
func (p Push) Answered() bool { return p.Status != 0 }

// String describes the push in one line.
func (p Push) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", p.Method, p.Path)
	if p.Producer != "" {
		fmt.Fprintf(&b, " (%s, %d)", p.Producer, p.Sequence)
	}
	for _, word := range []struct {
		said bool
		word string
	}{{p.Applied, "applied"}, {!p.Applied, "not applied"}, {p.Duplicate, "duplicate"}, {p.OutOfOrder, "out of order"}, {p.Lost, "lost"}} {
		if word.said {
			b.WriteString(", " + word.word)
		}
	}
	if p.Answered() {
		fmt.Fprintf(&b, ", answered %d", p.Status)
	} else {
		b.WriteString(", not answered")
	}
	if p.Refused != "" {
		b.WriteString(": " + p.Refused)
	}
	return b.String()
}

// arrived lists the latest pushes for a test that fails.
func (g *Gateway) arrived() string {
	const most = 20
	pushes := g.Pushes()
	if len(pushes) == 0 {
		return "no push has arrived"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d pushes have arrived:", len(pushes))
	if over := len(pushes) - most; over > 0 {
		fmt.Fprintf(&b, "\n  … %d earlier ones", over)
		pushes = pushes[over:]
	}
	for _, p := range pushes {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}
