package config

import (
	"encoding/hex"
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// tokenName is a name that is at home in a log line, a metric's label and a URL.
type tokenName struct{ field *string }

var validTokenName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)

func (v tokenName) read(r *reader, path string, n *yaml.Node) {
	const want = `a name of up to 64 letters, digits, "." "_" and "-", such as "backup"`
	text, ok := r.text(path, n, want)
	if ok && !validTokenName.MatchString(text) {
		r.fault(n, "%s: got %s: want %s", path, quote(text), want)
	}
	*v.field = text
}

func (v tokenName) key() Key { return Key{Unit: "name", Default: required} }

// tokenHash is a hash in hexadecimal. What is no hash may be the secret itself, and
// isn't quoted.
type tokenHash struct{ field *[32]byte }

func (v tokenHash) read(r *reader, path string, n *yaml.Node) {
	h, err := hex.DecodeString(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || len(h) != len(v.field) {
		r.fault(n, "%s: no hash: want the 64 hexadecimal digits of the secret's SHA-256, never the secret; headgate token new makes both", path)
		return
	}
	copy(v.field[:], h)
}

func (v tokenHash) key() Key { return Key{Unit: "hash", Default: required} }

// instant is a date, or a date with a time.
type instant struct{ field *time.Time }

func (v instant) read(r *reader, path string, n *yaml.Node) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, n.Value); err == nil && n.Kind == yaml.ScalarNode {
			*v.field = t
			return
		}
	}
	r.fault(n, `%s: got %s: want a date such as "2027-01-31", which begins in UTC, or a time such as "2027-01-31T12:00:00Z"`, path, describe(n))
}

func (v instant) key() Key { return Key{Unit: "date"} }

// optionalSelector is a selector that needn't be there.
type optionalSelector struct{ selector }

func (v optionalSelector) key() Key { return Key{Unit: "selector"} }

// requiredTexts is a list that must be there.
type requiredTexts struct{ texts }

func (v requiredTexts) key() Key { return Key{Unit: "list", Default: required} }
