package labels

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/common/model"
)

// Cap bounds how many series a metric may have: n, and one more that takes the
// rest, with OverflowValue for each label. A histogram or summary is one series.
func Cap(n int) Rule {
	return plainRule{fmt.Sprintf("Cap(%d)", n), func(d *draft) error {
		return d.setOnce(&d.limit, n, "series")
	}}
}

// MaxValueLength cuts values off at n bytes, or up to three earlier so that no
// character is cut in two. A cut value still counts; a refused one would cost
// the push.
func MaxValueLength(n int) Rule {
	return plainRule{fmt.Sprintf("MaxValueLength(%d)", n), func(d *draft) error {
		return d.setOnce(&d.maxValue, n, "bytes")
	}}
}

// Log lets the policy name what it takes away, other than by Drop, in log: for each reason
// one line in ten seconds at most, with the number of those withheld. Without it the
// policy only counts.
func Log(log *slog.Logger) Rule {
	return plainRule{"Log(logger)", func(d *draft) error {
		switch {
		case log == nil:
			return errors.New("want a logger")
		case d.metric != "":
			return errors.New("want it beside For, not in it: a policy has one log")
		case d.log != nil:
			return errors.New("a policy has one log")
		}
		d.log = log
		return nil
	}}
}

// For holds rules for one metric family, named as it is exposed.
func For(metric string, rules ...Rule) Rule {
	return plainRule{spell("For", metric), func(d *draft) error {
		if d.metric != "" {
			return errors.New("want it beside the other For, not in it")
		}
		if !model.UTF8Validation.IsValidMetricName(metric) {
			return fmt.Errorf("metric name %q: want UTF-8 that is not empty", metric)
		}
		own := d.metrics[metric]
		if own == nil {
			own = newDraft(metric)
			d.metrics[metric] = own
		}
		return own.add(rules)
	}}
}
