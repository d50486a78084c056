package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	prometheus "github.com/prometheus/prometheus/model/relabel"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/expo"
)

// parseSeries reads a series as PromQL and expositions write it. A value behind
// it is passed over, so that lines of an exposition can be given.
func parseSeries(text string) (ls []expo.Label, _ error) {
	series, _, _ := strings.Cut(text, " # ") // an exemplar
	if end := strings.LastIndexByte(series, '}'); end >= 0 {
		series = series[:end+1]
	} else if fields := strings.Fields(series); len(fields) > 0 {
		series = fields[0]
	}
	parsed, err := parser.NewParser(parser.Options{}).ParseMetric(series)
	if err != nil {
		return nil, fmt.Errorf("series %q: %w; want one such as up{env=\"prod\"}", text, err)
	}
	parsed.Range(func(l labels.Label) {
		if l.Value != "" { // which is the same as not there
			ls = append(ls, expo.Label{Name: l.Name, Value: l.Value})
		}
	})
	slices.SortStableFunc(ls, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	for i := range ls {
		if i > 0 && ls[i].Name == ls[i-1].Name {
			return nil, fmt.Errorf("series %q: label %q is there twice: want it once", text, ls[i].Name)
		}
	}
	return ls, nil
}

// seriesText writes a series as parseSeries reads it.
func seriesText(ls []expo.Label) string {
	name := ""
	var parts []string
	for _, l := range ls {
		switch {
		case l.Name == "__name__" && expo.LegacyMetricName(l.Value):
			name = l.Value
		case l.Name == "__name__":
			parts = append(parts, strconv.Quote(l.Value))
		case expo.LegacyLabelName(l.Name):
			parts = append(parts, l.Name+"="+strconv.Quote(l.Value))
		default:
			parts = append(parts, strconv.Quote(l.Name)+"="+strconv.Quote(l.Value))
		}
	}
	if len(parts) == 0 && name != "" {
		return name
	}
	return name + "{" + strings.Join(parts, ",") + "}"
}

// ruleText is a rule in short, without what is Prometheus's default.
func ruleText(c *prometheus.Config) string {
	text := string(c.Action)
	if len(c.SourceLabels) > 0 {
		var names []string
		for _, l := range c.SourceLabels {
			names = append(names, string(l))
		}
		text += " " + strings.Join(names, c.Separator)
	}
	byDefault := prometheus.DefaultRelabelConfig
	if regex := c.Regex.String(); regex != byDefault.Regex.String() {
		text += " ~ " + regex
	}
	if c.Modulus > 0 {
		text += " mod " + strconv.FormatUint(c.Modulus, 10)
	}
	switch c.Action {
	case prometheus.KeepEqual, prometheus.DropEqual:
		return text + " = " + c.TargetLabel
	case prometheus.LabelMap:
		return text + " -> " + c.Replacement
	}
	if c.TargetLabel != "" {
		text += " -> " + c.TargetLabel
	}
	if c.Action == prometheus.Replace && c.Replacement != byDefault.Replacement {
		text += " = " + strconv.Quote(c.Replacement)
	}
	return text
}
