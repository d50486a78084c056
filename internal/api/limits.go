package api

import (
	"fmt"
	"sync/atomic"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/push/labels"
)

// DefaultMaxInFlight bounds all bodies in memory where nothing else is said, in bytes.
const DefaultMaxInFlight = 256 << 20

// limits bound the bytes of request bodies.
type limits struct {
	body, decoded, inFlight int64
	// dryBody and dryDecoded have a body that is larger taken all the same, as long as it
	// fits into inFlight, and told of.
	dryBody, dryDecoded bool
}

// bodyLimits are those of all groups.
type bodyLimits struct {
	rules    limit.Rules
	inFlight int64
	base     limits
	// single says that no override is about bodies, so base holds for all.
	single bool
}

// SetLimits bounds the bytes of one body as received and of one body decompressed, as the
// rules have it for its group, and of all bodies in memory. 0 means the default. Bodies
// that are being read keep the limits they began with.
func (a *API) SetLimits(rules limit.Rules, inFlight int64) {
	l := &bodyLimits{rules: rules, inFlight: orDefault(inFlight, DefaultMaxInFlight), single: true}
	for i := range rules.Overrides {
		o := &rules.Overrides[i]
		for _, id := range []limit.ID{limit.BodyBytes, limit.DecodedBodyBytes} {
			l.single = l.single && o.Max[id] == 0 && o.DryRun[id] == nil
		}
	}
	l.base = l.of(&rules.Set)
	a.bodies.limits.Store(l)
}

func (l *bodyLimits) of(s *limit.Set) limits {
	of := limits{
		body:     orDefault(s.Max[limit.BodyBytes], limit.Defaults.Max[limit.BodyBytes]),
		decoded:  orDefault(s.Max[limit.DecodedBodyBytes], limit.Defaults.Max[limit.DecodedBodyBytes]),
		inFlight: l.inFlight, dryBody: s.DryRun[limit.BodyBytes], dryDecoded: s.DryRun[limit.DecodedBodyBytes],
	}
	// A single push at its bounds must fit, or it would be told to retry for ever.
	of.inFlight = max(of.inFlight, of.body+1, of.decoded+1+zstdWindow)
	return of
}

// groups are the limits for pushes to the group with these labels.
func (l *bodyLimits) groups(key []expo.Label) limits {
	if l.single {
		return l.base
	}
	var s limit.Set
	l.rules.For(key, &s)
	return l.of(&s)
}

// most are how many bytes are read as sent and decompressed before a body is given up.
func (l *limits) most() (body, decoded int64) {
	body, decoded = l.body, l.decoded
	if l.dryBody {
		body = max(body, l.inFlight-1)
	}
	if l.dryDecoded {
		decoded = max(decoded, l.inFlight-1-zstdWindow)
	}
	return body, decoded
}

func orDefault(n, otherwise int64) int64 {
	if n <= 0 {
		return otherwise
	}
	return n
}

const (
	bodyAdvice    = "push fewer series at once, compress the body or raise limits.body_bytes"
	decodedAdvice = "push fewer series at once or raise limits.decoded_body_bytes"
)

func (l *limits) tooLarge(about string, n int64) error {
	return refuse(tooLarge, "push too large (limit-body-bytes): the body has %s%d bytes, %d allowed: %s", about, n, l.body, bodyAdvice)
}

// exceeded are the dry runs that a body of so many bytes, decompressed to so many, is
// beyond: a limit in force has refused it.
func (l *limits) exceeded(sent, decoded int64, compressed bool) (found []labels.Finding) {
	if sent > l.body {
		found = append(found, overBody(limit.BodyBytes, fmt.Sprintf("the body has %d bytes, %d allowed", sent, l.body), bodyAdvice))
	}
	if compressed && decoded > l.decoded {
		found = append(found, overBody(limit.DecodedBodyBytes, fmt.Sprintf("the body decompresses to %d bytes, %d allowed", decoded, l.decoded), decodedAdvice))
	}
	return found
}

func overBody(id limit.ID, message, advice string) labels.Finding {
	return labels.Finding{Rule: id.String(), Count: 1, Message: "would be refused if the limit were no dry run: " + message, Suggestion: advice}
}

// budget counts the bytes of all request bodies in memory. Taking from it never
// waits: a client that is told to come back later costs nothing.
type budget struct {
	used atomic.Int64
}

// take reserves n bytes and reports whether they fit below limit.
func (b *budget) take(n, limit int64) bool {
	if b.used.Add(n) > limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }
