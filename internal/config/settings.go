// Package config reads the gateway's configuration file. It says all that is
// wrong with a file at once, each fault with its line and with what would be right.
//
// A new key is a field of Settings, a line of schema, and a row in
// docs/configuration.md. The package imports those that a key is for only for
// their defaults.
package config

import (
	"math"

	"github.com/headgate/headgate/internal/api"
	"github.com/headgate/headgate/internal/ingest"
)

// Settings is what a configuration file says. The zero value is an empty file's:
// all defaults.
type Settings struct {
	Limits Limits
}

// Limits bound what a pusher can ask for. 0 means the default.
type Limits struct {
	BodyBytes        int64 // one body as sent; default 32 MiB
	DecodedBodyBytes int64 // one body decompressed; default 64 MiB
	InFlightBytes    int64 // all bodies in memory; default 256 MiB
	PushSamples      int64 // sample lines of one push, at most math.MaxInt32; default 500,000
}

// mostBytes is far beyond any machine's memory, and far from where sums overflow.
const mostBytes = 1 << 40

// schema is the one list of keys, each bound to its field of s.
func (s *Settings) schema() section {
	l := &s.Limits
	return section{
		{"limits", section{
			{"body_bytes", limit{&l.BodyBytes, api.DefaultMaxBody, mostBytes, "bytes"}},
			{"decoded_body_bytes", limit{&l.DecodedBodyBytes, api.DefaultMaxDecoded, mostBytes, "bytes"}},
			{"in_flight_bytes", limit{&l.InFlightBytes, api.DefaultMaxInFlight, mostBytes, "bytes"}},
			{"push_samples", limit{&l.PushSamples, ingest.DefaultMaxSamples, math.MaxInt32, "samples"}},
		}},
	}
}

// Key is a key that has a value, as opposed to other keys below it.
type Key struct {
	Path    string // "limits.body_bytes"
	Unit    string // in the plural
	Value   int64  // 0 if the file doesn't set it
	Default int64  // what 0 stands for
}

// Keys lists all keys there are, in the order of the documentation, with their
// values in s.
func (s *Settings) Keys() (keys []Key) {
	s.schema().walk("", func(path string, v value) {
		if l, ok := v.(limit); ok {
			keys = append(keys, Key{Path: path, Unit: l.unit, Value: *l.field, Default: l.byDefault})
		}
	})
	return keys
}
