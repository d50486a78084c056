package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// Hash is what the gateway knows of a token: the SHA-256 of its secret. A secret that
// NewSecret has made is 256 random bits, and nobody finds those from their hash. So
// a slow hash with a salt, as passwords need it, would cost each push a hundred
// milliseconds and defend nothing.
type Hash [sha256.Size]byte

// MostSecret is the length of a secret from which on none is looked at, in bytes.
const MostSecret = 256

// HashOf returns the hash of a secret of at most MostSecret bytes; a longer one is nobody's.
func HashOf(secret string) (h Hash, ok bool) {
	if secret == "" || len(secret) > MostSecret {
		return h, false
	}
	var buf [MostSecret]byte // on the stack, unlike []byte(secret)
	return sha256.Sum256(buf[:copy(buf[:], secret)]), true
}

// secretPrefix lets a person, and a scanner of repositories, tell what a secret is.
const secretPrefix = "hg_"

// NewSecret returns a new token: 256 random bits behind a prefix, 46 characters.
func NewSecret() string {
	var bits [sha256.Size]byte
	rand.Read(bits[:]) // never fails
	return secretPrefix + base64.RawURLEncoding.EncodeToString(bits[:])
}

// Token is a secret that gives rights to who shows it.
type Token struct {
	Name   string // for logs, metrics and the list of deletes; no two have the same
	Hash   Hash
	Rights Rights
	// Match selects the groups that Push and Delete are for, by their grouping keys
	// as they are kept; nil selects all.
	Match []*labels.Matcher
	// Expires is from when on the token is none; zero means never.
	Expires time.Time
}
