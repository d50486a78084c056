package config

import (
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/api"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
)

func (l *Limits) schema() section {
	keys := section{
		{"body_bytes", number[int64]{field: &l.BodyBytes, byDefault: limit.Defaults.Max[limit.BodyBytes], unit: "bytes"}},
		{"decoded_body_bytes", number[int64]{field: &l.DecodedBodyBytes, byDefault: limit.Defaults.Max[limit.DecodedBodyBytes], unit: "bytes"}},
		{"in_flight_bytes", number[int64]{field: &l.InFlightBytes, byDefault: api.DefaultMaxInFlight, unit: "bytes"}},
		{"push_samples", number[int64]{field: &l.PushSamples, byDefault: ingest.DefaultMaxSamples, most: math.MaxInt32, unit: "samples"}},
	}
	for id := range limit.BodyBytes {
		held := limit.Defaults.Max[id]
		keys = append(keys, entry{id.Key(), number[int64]{field: &l.Set.Max[id], byDefault: held, zero: held, unit: id.Unit(), none: true}})
	}
	return append(keys, entry{"dry_run", dryRun(&l.Set.DryRun)}, entry{"overrides", l.overrides()})
}

// bodies puts the bounds of bodies, of which 0 is the default, where overrides find them.
func (l *Limits) bodies() {
	for id, n := range map[limit.ID]int64{limit.BodyBytes: l.BodyBytes, limit.DecodedBodyBytes: l.DecodedBodyBytes} {
		if l.Set.Max[id] = n; n == 0 {
			l.Set.Max[id] = limit.Defaults.Max[id]
		}
	}
}

func (l *Limits) overrides() list {
	return list{count: len(l.Overrides), begin: func() item {
		var o limit.Override
		var dry [limit.IDs]bool
		keys := section{{"match", selector{&o.Match}}}
		for id := range limit.IDs {
			keys = append(keys, entry{id.Key(), number[int64]{field: &o.Max[id], unit: id.Unit(), none: id < limit.BodyBytes}})
		}
		list := dryRun(&dry)
		list.apart = true
		keys = append(keys, entry{"dry_run", list})
		return item{keys, func(r *reader, at place) {
			if at.has("dry_run") {
				o.DryRun = dryRunOf(&o.Max, &dry)
			}
			at.needsMatch(r)
			if at.clean && o.Max == [limit.IDs]int64{} && o.DryRun == [limit.IDs]*bool{} {
				at.fault(r, "", "an override that sets no limit: want one, such as %q", limit.GroupSeries.Key())
			}
			l.Overrides = append(l.Overrides, o)
		}}
	}}
}

// dryRunOf is what an override's own list of dry runs says: yes for those in it,
// no for the limits that the override sets besides, nothing about others.
func dryRunOf(set *[limit.IDs]int64, listed *[limit.IDs]bool) (says [limit.IDs]*bool) {
	for id := range limit.IDs {
		if listed[id] || set[id] != 0 {
			says[id] = &listed[id]
		}
	}
	return says
}

// dryRun is a list of limits' keys.
func dryRun(field *[limit.IDs]bool) texts {
	return texts{
		of: "the key of a limit",
		add: func(r *reader, path string, n *yaml.Node, text string) {
			near := nearest{name: strings.TrimPrefix(plain(text), "limit_")} // its id in messages begins like this
			var keys []string
			for id := range limit.IDs {
				if id.Key() == text {
					field[id] = true
					return
				}
				near.try(id.Key(), id.Key())
				keys = append(keys, id.Key())
			}
			hint := "want " + alternatives(keys)
			if near.best != "" {
				hint = fmt.Sprintf("did you mean %q?", near.best)
			}
			r.fault(n, "%s: no limit %s can be run dry: %s", path, quote(text), hint)
		},
		value: func() (keys []string) {
			for id := range limit.IDs {
				if field[id] {
					keys = append(keys, id.Key())
				}
			}
			return keys
		},
	}
}
