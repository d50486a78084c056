package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/headgate/headgate/internal/client"
)

// groupFlags name one group.
type groupFlags struct {
	Job      string            `short:"j" placeholder:"NAME" help:"Job of the group."`
	Label    map[string]string `short:"l" aliases:"grouping" mapsep:"none" placeholder:"NAME=VALUE" help:"Another label of its grouping key. May be given more than once."`
	Instance string            `placeholder:"VALUE" help:"Short for --label instance=VALUE."`
}

// key returns the grouping key, nil if no flag is given.
func (f *groupFlags) key() (client.Key, error) {
	given := f.Instance != "" || len(f.Label) > 0
	switch {
	case f.Job == "" && !given:
		return nil, nil
	case f.Job == "":
		return nil, errors.New("--job is missing: a group has a job, and other labels besides")
	}
	key := client.Key{"job": f.Job}
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
