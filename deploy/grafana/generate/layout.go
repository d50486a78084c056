package main

// The tag by which the dashboards find each other.
const tag = "headgate"

// selected is the data source that the reader of a dashboard chooses.
var selected = datasource{Type: "prometheus", UID: "${datasource}"}

// section is panels under a heading.
type section struct {
	title  string
	panels []panel
}

// columns is the width of Grafana's grid.
const columns = 24

// compose places panels from left to right, section by section, and numbers them.
func compose(uid, title, description, from string, variables []variable, sections ...section) dashboard {
	d := dashboard{
		UID: uid, Title: title, Description: description, Tags: []string{tag},
		GraphTooltip: 1, Refresh: "30s", SchemaVersion: schemaVersion, Time: timeRange{from, "now"},
		Links: []link{{
			Title: "Headgate", Type: "dashboards", Tags: []string{tag}, IncludeVars: true, KeepTime: true, Icon: "external link",
		}},
		Annotations: annotations{[]struct{}{}},
		Templating:  templating{append([]variable{source()}, variables...)},
	}
	y := 0
	for _, s := range sections {
		y = d.place(s, y)
	}
	for i := range d.Panels {
		d.Panels[i].ID = i + 1
	}
	return d
}

// place adds a section from line y on, and returns the line after it.
func (d *dashboard) place(s section, y int) int {
	open := false
	d.Panels = append(d.Panels, panel{
		Type: "row", Title: s.title, GridPos: gridPos{H: 1, W: columns, Y: y}, Collapsed: &open, Panels: []panel{},
	})
	y++
	x, height := 0, 0
	for _, p := range s.panels {
		if x+p.GridPos.W > columns {
			x, y, height = 0, y+height, 0
		}
		p.GridPos.X, p.GridPos.Y = x, y
		x += p.GridPos.W
		height = max(height, p.GridPos.H)
		d.Panels = append(d.Panels, p)
	}
	return y + height
}

// source is the variable that all panels take their data source from.
func source() variable {
	return variable{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus", Current: current{"default", "default"}}
}

// values is a variable of the values that a label has in a metric's series, all at first.
func values(label, metric string) variable {
	query := "label_values(" + metric + ", " + label + ")"
	return variable{
		Name: label, Label: label, Type: "query", Datasource: &selected,
		Query: variableQuery{Query: query, RefID: "variable"}, Refresh: 2, Sort: 1, Multi: true, IncludeAll: true,
		AllValue: ".*", // and so those without the label
		Current:  current{"All", "$__all"},
	}
}
