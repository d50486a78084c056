// Package config reads the gateway's configuration file. It says all that is
// wrong with a file at once, each fault with its line and with what would be right.
//
// A new key is a field of Settings, a line of schema, and a row in
// docs/configuration.md. The package imports those that a key is for only for
// their defaults and their types.
package config

import (
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/api"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/vocabulary"
)

// Settings is what a configuration file says. The zero value is an empty file's:
// all defaults.
type Settings struct {
	Limits     Limits
	Lifetimes  []Lifetime // the first that matches holds
	Undo       Undo
	Relabel    []*relabel.Config
	Vocabulary []vocabulary.Term
	Lint       lint.Options
	// GroupMetrics is which groups have metrics of their own.
	GroupMetrics GroupMetrics
}

// Limits bound what a pusher can ask for. 0 means the default.
type Limits struct {
	BodyBytes        int64 // one body as sent; default 32 MiB
	DecodedBodyBytes int64 // one body decompressed; default 64 MiB
	InFlightBytes    int64 // all bodies in memory; default 256 MiB
	PushSamples      int64 // sample lines of one push, at most math.MaxInt32; default 500,000

	Set       limit.Set // 0 in Max means the default
	Overrides []limit.Override
}

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

// Undo bounds what deletes and wipes leave behind to be brought back.
type Undo struct {
	Window time.Duration // default 15 min; negative means none
	Bytes  int64         // of exposition text; default 256 MiB
}

// GroupMetrics chooses the groups that have headgate_group_* metrics.
type GroupMetrics uint8

// The choices.
const (
	GroupMetricsExpected GroupMetrics = iota // headgate_group_overdue of groups with an expectation
	GroupMetricsNone                         // none
	GroupMetricsAll                          // all of each group
)

// mostBytes is far beyond any machine's memory, and far from where sums overflow.
const mostBytes = 1 << 40

// schema is the one list of keys, each bound to its field of s.
func (s *Settings) schema() section {
	l := &s.Limits
	return section{
		{"limits", section{
			{"body_bytes", limitValue{&l.BodyBytes, api.DefaultMaxBody, mostBytes, "bytes"}},
			{"decoded_body_bytes", limitValue{&l.DecodedBodyBytes, api.DefaultMaxDecoded, mostBytes, "bytes"}},
			{"in_flight_bytes", limitValue{&l.InFlightBytes, api.DefaultMaxInFlight, mostBytes, "bytes"}},
			{"push_samples", limitValue{&l.PushSamples, ingest.DefaultMaxSamples, math.MaxInt32, "samples"}},
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
		if l, ok := v.(limitValue); ok {
			keys = append(keys, Key{Path: path, Unit: l.unit, Value: *l.field, Default: l.byDefault})
		}
	})
	return keys
}
