package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// cell is a text of a table with its colour, "" for none.
type cell struct{ text, colour string }

// table is lines of cells in aligned columns, the first a heading.
type table struct {
	right []bool // for each column, whether it is aligned to the right
	rows  [][]cell
}

func (t *table) add(row ...cell) { t.rows = append(t.rows, row) }

// heading adds the titles of the columns.
func (t *table) heading(titles ...string) {
	row := make([]cell, len(titles))
	for i, title := range titles {
		row[i] = cell{title, bold}
	}
	t.add(row...)
}

// write writes the lines, without blanks at their ends.
func (t *table) write(w io.Writer) error {
	widths := make([]int, len(t.right))
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
		}
	}
	p := paints(w)
	for _, row := range t.rows {
		var line strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text))
			switch {
			case t.right[i]:
				line.WriteString(pad + p.in(c.colour, c.text))
			case i == len(row)-1:
				line.WriteString(p.in(c.colour, c.text))
			default:
				line.WriteString(p.in(c.colour, c.text) + pad)
			}
			if i < len(row)-1 {
				line.WriteString("  ")
			}
		}
		if _, err := fmt.Fprintln(w, line.String()); err != nil {
			return err
		}
	}
	return nil
}
