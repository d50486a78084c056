package api

import (
	"net/http"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
)

// selection returns the filter that the request's match[] parameters make over
// grouping labels, or that of the one group that the parameter group names; nil if
// there is neither. Several match[] add up.
func (a *API) selection(r *http.Request) (func([]expo.Label) bool, error) {
	if r.URL.RawQuery == "" {
		return nil, nil
	}
	var sets [][]*labels.Matcher
	for _, s := range r.URL.Query()["match[]"] {
		set, err := a.selector(s)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	switch one := r.URL.Query().Get("group"); {
	case one != "" && sets != nil:
		return nil, refuse(invalid, "parameters group and match[] exclude each other: want one of them")
	case one != "":
		return a.named(one)
	case sets == nil:
		return nil, nil
	}
	return func(key []expo.Label) bool {
		for _, set := range sets {
			if matchesAll(set, key) {
				return true
			}
		}
		return false
	}, nil
}

// selector reads a series selector that is to choose groups.
func (a *API) selector(s string) ([]*labels.Matcher, error) {
	set, err := a.selectors.ParseMetricSelector(s)
	if err != nil {
		return nil, refuse(invalid, "selector %q: %v; want label matchers like {job=\"x\"}", s, err)
	}
	if len(set) == 0 {
		return nil, refuse(invalid, "selector %q: want at least one label matcher, like {job=\"x\"}", s)
	}
	for _, m := range set {
		if m.Name == model.MetricNameLabel {
			return nil, refuse(invalid, "selector %q: groups have no metric name; want label matchers like {job=\"x\"}", s)
		}
	}
	return set, nil
}

// matchesAll reports whether a grouping key satisfies all matchers. As in
// PromQL a label that is absent has the empty value.
func matchesAll(set []*labels.Matcher, key []expo.Label) bool {
	for _, m := range set {
		if !m.Matches(valueOf(key, m.Name)) {
			return false
		}
	}
	return true
}

func valueOf(key []expo.Label, name string) string {
	for _, l := range key {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// isSet reads a query parameter that is on or off.
func isSet(r *http.Request, name string) (bool, error) {
	switch v := r.URL.Query().Get(name); v {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	default:
		return false, refuse(invalid, "parameter %s=%q: want 1 or 0", name, v)
	}
}
