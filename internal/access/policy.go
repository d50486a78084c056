package access

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
)

// Policy is who may do what. It isn't changed once it is made, so that requests read
// it without a lock. The nil Policy lets everybody do everything.
//
// Tokens are found by their hash. How long that takes tells at most how the hash of a
// wrong secret begins, which whoever sent it knows; nothing is compared with a secret,
// since the gateway has none.
type Policy struct {
	anonymous Rights
	tokens    map[Hash]*known
}

type known struct {
	Token
	uses *atomic.Uint64
}

// NewPolicy returns a policy with these tokens, no two of them with one hash, and the
// rights of who shows none. It is nil where neither says anything.
func NewPolicy(tokens []Token, anonymous Rights) *Policy {
	if len(tokens) == 0 && anonymous == 0 {
		return nil
	}
	p := &Policy{anonymous: anonymous, tokens: make(map[Hash]*known, len(tokens))}
	for _, t := range tokens {
		p.tokens[t.Hash] = &known{t, new(atomic.Uint64)}
	}
	return p
}

// CountOn takes over from an earlier policy how often the tokens that are in both were used.
func (p *Policy) CountOn(from *Policy) {
	if p == nil || from == nil {
		return
	}
	for hash, t := range p.tokens {
		if before := from.tokens[hash]; before != nil {
			t.uses = before.uses
		}
	}
}

// Usage is what an operator wants to know of a token.
type Usage struct {
	Name     string
	Requests uint64    // that it was shown by while it was valid
	Expires  time.Time // zero means never
}

// Usage lists the tokens by name.
func (p *Policy) Usage() (list []Usage) {
	if p == nil {
		return nil
	}
	for _, t := range p.tokens {
		list = append(list, Usage{t.Name, t.uses.Load(), t.Expires})
	}
	slices.SortFunc(list, func(a, b Usage) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Outcome is what became of the search for a token.
type Outcome uint8

// The outcomes.
const (
	Found Outcome = iota
	Unknown
	Expired
)

// Find looks for the token with that secret. What it grants includes what is left to
// everybody, and is no more than that if there is no such token.
func (p *Policy) Find(secret string, now time.Time) (Grant, Outcome) {
	if p == nil {
		return Grant{all: Admin}, Found
	}
	g := Grant{all: p.anonymous}
	hash, ok := HashOf(secret)
	if !ok {
		return g, Unknown
	}
	t := p.tokens[hash]
	switch {
	case t == nil:
		return g, Unknown
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		g.Name = t.Name
		return g, Expired
	}
	t.uses.Add(1)
	return g.and(t), Found
}

// Anonymous is what who shows no token may do.
func (p *Policy) Anonymous() Grant {
	if p == nil {
		return Grant{all: Admin}
	}
	return Grant{all: p.anonymous}
}

// Grant is what one request may do. The zero value may do nothing.
type Grant struct {
	Name  string // of the token, "" without one
	all   Rights // on all groups
	some  Rights // on those that match selects
	match []*labels.Matcher
}

func (g Grant) and(t *known) Grant {
	g.Name = t.Name
	if t.Match == nil {
		g.all |= t.Rights
		return g
	}
	g.all |= t.Rights &^ ofGroups
	g.some, g.match = t.Rights&ofGroups, t.Match
	return g
}

// Has is whether the grant has the right at all, perhaps for some groups only.
func (g Grant) Has(need Rights) bool { return (g.all | g.some).Has(need) }

// Scope selects the groups for which the grant has a right that it has; nil selects all.
func (g Grant) Scope(need Rights) []*labels.Matcher {
	if g.all.Has(need) {
		return nil
	}
	return g.match
}

// Covers is whether the grant has the right for the group with that key.
func (g Grant) Covers(need Rights, key []expo.Label) bool {
	return g.all.Has(need) || g.some.Has(need) && limit.Matches(g.match, key)
}
