package store

import (
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
	aliased := mayHaveQuotedName(text)
	whole := typ == expo.Counter || typ == expo.Gauge || typ == expo.Untyped
	var count string
	if !whole {
		count = countPrefix(name, text)
	}
	for text != "" {
		var line string
		line, text = cutLine(text)
		if !whole && !strings.HasPrefix(line, count) {
			continue
		}
		series := seriesOf(line)
		dst = append(dst, xxhash.Sum64String(series))
		if aliased {
			dst = appendAliases(dst, series)
		}
	}
	return dst
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
	if strings.HasPrefix(text, "{") {
		return `{"` + quotedEscaper.Replace(name) + `_count"`
	}
	return name + "_count"
}

// mayHaveQuotedName is whether a name in text needs quotes. A value that ends
// in a comma reads the same, which costs time but no truth.
func mayHaveQuotedName(text string) bool {
	return strings.Contains(text, `,"`) || strings.Contains(text, `{"`)
}

// appendAliases appends the identities that series has for scrapers that ask
// for escaped names: two series that differ only in how a name is escaped would
// be duplicates to them, so each spelling is claimed like the series itself.
func appendAliases(dst []uint64, series string) []uint64 {
	for _, scheme := range [...]expo.Escaping{expo.EscapeUnderscores, expo.EscapeDots, expo.EscapeValues} {
		escaped := escapeSeries(series, scheme)
		if escaped != series {
			dst = append(dst, xxhash.Sum64String(escaped))
		}
	}
	return dst
}

// escapeSeries rewrites every quoted name of a canonical series as an escaped, bare one.
func escapeSeries(series string, scheme expo.Escaping) string {
	name, rest, ok := strings.Cut(series, "{")
	if !ok {
		return series
	}
	if strings.HasPrefix(rest, `"`) {
		name, rest = cutQuoted(rest)
		name = expo.EscapeName(quotedUnescaper.Replace(name), scheme)
		rest = strings.TrimPrefix(rest, ",")
	}
	var b strings.Builder
	b.WriteString(name)
	b.WriteByte('{')
	for rest != "" && rest != "}" {
		var label, value string
		if rest[0] == '"' {
			label, rest = cutQuoted(rest)
			label = expo.EscapeLabelName(quotedUnescaper.Replace(label), scheme)
			rest = strings.TrimPrefix(rest, "=")
		} else {
			label, rest, _ = strings.Cut(rest, "=")
		}
		value, rest = cutQuoted(rest)
		b.WriteString(label + `="` + value + `",`)
		rest = strings.TrimPrefix(rest, ",")
	}
	return strings.TrimSuffix(b.String(), ",") + "}"
}

// cutQuoted splits s after its leading quoted string, whose escapes are left as
// they are. What isn't quoted is cut to nothing, so a caller's loop ends.
func cutQuoted(s string) (inner, rest string) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:]
		}
	}
	return "", ""
}

var (
	quotedEscaper   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	quotedUnescaper = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\"`, `"`)
)

func countLines(text string) int { return strings.Count(text, "\n") }
