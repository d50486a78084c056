package push

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

const (
	mostLabels  = 64   // of a series
	longestText = 4096 // bytes of a name or of a label's value
	wantShort   = "at most 4096 bytes"
)

// Reserved whatever the grouping key is.
var (
	errInternalLabel = errors.New(`names that begin with "__" are Prometheus's own`)
	errJobLabel      = errors.New("job belongs to the grouping key")
	errBucketLabel   = errors.New("le belongs to the buckets of a histogram")
)

// takes is whether a value may be recorded. An infinite one would never leave a sum again.
func (k familyKind) takes(v float64) bool {
	switch k {
	case counterKind:
		return v >= 0 && v <= math.MaxFloat64
	case histogramKind:
		return v >= -math.MaxFloat64 && v <= math.MaxFloat64
	}
	return true
}

func (r *Recorder) scheme() (scheme model.ValidationScheme, metric, label string) {
	if r.config.utf8 {
		return model.UTF8Validation, "a name of valid UTF-8", "valid UTF-8"
	}
	return model.LegacyValidation, "a name that matches [a-zA-Z_:][a-zA-Z0-9_:]*", "[a-zA-Z_][a-zA-Z0-9_]*"
}

// checkFamily says why a family can't be made. r.mu is held.
func (r *Recorder) checkFamily(f *family) *refusal {
	scheme, want, _ := r.scheme()
	if !scheme.IsValidMetricName(f.name) || len(f.name) > longestText {
		return &refusal{reason: invalidName, metric: f.name, want: want}
	}
	if f.name == "push_time_seconds" || f.name == "push_failure_time_seconds" {
		return &refusal{reason: invalidName, metric: f.name, want: "another name, as the gateway shows a metric of its own by this one"}
	}
	if f.kind == histogramKind {
		for _, suffix := range histogramSuffixes {
			if r.families[f.name+suffix] != nil {
				return refuseConflict(f.name, "asked for as a histogram", fmt.Sprintf("whose %q is a metric already", f.name+suffix))
			}
		}
	}
	for _, suffix := range histogramSuffixes {
		base, cut := strings.CutSuffix(f.name, suffix)
		if other := r.families[base]; cut && other != nil && other.kind == histogramKind {
			return refuseConflict(f.name, "part of the histogram "+strconv.Quote(base), "asked for as "+f.what())
		}
	}
	return nil
}

// histogramSuffixes make the names under which a histogram is exposed.
var histogramSuffixes = [...]string{"_bucket", "_count", "_sum"}

// checkDeclared says what else is wrong with what a handle is asked for. r.mu is held.
func (r *Recorder) checkDeclared(f *family) *refusal {
	if len(r.families) >= r.config.maxSeries {
		return refuseLimit(f.name, r.config.maxSeries)
	}
	if !utf8.ValidString(f.help) {
		return &refusal{reason: invalidName, metric: f.name, what: "help", found: f.help, want: "valid UTF-8"}
	}
	for i := range f.bounds {
		if math.IsNaN(f.bounds[i]) || i > 0 && f.bounds[i] <= f.bounds[i-1] {
			return &refusal{reason: invalidValue, metric: f.name, what: "buckets", found: fmt.Sprint(f.bounds), want: "numbers that ascend"}
		}
	}
	set := make([]Label, len(f.names))
	for i, name := range f.names {
		set[i].Name = name
	}
	sortLabels(set)
	reserved := r.reservedFor(f)
	if r.config.policy != nil {
		reserved = nil // the policy may rename the label: its series will tell
	}
	return r.checkLabels(f.name, set, reserved)
}

// reservedFor returns the check of what a label of a family must not be called.
func (r *Recorder) reservedFor(f *family) func(Label) error {
	return func(l Label) error {
		switch {
		case strings.HasPrefix(l.Name, "__"):
			return errInternalLabel
		case l.Name == model.BucketLabel && f.kind == histogramKind:
			return errBucketLabel
		}
		if r.config.reserved != nil {
			if err := r.config.reserved(l); err != nil {
				return err
			}
		}
		if l.Name == model.JobLabel {
			return errJobLabel
		}
		return nil
	}
}

// checkLabels says what is wrong with a set of labels, sorted by name.
func (r *Recorder) checkLabels(metric string, set []Label, reserved func(Label) error) *refusal {
	if len(set) > mostLabels {
		return &refusal{reason: invalidLabel, metric: metric, what: "number of labels", found: strconv.Itoa(len(set)),
			want: "at most " + strconv.Itoa(mostLabels)}
	}
	for i, l := range set {
		if i > 0 && set[i-1].Name == l.Name {
			return &refusal{reason: invalidLabel, metric: metric, what: "label", found: l.Name, want: "each label once"}
		}
		if what, found, want := r.checkLabel(l); want != "" {
			return &refusal{reason: invalidLabel, metric: metric, what: what, found: found, want: want}
		}
	}
	return findReserved(metric, set, reserved)
}

// checkLabel says what should be otherwise; want is empty if nothing.
func (r *Recorder) checkLabel(l Label) (what, found, want string) {
	scheme, _, wantName := r.scheme()
	value := "value of label " + strconv.Quote(l.Name)
	switch {
	case !scheme.IsValidLabelName(l.Name):
		return "label", l.Name, wantName
	case len(l.Name) > longestText:
		return "label", l.Name[:32] + "…", wantShort
	case !utf8.ValidString(l.Value):
		return value, l.Value, "valid UTF-8"
	case len(l.Value) > longestText:
		return value, l.Value[:32] + "…", wantShort
	}
	return "", "", ""
}

// findReserved says which label must not be called so.
func findReserved(metric string, set []Label, reserved func(Label) error) *refusal {
	if reserved == nil {
		return nil
	}
	for i := range set {
		if err := reserved(set[i]); err != nil {
			return refuseReserved(metric, set[i].Name, err)
		}
	}
	return nil
}
