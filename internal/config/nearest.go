package config

import (
	"fmt"
	"strings"
)

// suggest says what somebody who wrote name below path may have meant: the
// nearest key of this section, or else of another, or else any of this one.
func (s section) suggest(root section, path, name string) string {
	n := nearest{name: plain(name)}
	bestAt := ""
	for _, e := range s { // first, so that they win a tie
		if n.try(e.name, e.name) {
			bestAt = path
		}
	}
	root.walk("", func(full string) {
		at, key := "", full
		if i := strings.LastIndexByte(full, '.'); i >= 0 {
			at, key = full[:i], full[i+1:]
		}
		if n.try(key, key) || n.try(key, full) {
			bestAt = at
		}
	})
	switch {
	case n.best == "":
		return "want " + s.names()
	case bestAt == path:
		return fmt.Sprintf("did you mean %q?", n.best)
	case bestAt == "":
		return fmt.Sprintf("did you mean %q at the top of the file?", n.best)
	}
	return fmt.Sprintf("did you mean %q below %q?", n.best, bestAt)
}

// nearest is the one of the names tried that is most like what somebody wrote.
type nearest struct {
	name  string // as plain returns it
	best  string // "" if none is like it
	least int    // best's distance
}

// try reports whether the key, which may be spelt like this, is nearer than those before.
func (n *nearest) try(key, spelling string) bool {
	d := distance(n.name, spelling)
	if d > (len(spelling)+2)/3 || d > len(n.name) || n.best != "" && d >= n.least {
		return false
	}
	n.best, n.least = key, d
	return true
}

// names are a section's keys as a choice.
func (s section) names() string {
	var names []string
	for _, e := range s {
		names = append(names, e.name)
	}
	return alternatives(names)
}

// alternatives is "a", "b" or "c".
func alternatives(of []string) string {
	var names []string
	for _, name := range of {
		names = append(names, fmt.Sprintf("%q", name))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return names[0]
}

// plain takes away what people most often spell in another way.
func plain(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

// distance is how many bytes have to be put in, taken out or changed to make
// known of got. A name of a very different length isn't looked at: a file may hold long ones.
func distance(got, known string) int {
	if len(got) > 2*len(known) {
		return len(got)
	}
	row := make([]int, len(known)+1) // distances of what has been read of got to known's beginnings
	for j := range row {
		row[j] = j
	}
	for i := range len(got) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(known) {
			change := diagonal
			if got[i] != known[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(known)]
}
