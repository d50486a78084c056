// Package config reads the gateway's configuration file. It says all that is
// wrong with a file at once, each fault with its line and with what would be right.
//
// A new key is a field of Settings, a line in the schema of its section, and a row
// in docs/configuration.md. The package imports those that a key is for only for
// their defaults and their types.
package config

import (
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/store"
	"github.com/headgate/headgate/internal/vocabulary"
)

// Settings is what a configuration file says. Load and Parse fill in the defaults,
// except where 0 is said to mean the default.
type Settings struct {
	Limits    Limits
	Lifetimes []Lifetime // the first that matches holds
	Undo      Undo
	Runs      runs.Bounds // of the histories of jobs' runs
	// Aggregate are tried in order; the first that matches holds.
	Aggregate []ingest.Aggregation
	// Aggregations are windows over what is pushed. Each name comes once.
	Aggregations []store.WindowRule
	// Relabel are valid and say how label names are checked.
	Relabel []*relabel.Config
	// Vocabulary has no label, alias or spelling twice.
	Vocabulary []vocabulary.Term
	Lint       lint.Options
	// GroupMetrics is which groups have metrics of their own.
	GroupMetrics GroupMetrics
	// Tokens have names and hashes that no two share.
	Tokens []access.Token
	// Anonymous is what who shows no token may do, never Admin. If there are no tokens and this
	// says nothing, everybody may do everything.
	Anonymous access.Rights

	set map[string]bool // the paths of the keys that the file has
}

// Limits bound what a pusher can ask for. In the first four 0 means the default.
type Limits struct {
	BodyBytes        int64 // one body as sent; default 32 MiB
	DecodedBodyBytes int64 // one body decompressed; default 64 MiB
	InFlightBytes    int64 // all bodies in memory; default 256 MiB
	PushSamples      int64 // sample lines of one push, at most math.MaxInt32; default 500,000

	// Set has each Max filled in: the file's, the default or limit.None. Those of bodies are
	// BodyBytes and DecodedBodyBytes again.
	Set limit.Set
	// Overrides are in the file's order. Each limit has the value of the first that
	// matches the group and sets it.
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

// The defaults that no other package has.
const (
	defaultUndoWindow = 15 * time.Minute
	defaultUndoBytes  = 256 << 20
	// Those of lint.Options.
	defaultMaxValues        = 100
	defaultFrequentInterval = 15 * time.Second
)

// byDefault is what an empty file says.
func byDefault() Settings {
	return Settings{
		Limits: Limits{Set: limit.Defaults},
		Undo:   Undo{Window: defaultUndoWindow, Bytes: defaultUndoBytes},
		Runs:   runs.Defaults,
		Lint:   lint.Options{MaxValues: defaultMaxValues, FrequentInterval: defaultFrequentInterval},
	}
}

// schema is the one list of keys, each bound to its field of s.
func (s *Settings) schema() section {
	return section{
		{"limits", s.Limits.schema()},
		{"lifetimes", s.lifetimes()},
		{"aggregate", s.aggregate()},
		{"aggregations", s.aggregations()},
		{"undo", s.Undo.schema()},
		{"runs", section{
			{"per_job", number[int]{field: &s.Runs.Runs, byDefault: int64(runs.Defaults.Runs), zero: int64(runs.Defaults.Runs), most: runs.Most, unit: "runs"}},
			{"keep", duration{field: &s.Runs.Keep, byDefault: runs.Defaults.Keep}},
		}},
		{"relabel_configs", s.relabelConfigs()},
		{"vocabulary", s.vocabulary()},
		{"lint", section{
			{"enabled", flag{field: &s.Lint.Off, off: true}},
			{"ignore", names(&s.Lint.Ignore, "a rule, metric, label or job")},
			{"max_values", number[int]{field: &s.Lint.MaxValues, byDefault: defaultMaxValues, zero: defaultMaxValues, most: math.MaxInt32, unit: "values"}},
			{"frequent_interval", duration{field: &s.Lint.FrequentInterval, byDefault: defaultFrequentInterval}},
		}},
		{"group_metrics", choice[GroupMetrics]{&s.GroupMetrics, "expected", []word[GroupMetrics]{
			{"expected", GroupMetricsExpected}, {"none", GroupMetricsNone}, {"all", GroupMetricsAll},
		}}},
		{"tokens", s.tokens()},
		{"anonymous", anonymous(&s.Anonymous)},
	}
}
