package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/internal/figure"
)

// printDetail shows one group to people.
func printDetail(w io.Writer, d *client.Detail, now time.Time) error {
	one := groupsTable([]client.Group{d.Group}, now)
	families := &table{right: []bool{false, false, true, true}}
	families.heading("METRIC", "TYPE", "SERIES", "PUSHED")
	for _, f := range d.Families {
		families.add(cell{text: f.Name}, cell{text: f.Type}, cell{text: strconv.Itoa(f.Series)}, cell{text: ago(f.Pushed, now)})
	}
	pushers := &table{right: []bool{false, true, true, true}}
	pushers.heading("PUSHER", "PUSHES", "SAMPLES", "PUSHED")
	for _, p := range d.Pushers {
		pushers.add(cell{text: strconv.Quote(p.Name)}, cell{text: strconv.Itoa(p.Pushes)}, cell{text: strconv.Itoa(p.Samples)}, cell{text: ago(p.LastPush, now)})
	}
	findings := &table{right: []bool{false, false}}
	findings.heading("FINDING", "")
	for _, f := range d.Findings {
		findings.add(cell{f.Rule, yellow}, cell{text: f.Text()})
	}
	return writeTables(w, one, families, pushers, findings)
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return figure.Span(now.Sub(t)) + " ago"
}

// writeTables writes those that have more than a heading, with an empty line between two.
func writeTables(w io.Writer, all ...*table) error {
	for i, t := range all {
		if len(t.rows) < 2 {
			continue
		}
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := t.write(w); err != nil {
			return err
		}
	}
	return nil
}
