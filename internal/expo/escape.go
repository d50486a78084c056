package expo

import (
	"strings"

	"github.com/prometheus/common/model"
)

// Escaping says how names outside the legacy character set are written for a
// scraper that did not ask for UTF-8 names. The zero value is Prometheus's default.
type Escaping uint8

// The escaping schemes of content negotiation.
const (
	// EscapeUnderscores replaces every character that is not legal by an underscore.
	EscapeUnderscores Escaping = iota
	// EscapeDots writes "_dot_" for a dot and doubles underscores.
	EscapeDots
	// EscapeValues writes "U__" and every illegal character as its hexadecimal code point.
	EscapeValues
	// AllowUTF8 leaves names as they are.
	AllowUTF8
)

var schemes = [...]model.EscapingScheme{
	EscapeUnderscores: model.UnderscoreEscaping,
	EscapeDots:        model.DotsEscaping,
	EscapeValues:      model.ValueEncodingEscaping,
	AllowUTF8:         model.NoEscaping,
}

// String returns the scheme as the escaping parameter of a media type spells it.
func (e Escaping) String() string { return schemes[e].String() }

// EscapeName returns the metric name under the scheme e. Legacy names are never changed.
func EscapeName(name string, e Escaping) string {
	if e == AllowUTF8 || LegacyMetricName(name) {
		return name
	}
	return model.EscapeName(name, schemes[e])
}

// EscapeLabelName returns the label name under the scheme e. A colon, which is
// legal in a metric name only, is escaped as well: Prometheus's text parser
// refuses the whole scrape for an unquoted one in a label name.
func EscapeLabelName(name string, e Escaping) string {
	if e == AllowUTF8 || LegacyLabelName(name) {
		return name
	}
	if !strings.Contains(name, ":") {
		return model.EscapeName(name, schemes[e])
	}
	const placeholder, code = "\u2236", "_2236_" // stands in for the colon, as model lets that one pass
	escaped := model.EscapeName(strings.ReplaceAll(name, ":", placeholder), schemes[e])
	if e == EscapeValues {
		return strings.ReplaceAll(escaped, code, "_3a_")
	}
	return escaped
}

// Escape rewrites the names of f and of the labels in its metrics in place: f and
// its label slices are the caller's scratch. Exemplars keep their names, as they
// do in Prometheus's encoder.
func Escape(f *Family, e Escaping) {
	if e == AllowUTF8 {
		return
	}
	f.Name = EscapeName(f.Name, e)
	for i := range f.Metrics {
		labels := f.Metrics[i].Labels
		for j := range labels {
			labels[j].Name = EscapeLabelName(labels[j].Name, e)
		}
	}
}
