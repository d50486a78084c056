package expo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

var openMetricsSeeds = []string{
	"# EOF\n",
	"# HELP foo some \\\"help\\n\n# TYPE foo counter\nfoo_total{a=\"b\"} 17.0 1.5 # {trace_id=\"x\"} 0.5 1520879607.789\nfoo_created{a=\"b\"} 1520872607.123\n# EOF\n",
	"# TYPE g_seconds gauge\n# UNIT g_seconds seconds\n# HELP g_seconds  two blanks\ng_seconds{a=\"\\d\"} -1\ng_seconds NaN -1.5\n# EOF\n",
	"# TYPE h histogram\nh_bucket{le=\"1.0\",a=\"b\"} 1 # {} 0.7\nh_bucket{le=\"+Inf\",a=\"b\"} 2\nh_sum{a=\"b\"} 3\nh_count{a=\"b\"} 2\nh_created{a=\"b\"} 1.5\n# EOF\n",
	"# TYPE gh gaugehistogram\ngh_bucket{le=\"+Inf\"} 4\ngh_gcount 4\ngh_gsum -3\n# EOF\n",
	"# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_count 2\ns_sum 3\ns_created 4\n# EOF",
	"# TYPE c counter\nc_created 1\nc_total 2\nc_total 3\n# EOF\n",
	"# TYPE u unknown\nu 1\nv 2\n{\"w\",a=\"b\"} 3\n\"x\"{a=\"b\"} 4\n# EOF\n",
	"{\"u.m\",\"l.y\"=\"z\"} 1\n# EOF\n",
}

func openMetricsReference(body []byte, scheme model.ValidationScheme) (fams []*dto.MetricFamily, err error) {
	format := expfmt.FmtOpenMetrics_1_0_0
	if scheme == model.UTF8Validation {
		format = format.WithEscapingScheme(model.NoEscaping)
	}
	dec := expfmt.NewDecoder(bytes.NewReader(body), format)
	for {
		var mf dto.MetricFamily
		if err := dec.Decode(&mf); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return fams, err
		}
		fams = append(fams, &mf)
	}
}

// ourOpenMetricsRefusals are what the reference takes and we refuse on purpose:
// invalid UTF-8 in metadata, times outside of the years 1 to 9999, a family of
// which one counter lacks its value.
var ourOpenMetricsRefusals = regexp.MustCompile(`want valid UTF-8|want seconds since the epoch|invalid metric name`)

// FuzzOpenMetrics guards that what Prometheus's OpenMetrics parser accepts we accept
// with the same meaning, and that whatever we then emit as text it reads back.
func FuzzOpenMetrics(f *testing.F) {
	for _, seed := range slices.Concat(openMetricsSeeds, textSeeds) {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(compareOpenMetrics)
}

func compareOpenMetrics(t *testing.T, body []byte, utf8Names bool) {
	p := Parser{Options: Options{UTF8Names: utf8Names}}
	scheme := schemeOf(utf8Names)
	fams, err := p.OpenMetrics(slices.Clone(body))
	if err == nil {
		checkRoundTrip(t, fams, scheme)
	}
	if len(body) > 400 || bytes.IndexByte(body, '\r') >= 0 || ambiguous(body) {
		return // the reference takes its time
	}
	want, refErr := openMetricsReference(body, scheme)
	if refErr != nil || err != nil && ourOpenMetricsRefusals.MatchString(err.Error()) {
		return
	}
	if err != nil {
		t.Fatalf("%q: %v, but Prometheus accepts it", body, err)
	}
	byName := make(map[string]*dto.MetricFamily)
	for _, mf := range want {
		byName[mf.GetName()] = mf
	}
	sameFamilies(t, fams, byName)
}

var (
	familyNames = regexp.MustCompile(`(?m)^(?:# [A-Z]+ )?"?([a-zA-Z_:][a-zA-Z0-9_:]*)`)
	boundLabel  = regexp.MustCompile(`(?:_count|_sum|_created|_gcount|_gsum)"?[{,].*\b(?:le|quantile)"?=`)
)

// ambiguous tells of bodies in which the reference picks the family of a sample by
// chance or by what stands before, as the name fits several; and of those with a
// bound on a sample that has none, which it keeps as a label that occurs twice when
// the buckets are written.
func ambiguous(body []byte) bool {
	if boundLabel.Match(body) {
		return true
	}
	var declared, seen []string
	within := func(base string) func(string) bool {
		return func(name string) bool { return strings.HasPrefix(name, base+"_") }
	}
	for _, m := range familyNames.FindAllStringSubmatch(string(body), -1) {
		name := m[1]
		if strings.HasPrefix(m[0], "# ") {
			if slices.ContainsFunc(seen, within(name)) || slices.ContainsFunc(declared, func(d string) bool { return within(d)(name) }) {
				return true
			}
			declared = append(declared, name)
		}
		seen = append(seen, name)
	}
	return false
}

// TestOpenMetricsSeeds keeps the seeds honest: most of them the reference accepts.
func TestOpenMetricsSeeds(t *testing.T) {
	for _, seed := range openMetricsSeeds {
		if _, err := openMetricsReference([]byte(seed), model.UTF8Validation); err != nil {
			t.Error(fmt.Errorf("%q: %w", seed, err))
		}
	}
}
