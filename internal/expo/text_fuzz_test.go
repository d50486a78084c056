package expo

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"google.golang.org/protobuf/proto"
)

// textSeeds are bodies that between them use the whole text format, and what
// fuzzing once found.
var textSeeds = []string{
	"",
	"m 1\n",
	"# HELP m a\\nb\\\\c\n# TYPE m counter\nm{a=\"b\",c=\"d\\\"\\\\\\n\",} 1.5e+06 17\n",
	"# TYPE h histogram\nh_bucket{le=\"1\",a=\"b\"} 1\nh_bucket{a=\"b\",le=\"+Inf\"} 2.5\nh_sum{a=\"b\"} 3\nh_count{a=\"b\"} 2.5\n",
	"# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 3\ns_count 2\ns 7\n",
	"# TYPE g gaugehistogram\ng_bucket{le=\"1.0\"} 1\ng_count 1\ng{le=\"2\"} 1\n",
	"{\"m\",a=\"x\"} 1\n{a=\"x\",m} 2\n{\"u.m\",\"l.y\"=\"\xc3\xa9\"} NaN\n",
	"# HELP \"u.m\" hh\n# TYPE \"u.m\" GAUGE\n{\"u.m\"}1\n",
	"a 1\nb 2\na 3\n# TYPE c summary\nc_count 1\nc_sum 2\n# HELP c_sum x\n",
	"a\"b c\"{d\"e\"=\"f\"} 1\n",
	" \tm\t1\t2\n\n#comment\n# EOF\n",
	"m{a=\"\xff\"} 1\n",
	"m+Inf\nn-1\no.5 7\n",
	"m{a=\"1\",a=\"2\"} 1\n",
	"m{__name__=\"x\"} 1\n",
	"{} 1\n",
}

// reference parses a body as Prometheus does. Its parser panics on some bodies.
func reference(body []byte, scheme model.ValidationScheme) (fams map[string]*dto.MetricFamily, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	parser := expfmt.NewTextParser(scheme)
	return parser.TextToMetricFamilies(bytes.NewReader(body))
}

// ourOwnRefusals are errors for what Prometheus's parser takes, on purpose: it would
// pass on invalid UTF-8, make a negative count a huge one, and drop backslashes.
var ourOwnRefusals = regexp.MustCompile(`invalid help text|invalid count for summary|unknown metric type ".*\\.*"`)

// staleBraces tells of lines that Prometheus's parser takes by the type of the line
// before: those with the name in braces, once there are summaries or histograms.
func staleBraces(body []byte) bool {
	lower := bytes.ToLower(body)
	return regexp.MustCompile(`(?m)^[ \t]*\{`).Match(body) &&
		(bytes.Contains(lower, []byte("histogram")) || bytes.Contains(lower, []byte("summary")))
}

// FuzzText guards that what Prometheus's parser accepts we accept with the same
// meaning, and that whatever we then emit it reads back equal.
func FuzzText(f *testing.F) {
	for _, seed := range textSeeds {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, utf8Names bool) { compareText(t, body, utf8Names) })
}

// compareText tells whether both parsers took the body and could be compared.
func compareText(t *testing.T, body []byte, utf8Names bool) bool {
	p := Parser{Options: Options{UTF8Names: utf8Names}}
	scheme := schemeOf(utf8Names)
	fams, err := p.Text(slices.Clone(body))
	if err == nil {
		checkRoundTrip(t, fams, scheme)
	}
	if bytes.IndexByte(body, '\r') >= 0 || staleBraces(body) {
		return false
	}
	want, refErr := reference(body, scheme)
	if refErr != nil || err != nil && ourOwnRefusals.MatchString(err.Error()) {
		return false
	}
	if err != nil {
		t.Fatalf("%q: %v, but Prometheus accepts it", body, err)
	}
	sameFamilies(t, fams, want)
	return true
}

func sameFamilies(t *testing.T, got []Family, want map[string]*dto.MetricFamily) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d families, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := canonDTO(toDTO(&got[i])), want[got[i].Name]
		if w == nil {
			t.Errorf("got family %s", g)
		} else if !proto.Equal(g, canonDTO(w)) {
			t.Errorf("got  %s\nwant %s", g, canonDTO(w))
		}
	}
}

// checkRoundTrip encodes each family as text, and has it read by Prometheus's parser
// and by our own.
func checkRoundTrip(t *testing.T, fams []Family, scheme model.ValidationScheme) {
	t.Helper()
	for i := range fams {
		f := &fams[i]
		text := AppendSamples(AppendTextHeader(nil, f), f)
		back, err := reference(text, scheme)
		if err != nil && !strings.HasPrefix(string(AppendSamples(nil, f)), "{") {
			t.Fatalf("Prometheus cannot read what we wrote: %v\n%s", err, text)
		}
		if err == nil && len(back) != 1 {
			t.Fatalf("Prometheus reads %d families in what we wrote as one:\n%s", len(back), text)
		}
		var p Parser
		again := Family{Name: f.Name, Type: f.Type}
		samples := string(AppendSamples(nil, f))
		if err := p.Samples(&again, samples); err != nil {
			t.Fatalf("Samples: %v\n%s", err, samples)
		}
		if got := string(AppendSamples(nil, &again)); got != samples {
			t.Fatalf("Samples changed\n%sto\n%s", samples, got)
		}
	}
}

// FuzzSamples guards that text which is not canonical cannot do worse than an error.
func FuzzSamples(f *testing.F) {
	for t := range len(typeNames) {
		for _, seed := range textSeeds {
			f.Add("h", uint8(t), seed)
		}
	}
	f.Fuzz(func(t *testing.T, name string, typ uint8, text string) {
		fam := Family{Name: name, Type: Type(typ % uint8(len(typeNames)))}
		var p Parser
		if err := p.Samples(&fam, text); err == nil {
			AppendSamples(nil, &fam)
		}
	})
}
