package labels

import (
	"fmt"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// nameRule finds metrics that aren't as the conventions have them.
type nameRule struct {
	id string
	// check says what is wrong, or "".
	check func(n *naming) string
	// suggest says what to do. nil means to take the name that breaks no rule.
	suggest func(n *naming) string
}

var nameRules = []nameRule{
	{"help-missing", checkHelp, suggestHelp},
	{"name-colon", checkColon, nil},
	{"name-case", checkCase, nil},
	{"name-type", checkType, nil},
	{"name-label", checkLabelInName, nil},
	{"name-counter-total", checkCounterTotal, nil},
	{"name-total", checkTotal, nil},
	{"name-reserved-suffix", checkSuffix, nil},
	{"name-unit", checkUnit, suggestUnit},
	{"name-unit-place", checkUnitPlace, nil},
	{"name-timestamp", checkTimestamp, suggestTimestamp},
	{"buckets-differ", checkBuckets, suggestBuckets},
}

// naming is a metric and the parts of its name.
type naming struct {
	family *dto.MetricFamily
	name   string
	words  []string
	labels []string
}

// vetFamily reports on a family's name, help and buckets. The names of the Go runtime's own
// metrics are the runtime's, not the program's.
func vetFamily(f *dto.MetricFamily) []Finding {
	name := f.GetName()
	if strings.HasPrefix(name, "go_") {
		return nil
	}
	n := &naming{family: f, name: name, words: strings.Split(name, "_")}
	for _, m := range f.Metric {
		for _, l := range m.Label {
			if !slices.Contains(n.labels, l.GetName()) {
				n.labels = append(n.labels, l.GetName())
			}
		}
	}
	var out []Finding
	for _, r := range nameRules {
		message := r.check(n)
		if message == "" {
			continue
		}
		suggest := suggestName
		if r.suggest != nil {
			suggest = r.suggest
		}
		out = append(out, Finding{Rule: r.id, Metric: name, Count: len(f.Metric), Message: message, Suggestion: suggest(n)})
	}
	return out
}

func (n *naming) is(types ...dto.MetricType) bool { return slices.Contains(types, n.family.GetType()) }

func (n *naming) last() string { return n.words[len(n.words)-1] }

func suggestName(n *naming) string { return fmt.Sprintf("call it %q", n.proper()) }

func checkHelp(n *naming) string {
	if n.family.GetHelp() != "" {
		return ""
	}
	return "has no help text"
}

func suggestHelp(*naming) string { return "say in Help what it counts or measures, and in which unit" }

func checkColon(n *naming) string {
	if !strings.Contains(n.name, ":") {
		return ""
	}
	return "has a colon in its name: colons are for recording rules"
}

// checkCase lets words through that begin with a capital letter: names taken over from
// elsewhere, as in node_memory_MemTotal_bytes.
func checkCase(n *naming) string {
	for _, w := range n.words {
		if isCamel(w) {
			return fmt.Sprintf("has %q in its name: want words in small letters with _ between them", w)
		}
	}
	return ""
}

func isCamel(w string) bool { return w != "" && lower(w[0]) && count(w, upper) > 0 }

var typeWords = []string{"counter", "gauge", "histogram", "summary"}

func checkType(n *naming) string {
	for i, w := range n.words {
		if n.namesType(i) {
			return fmt.Sprintf("has its type %q in its name, which the type says already", w)
		}
	}
	return ""
}

// namesType is whether a word is the metric's own type, or any type at the end.
func (n *naming) namesType(i int) bool {
	w := strings.ToLower(n.words[i])
	end := i == len(n.words)-1 || i == len(n.words)-2 && n.last() == "total"
	return w == strings.ToLower(n.family.GetType().String()) || end && slices.Contains(typeWords, w)
}

func checkLabelInName(n *naming) string {
	for i := range n.words {
		if label := n.byLabel(i); label != "" {
			return fmt.Sprintf("has its label %q in its name, which doesn't hold for a sum over it", label)
		}
	}
	return ""
}

// byLabel returns the label that is named from word i on, as in requests_by_path_total{path}.
func (n *naming) byLabel(i int) string {
	if i == 0 || n.words[i] != "by" && n.words[i] != "per" {
		return ""
	}
	rest := strings.Join(n.words[i+1:], "_")
	for _, l := range n.labels {
		if rest == l || strings.HasPrefix(rest, l+"_") {
			return l
		}
	}
	return ""
}

func checkCounterTotal(n *naming) string {
	if !n.is(dto.MetricType_COUNTER) || n.last() == "total" || checkSuffix(n) != "" {
		return ""
	}
	return "is a counter and doesn't end in _total"
}

func checkTotal(n *naming) string {
	if n.is(dto.MetricType_COUNTER, dto.MetricType_UNTYPED) || n.last() != "total" {
		return ""
	}
	return "ends in _total and is a " + typeName(n.family.GetType())
}

func typeName(t dto.MetricType) string {
	return strings.ReplaceAll(strings.ToLower(t.String()), "_", " ")
}

// checkSuffix finds names that a summary or histogram of another name would have. An
// untyped metric may be such a sample, passed on.
func checkSuffix(n *naming) string {
	if !n.endsReserved() || n.is(dto.MetricType_UNTYPED) {
		return ""
	}
	return fmt.Sprintf("ends in _%s, as samples of histograms and summaries do, and is %s", n.last(), article(typeName(n.family.GetType())))
}

func (n *naming) endsReserved() bool {
	switch n.last() {
	case "count", "sum", "bucket", "created":
		return len(n.words) > 1
	}
	return false
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
