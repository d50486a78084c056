package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/access"
)

func (s *Settings) tokens() list {
	names, hashes := map[string]int{}, map[access.Hash]int{}
	return list{count: len(s.Tokens), begin: func() item {
		var t access.Token
		return item{section{
			{"name", tokenName{&t.Name}},
			{"sha256", tokenHash{(*[32]byte)(&t.Hash)}},
			{"rights", requiredTexts{rights(&t.Rights)}},
			{"match", optionalSelector{selector{&t.Match}}},
			{"expires", instant{&t.Expires}},
		}, func(r *reader, at place) {
			at.needsToken(r)
			if !at.clean {
				return
			}
			at.bounds(r, &t)
			once(r, at, "name", names, t.Name)
			once(r, at, "sha256", hashes, t.Hash)
			s.Tokens = append(s.Tokens, t)
		}}
	}}
}

// needsToken reports what a token lacks.
func (p place) needsToken(r *reader) {
	if !p.has("name") {
		p.fault(r, "name", `no "name": want one for logs and the list of deletes, such as "backup"`)
	}
	if !p.has("sha256") {
		p.fault(r, "sha256", `no "sha256": want the hash of the token's secret; headgate token new makes both`)
	}
	if !p.has("rights") {
		p.fault(r, "rights", `no "rights": want a list of %s`, alternatives(access.Names()))
	}
}

// bounds reports matchers that would promise more than they keep, and groups that
// nobody has chosen.
func (p place) bounds(r *reader, t *access.Token) {
	wide := t.Rights & (access.Read | access.Admin)
	switch {
	case !p.has("rights"): // which has been said
	case t.Rights == 0:
		p.fault(r, "rights", "an empty list: want some of %s", alternatives(access.Names()))
	case p.has("match") && wide != 0:
		p.fault(r, "match", "%s is for all groups, whatever matches: want another token for it, without match", wide)
	case !p.has("match") && t.Rights.Bound() && wide&access.Admin == 0:
		p.fault(r, "match", `no "match": want %s, or '{job=~".+"}' for all groups`, selectorExample)
	}
}

// once reports what two items have and only one may.
func once[T comparable](r *reader, p place, key string, lines map[T]int, v T) {
	if !p.has(key) {
		return
	}
	if line, again := lines[v]; again {
		p.fault(r, key, "again: the token in line %d has it already, make them differ", line)
		return
	}
	lines[v] = p.lines[key]
}

// anonymous are rights without a token. With admin among them tokens would mean nothing.
func anonymous(field *access.Rights) texts {
	all := rights(field)
	add := all.add
	all.add = func(r *reader, path string, n *yaml.Node, text string) {
		if text == access.Admin.String() {
			r.fault(n, `%s: admin for everybody: want "tokens" and "anonymous" left out, which opens all, or a token for it`, path)
			return
		}
		add(r, path, n, text)
	}
	return all
}

// rights is a list of the names of rights.
func rights(field *access.Rights) texts {
	return texts{
		of: alternatives(access.Names()),
		add: func(r *reader, path string, n *yaml.Node, text string) {
			right, ok := access.Named(text)
			if !ok {
				r.fault(n, "%s: no right %s: want %s", path, quote(text), alternatives(access.Names()))
			}
			*field |= right
		},
		value: func() []string { return field.Names() },
	}
}
