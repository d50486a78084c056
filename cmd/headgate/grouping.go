package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// grouping is a grouping key, as the gateway's API writes it.
type grouping map[string]string

// names are the labels' names, with the job in front.
func (g grouping) names() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(g)), func(name string) bool { return name == "job" })
	if _, ok := g["job"]; ok {
		names = slices.Insert(names, 0, "job")
	}
	return names
}

// String is the key as a selector, which commands take.
func (g grouping) String() string {
	var parts []string
	for _, name := range g.names() {
		value := strconv.Quote(g[name])
		if !expo.LegacyLabelName(name) {
			name = strconv.Quote(name)
		}
		parts = append(parts, name+"="+value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// path is the key as in the URL of a push. All values are in base64, since none needs
// to be read by people.
func (g grouping) path() string {
	var b strings.Builder
	for _, name := range g.names() {
		value := base64.RawURLEncoding.EncodeToString([]byte(g[name]))
		if value == "" {
			value = "=" // an empty segment is none
		}
		fmt.Fprintf(&b, "/%s@base64/%s", name, value)
	}
	return strings.TrimPrefix(b.String(), "/")
}

// groupFlags name one group.
type groupFlags struct {
	Job      string            `short:"j" placeholder:"NAME" help:"Job of the group."`
	Label    map[string]string `short:"l" aliases:"grouping" mapsep:"none" placeholder:"NAME=VALUE" help:"Another label of its grouping key. May be given more than once."`
	Instance string            `placeholder:"VALUE" help:"Short for --label instance=VALUE."`
}

// key returns the grouping key, nil if no flag is given.
func (f *groupFlags) key() (grouping, error) {
	given := f.Instance != "" || len(f.Label) > 0
	switch {
	case f.Job == "" && !given:
		return nil, nil
	case f.Job == "":
		return nil, errors.New("--job is missing: a group has a job, and other labels besides")
	}
	key := grouping{"job": f.Job}
	if f.Instance != "" {
		key["instance"] = f.Instance
	}
	for name, value := range f.Label {
		if _, taken := key[name]; taken {
			return nil, fmt.Errorf("--label=%s=%s: --%s says it already: want it once", name, value, name)
		}
		if name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("--label=%s=%s: want a label's name before the =, such as zone=eu", name, value)
		}
		key[name] = value
	}
	return key, nil
}
