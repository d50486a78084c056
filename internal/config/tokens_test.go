package config

import "testing"

const aHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// A token that can't be what its author meant is told, and no message has what may
// be a secret in it.
func TestFaultToken(t *testing.T) {
	const wantHash = `no hash: want the 64 hexadecimal digits of the secret's SHA-256, never the secret; headgate token new makes both`
	check(t, map[string]string{
		"tokens: [{name: a}]": `1: tokens: no "sha256": want the hash of the token's secret; headgate token new makes both` + "\n" +
			`1: tokens: no "rights": want a list of "push", "read", "delete" or "admin"`,
		"tokens: [{sha256: " + aHash + ", rights: [read]}]":                                      `1: tokens: no "name": want one for logs and the list of deletes, such as "backup"`,
		"tokens: [{name: a, sha256: hg_abcdefgh, rights: [read]}]":                               `1: tokens.sha256: ` + wantHash,
		"tokens: [{name: a, sha256: " + aHash + "00, rights: [read]}]":                           `1: tokens.sha256: ` + wantHash,
		"tokens: [{name: a, sha256: [a], rights: [read]}]":                                       `1: tokens.sha256: ` + wantHash,
		"tokens: [{name: 'a b', sha256: " + aHash + ", rights: [read]}]":                         `1: tokens.name: got "a b": want a name of up to 64 letters, digits, "." "_" and "-", such as "backup"`,
		"tokens: [{name: a, sha256: " + aHash + ", rights: []}]":                                 `1: tokens.rights: an empty list: want some of "push", "read", "delete" or "admin"`,
		"tokens: [{name: a, sha256: " + aHash + ", rights: [write]}]":                            `1: tokens.rights: no right "write": want "push", "read", "delete" or "admin"`,
		"tokens: [{name: a, sha256: " + aHash + ", rights: [push]}]":                             `1: tokens: no "match": want label matchers in quotes, such as '{job="x"}', or '{job=~".+"}' for all groups`,
		"tokens: [{name: a, sha256: " + aHash + ", rights: [read, push], match: '{job=\"a\"}'}]": `1: tokens.match: read is for all groups, whatever matches: want another token for it, without match`,
		"tokens: [{name: a, sha256: " + aHash + ", rights: [admin], match: '{job=\"a\"}'}]":      `1: tokens.match: admin is for all groups, whatever matches: want another token for it, without match`,
		"tokens: [{name: a, sha256: " + aHash + ", rights: [read], expires: soon}]":              `1: tokens.expires: got the text "soon": want a date such as "2027-01-31", which begins in UTC, or a time such as "2027-01-31T12:00:00Z"`,
		"tokens:\n- {name: a, sha256: " + aHash + ", rights: [read]}\n- {name: a, sha256: " + aHash + ", rights: [read]}": `3: tokens.name: again: the token in line 2 has it already, make them differ` + "\n" +
			`3: tokens.sha256: again: the token in line 2 has it already, make them differ`,
		"anonymous: [admin]": `1: anonymous: admin for everybody: want "tokens" and "anonymous" left out, which opens all, or a token for it`,
		"anonymous: read":    `1: anonymous: got the text "read": want a list of texts, each "push", "read", "delete" or "admin"`,
	})
	if s := settingsOf(t, "tokens: [{name: a, sha256: "+aHash+", rights: [admin, push]}]"); len(s.Tokens) != 1 {
		t.Errorf("got %+v, want admin to need no match", s.Tokens)
	}
}
