package store

import (
	"iter"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/headgate/headgate/internal/expo"
)

// A series' identity is the hash of its line up to the value. The text is
// canonical (labels sorted, one spelling for each), so equal series have equal
// lines. A summary or histogram is one metric of many lines and is known by its
// _count line, which each has exactly once.
//
// Identities are never stored beside the text: they are computed from it again
// when a family goes, which costs less than the memory would.
func appendIdentities(dst []uint64, name string, typ expo.Type, text string) []uint64 {
	for series := range spellings(name, typ, text) {
		dst = append(dst, xxhash.Sum64String(series))
	}
	return dst
}

// spellings goes through the series of a text. One with a name that needs quotes
// comes once more in each spelling in which a scraper that asks for escaped names
// sees it: two series that differ only there would be duplicates to that scraper.
func spellings(name string, typ expo.Type, text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var count string
		if !isWhole(typ) {
			count = countPrefix(name, text)
		}
		for line, rest := cutLine(text); line != ""; line, rest = cutLine(rest) {
			if strings.HasPrefix(line, count) && !yield(seriesOf(line)) {
				return
			}
		}
		if mayHaveQuotedName(text) {
			escapedSpellings(name, typ, text, yield)
		}
	}
}

func escapedSpellings(name string, typ expo.Type, text string, yield func(string) bool) {
	f := expo.Family{Name: name, Type: typ}
	if new(expo.Parser).Samples(&f, text) != nil {
		return // not canonical: a record that was made up
	}
	for i := range f.Metrics {
		// Escaped names are often the same under several schemes, and the names of a
		// false alarm are what they were.
		known := []string{escapedSeries(&f, &f.Metrics[i], expo.AllowUTF8)}
		for _, scheme := range [...]expo.Escaping{expo.EscapeUnderscores, expo.EscapeDots, expo.EscapeValues} {
			series := escapedSeries(&f, &f.Metrics[i], scheme)
			if slices.Contains(known, series) {
				continue
			}
			if known = append(known, series); !yield(series) {
				return
			}
		}
	}
}

// A family is bare in its group if it is one series with the group's labels and no
// others, as most of what a batch job pushes is. Bare families aren't in the index
// of series, which saves most of its memory: that group, found by its labels, and
// its families tell of them, see Store.bareOwner.
func isBare(name, text, exposed string) bool {
	rest, ok := strings.CutPrefix(text, name)
	if !ok {
		return false
	}
	value, ok := strings.CutPrefix(rest, exposed)
	return ok && value[0] == ' ' && strings.IndexByte(value, '\n') == len(value)-1 && !mayHaveQuotedName(text)
}

// exposed is the group's labels as the text format spells them.
func (g *group) exposed() string {
	return seriesOf(g.pushTime.Text())[len(PushTimeName):]
}

// isWhole is whether a metric of that type is one line.
func isWhole(t expo.Type) bool { return t == expo.Counter || t == expo.Gauge || t == expo.Untyped }

// escapedSeries is the line of a metric up to the value, under an escaping scheme.
func escapedSeries(f *expo.Family, m *expo.Metric, scheme expo.Escaping) string {
	e := expo.Family{Name: f.Name, Type: expo.Untyped, Metrics: []expo.Metric{{Labels: slices.Clone(m.Labels)}}}
	expo.Escape(&e, scheme)
	if !isWhole(f.Type) {
		e.Name += "_count"
	}
	slices.SortFunc(e.Metrics[0].Labels, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	line, _ := cutLine(string(expo.AppendSamples(nil, &e)))
	return seriesOf(line)
}

// sameSeries is whether two canonical texts of one family hold the same series in
// the same order, and so differ in values only. Most pushes repeat the series of
// the one before: for them no series is hashed and no index touched.
func sameSeries(a, b string) bool {
	for a != "" && b != "" {
		var x, y string
		x, a = cutLine(a)
		y, b = cutLine(b)
		if seriesOf(x) != seriesOf(y) {
			return false
		}
	}
	return a == b // both at their ends
}

// seriesOf is a line without its value, which has no blank in it.
func seriesOf(line string) string {
	for i := len(line) - 1; i > 0; i-- {
		if line[i] == ' ' {
			return line[:i]
		}
	}
	return ""
}

func cutLine(text string) (line, rest string) {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, ""
}

// countPrefix is how the _count line of each metric in text begins. A name that
// needs quotes stands inside the braces.
func countPrefix(name, text string) string {
	if !strings.HasPrefix(text, "{") {
		return name + "_count"
	}
	f := expo.Family{Name: name + "_count", Type: expo.Untyped, Metrics: []expo.Metric{{}}}
	line := string(expo.AppendSamples(nil, &f))
	return line[:strings.LastIndexByte(line, '}')]
}

// mayHaveQuotedName is whether a name in text needs quotes. A value that ends
// in a comma reads the same, which costs time but no truth.
func mayHaveQuotedName(text string) bool {
	return strings.Contains(text, `,"`) || strings.Contains(text, `{"`)
}

func countLines(text string) int { return strings.Count(text, "\n") }
