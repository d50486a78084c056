package main

// query is an expression, and what its series are called in the legend.
type query struct{ expr, legend string }

var (
	below  = legendOptions{DisplayMode: "list", Placement: "bottom", ShowLegend: true, Calcs: []string{}}
	hidden = legendOptions{DisplayMode: "list", Placement: "bottom", Calcs: []string{}}
	last   = reduceOptions{Calcs: []string{"lastNotNull"}}
)

// show is what all panels have. Their data is asked for over the range, or as it is now.
func show(kind, title, unit, description string, now bool, queries []query) panel {
	p := panel{
		Type: kind, Title: title, Description: description, Datasource: &selected,
		FieldConfig: &fieldConfig{Defaults: defaults{Unit: unit}, Overrides: []override{}},
	}
	for i, q := range queries {
		p.Targets = append(p.Targets, target{
			RefID: string(rune('A' + i)), Datasource: selected, Expr: q.expr, LegendFormat: q.legend, Instant: now, Range: !now,
		})
	}
	return p
}

// graph is a third of the width.
func graph(title, unit, description string, queries ...query) panel {
	p := show("timeseries", title, unit, description, false, queries)
	p.GridPos = gridPos{H: 8, W: columns / 3}
	p.Options = graphOptions{Legend: below, Tooltip: tooltipOptions{"multi", "desc"}}
	p.FieldConfig.Defaults.Min = number(0)
	p.FieldConfig.Defaults.Custom = lineStyle{"line", 10, 1, "never", stacking{"none", "A"}}
	return p
}

// stacked shows the series on top of each other.
func stacked(p panel) panel {
	p.FieldConfig.Defaults.Custom = lineStyle{"line", 60, 0, "never", stacking{"normal", "A"}}
	return p
}

// stat is one number for each series, in a colour that says whether it is good. Where
// there is no series nothing is wrong, or nothing is known, as none says.
func stat(title, unit, description, none string, steps []step, q query) panel {
	p := show("stat", title, unit, description, true, []query{q})
	p.GridPos = gridPos{H: 4, W: columns / 8}
	p.Options = statOptions{
		ColorMode: "value", GraphMode: "none", JustifyMode: "auto", Orientation: "auto",
		PercentChangeColorMode: "standard", ReduceOptions: last, TextMode: "auto", WideLayout: true,
	}
	p.FieldConfig.Defaults.NoValue = none
	p.FieldConfig.Defaults.Color = &color{"thresholds"}
	p.FieldConfig.Defaults.Thresholds = &thresholds{"absolute", steps}
	return p
}

// bars is a bar for each series as it is now.
func bars(title, unit, description string, steps []step, q query) panel {
	p := show("bargauge", title, unit, description, true, []query{q})
	p.GridPos = gridPos{H: 8, W: columns / 3}
	p.Options = barOptions{
		DisplayMode: "gradient", Legend: hidden, MaxVizHeight: 40, MinVizHeight: 14, NamePlacement: "left",
		Orientation: "horizontal", ReduceOptions: last, ShowUnfilled: true, Sizing: "auto", ValueMode: "color",
	}
	p.FieldConfig.Defaults.Min = number(0)
	p.FieldConfig.Defaults.Color = &color{"thresholds"}
	p.FieldConfig.Defaults.Thresholds = &thresholds{"absolute", steps}
	return p
}

// strip is a line for each series on which each state is a stretch in its colour.
func strip(title, description string, states map[string]meaning, q query) panel {
	p := show("state-timeline", title, "", description, false, []query{q})
	p.GridPos = gridPos{H: 8, W: columns}
	p.Options = stripOptions{
		AlignValue: "left", Legend: below, MergeValues: true, RowHeight: 0.8, ShowValue: "never", Tooltip: tooltipOptions{"single", "none"},
	}
	p.FieldConfig.Defaults.Mappings = []mapping{{"value", states}}
	p.FieldConfig.Defaults.Custom = struct {
		FillOpacity int `json:"fillOpacity"`
		LineWidth   int `json:"lineWidth"`
	}{80, 0}
	return p
}

// column is a query that makes a column of a table.
type column struct{ name, unit, expr string }

// table is a line for each set of labels that the columns share.
func table(title, description string, cols ...column) panel {
	queries := make([]query, len(cols))
	for i, c := range cols {
		queries[i] = query{expr: c.expr}
	}
	p := show("table", title, "", description, true, queries)
	p.GridPos = gridPos{H: 9, W: columns}
	p.Options = tableOptions{CellHeight: "sm", ShowHeader: true}
	p.Transformations = []transformation{
		{"merge", struct{}{}},
		{"organize", map[string]any{"excludeByName": map[string]bool{"Time": true, "__name__": true}}},
	}
	for i, c := range cols {
		p.Targets[i].Format = "table"
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{
			Matcher:    matcher{"byName", "Value #" + p.Targets[i].RefID},
			Properties: []property{{"displayName", c.name}, {"unit", c.unit}},
		})
	}
	return p
}

func number(v float64) *float64 { return &v }

// rising is good below warn, bad from bad on.
func rising(warn, bad float64) []step {
	return []step{{"green", nil}, {"orange", number(warn)}, {"red", number(bad)}}
}

// falling is bad below bad, good from good on.
func falling(bad, good float64) []step {
	return []step{{"red", nil}, {"orange", number(bad)}, {"green", number(good)}}
}

// zero is good, and one is bad; one is the other way round.
func zero() []step { return []step{{"green", nil}, {"red", number(1)}} }
func one() []step  { return []step{{"red", nil}, {"green", number(1)}} }

// plain is neither.
func plain() []step { return []step{{"blue", nil}} }
