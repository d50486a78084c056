package config

import (
	"fmt"
	"strings"
)

// suggest says what somebody who wrote name below path may have meant: the
// nearest key of this section, or else of another, or else any of this one.
func (s section) suggest(root section, path, name string) string {
	best, bestAt := "", ""
	least := len(name) + 1
	try := func(key, at, spelling string) {
		if d := distance(plain(name), spelling); d <= (len(spelling)+2)/3 && d < least {
			best, bestAt, least = key, at, d
		}
	}
	for _, e := range s { // first, so that they win a tie
		try(e.name, path, e.name)
	}
	root.walk("", func(full string, _ value) {
		at, key := "", full
		if i := strings.LastIndexByte(full, '.'); i >= 0 {
			at, key = full[:i], full[i+1:]
		}
		try(key, at, key)
		try(key, at, full)
	})
	switch {
	case best == "":
		return "want " + s.names()
	case bestAt == path:
		return fmt.Sprintf("did you mean %q?", best)
	case bestAt == "":
		return fmt.Sprintf("did you mean %q at the top of the file?", best)
	}
	return fmt.Sprintf("did you mean %q below %q?", best, bestAt)
}

// names are a section's keys as a choice.
func (s section) names() string {
	var names []string
	for _, e := range s {
		names = append(names, fmt.Sprintf("%q", e.name))
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
