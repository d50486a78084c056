package labels

import (
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// unit is what to use instead of a unit that isn't a base unit.
type unit struct {
	base   string
	change string // what to do to the values, or ""
}

var units = map[string]unit{
	"ns": {"seconds", "divide its values by 1e9"}, "nanos": {"seconds", "divide its values by 1e9"}, "nanoseconds": {"seconds", "divide its values by 1e9"},
	"us": {"seconds", "divide its values by 1e6"}, "micros": {"seconds", "divide its values by 1e6"}, "microseconds": {"seconds", "divide its values by 1e6"},
	"ms": {"seconds", "divide its values by 1000"}, "millis": {"seconds", "divide its values by 1000"}, "msec": {"seconds", "divide its values by 1000"}, "milliseconds": {"seconds", "divide its values by 1000"},
	"sec": {"seconds", ""}, "secs": {"seconds", ""},
	"minutes": {"seconds", "multiply its values by 60"}, "hours": {"seconds", "multiply its values by 3600"}, "days": {"seconds", "multiply its values by 86400"},
	"kb": {"bytes", "multiply its values by 1000"}, "kilobytes": {"bytes", "multiply its values by 1000"}, "kib": {"bytes", "multiply its values by 1024"}, "kibibytes": {"bytes", "multiply its values by 1024"},
	"mb": {"bytes", "multiply its values by 1e6"}, "megabytes": {"bytes", "multiply its values by 1e6"}, "mib": {"bytes", "multiply its values by 1048576"}, "mebibytes": {"bytes", "multiply its values by 1048576"},
	"gb": {"bytes", "multiply its values by 1e9"}, "gigabytes": {"bytes", "multiply its values by 1e9"}, "gib": {"bytes", "multiply its values by 1073741824"}, "gibibytes": {"bytes", "multiply its values by 1073741824"},
	"percent": {"ratio", "divide its values by 100"}, "pct": {"ratio", "divide its values by 100"}, "percentage": {"ratio", "divide its values by 100"},
	"fahrenheit": {"celsius", "convert its values"}, "kelvin": {"celsius", "subtract 273.15 from its values"},
	"millivolts": {"volts", "divide its values by 1000"}, "milliamperes": {"amperes", "divide its values by 1000"},
	"kilometers": {"meters", "multiply its values by 1000"}, "millimeters": {"meters", "divide its values by 1000"},
	"kilograms": {"grams", "multiply its values by 1000"}, "kilojoules": {"joules", "multiply its values by 1000"},
}

var baseUnits = []string{"seconds", "bytes", "ratio", "celsius", "meters", "volts", "amperes", "joules", "grams"}

// unitEnd returns where the words of the name end that stand before _total and the like.
func (n *naming) unitEnd() int {
	end := len(n.words)
	for end > 1 && (n.words[end-1] == "total" || isStatistic(n.words[end-1]) || n.words[end-1] == "info" || end == len(n.words) && n.endsReserved()) {
		end--
	}
	return end
}

func isStatistic(w string) bool { return w == "max" || w == "min" || w == "avg" || w == "mean" }

func checkUnit(n *naming) string {
	w := strings.ToLower(n.words[n.unitEnd()-1])
	if u, ok := units[w]; ok && n.unitEnd() > 1 {
		return fmt.Sprintf("is in %q: want the base unit, %s", w, u.base)
	}
	return ""
}

func suggestUnit(n *naming) string {
	s := suggestName(n)
	if u := units[strings.ToLower(n.words[n.unitEnd()-1])]; u.change != "" {
		s += " and " + u.change
	}
	return s
}

func checkUnitPlace(n *naming) string {
	if i := n.unitInside(); i > 0 {
		return fmt.Sprintf("has its unit, %q, in the middle of its name: want it at the end", n.words[i])
	}
	return ""
}

// unitInside returns the word of a name's unit that doesn't stand at its end, or 0. Bytes
// are also things counted: bytes_read_total is right.
func (n *naming) unitInside() int {
	end := n.unitEnd()
	for i := 1; i < end-1; i++ {
		w := n.words[i]
		_, other := units[w]
		if !slices.Contains(baseUnits, w) && !other || slices.Contains(baseUnits, n.words[end-1]) || shortUnit(w) {
			continue
		}
		if w == "bytes" && !ofBytes(n.words[i+1]) {
			continue
		}
		return i
	}
	return 0
}

// shortUnit is whether a unit's short form is likely to mean something else inside a name.
func shortUnit(w string) bool { return len(w) <= 3 }

// ofBytes is whether a word after "bytes" names a quantity, rather than what happens to them.
func ofBytes(w string) bool {
	switch w {
	case "size", "usage", "used", "free", "available", "limit", "capacity", "count":
		return true
	}
	return false
}

// proper returns the name that breaks no rule.
func (n *naming) proper() string {
	words := n.properWords()
	if len(words) == 0 {
		return n.name
	}
	p := &naming{family: n.family, labels: n.labels, words: words}
	if i := p.unitInside(); i > 0 {
		end := p.unitEnd()
		inside := words[i]
		p.words = slices.Concat(words[:i:i], words[i+1:end], []string{inside}, words[end:])
	}
	if end := p.unitEnd(); end > 1 {
		if u, ok := units[p.words[end-1]]; ok {
			p.words[end-1] = u.base
		}
	}
	if checkTimestamp(n) != "" && !saysTime(n.name) {
		p.words = append(trimLast(p.words, "seconds", "timestamp", "time"), "timestamp", "seconds")
	}
	name := strings.Join(p.words, "_")
	if n.is(dto.MetricType_COUNTER) || n.last() == "total" && n.is(dto.MetricType_UNTYPED) {
		name += "_total"
	}
	return name
}

// properWords returns the words in small letters, without those that say a type
// or a label, and without an ending that isn't right or will be put back.
func (n *naming) properWords() []string {
	small := &naming{family: n.family, name: n.name, labels: n.labels}
	for _, w := range n.words {
		small.words = append(small.words, snake(w)...)
	}
	var words []string
	for i := 0; i < len(small.words); i++ {
		if label := small.byLabel(i); label != "" {
			i += strings.Count(label, "_") + 1
			continue
		}
		last := i == len(small.words)-1
		if small.namesType(i) || last && i > 0 && (small.words[i] == "total" || checkSuffix(small) != "") {
			continue
		}
		words = append(words, small.words[i])
	}
	return words
}

func trimLast(words []string, last ...string) []string {
	for len(words) > 0 && slices.Contains(last, words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	return words
}

// snake splits a word at its colons and, if it is camelCase, its capital letters.
func snake(w string) []string {
	var out []string
	for part := range strings.SplitSeq(w, ":") {
		if !isCamel(part) {
			out = append(out, part)
			continue
		}
		from := 0
		for i := 1; i < len(part); i++ {
			if upper(part[i]) && (!upper(part[i-1]) || i+1 < len(part) && lower(part[i+1])) {
				out = append(out, strings.ToLower(part[from:i]))
				from = i
			}
		}
		out = append(out, strings.ToLower(part[from:]))
	}
	return out
}
