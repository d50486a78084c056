// Command grafana checks dashboards against Grafana's own schema: each key of a panel,
// its options and its units must be one that Grafana knows.
//
//	grafana FILE...
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// known are the units in use, by the names that the schema's package has for them.
var known = []string{
	"", units.BoolYesNo, units.BytesIEC, units.BytesPerSecondSI, units.DateTimeFromNow,
	units.NoUnit, units.OpsPerSecond, units.PercentUnit, units.Seconds, units.Short,
}

func main() {
	plugins.RegisterDefaultPlugins()
	failed := false
	for _, name := range os.Args[1:] {
		if err := check(name); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	// An empty list of errors is none, though no nil; a panel with one isn't kept.
	if err := new(dashboard.Dashboard).UnmarshalJSONStrict(text); err != nil && err.Error() != "" {
		return err
	}
	var d dashboard.Dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	errs := []error{d.Validate()}
	for _, p := range d.Panels {
		if p.Panel != nil && p.Panel.FieldConfig != nil {
			errs = append(errs, unitsOf(p.Panel))
		}
	}
	return errors.Join(errs...)
}

func unitsOf(p *dashboard.Panel) error {
	var all []any
	if u := p.FieldConfig.Defaults.Unit; u != nil {
		all = append(all, *u)
	}
	for _, o := range p.FieldConfig.Overrides {
		for _, property := range o.Properties {
			if property.Id == "unit" {
				all = append(all, property.Value)
			}
		}
	}
	for _, u := range all {
		if name, ok := u.(string); !ok || !slices.Contains(known, name) {
			return fmt.Errorf("panel %q: unit %q isn't one of Grafana's, or isn't listed here", *p.Title, u)
		}
	}
	return nil
}
