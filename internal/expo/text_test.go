package expo

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// parsed is what a test compares: family, type and the canonical samples.
func parsed(fams []Family) string {
	var b strings.Builder
	for i := range fams {
		f := &fams[i]
		fmt.Fprintf(&b, "%s %s", f.Type, f.Name)
		if f.HasHelp {
			fmt.Fprintf(&b, " help=%q", f.Help)
		}
		if f.Unit != "" {
			fmt.Fprintf(&b, " unit=%q", f.Unit)
		}
		b.WriteByte('\n')
		b.Write(AppendSamples(nil, f))
	}
	return b.String()
}

// TestTextAccepts guards what a text body may look like and what it then means.
func TestTextAccepts(t *testing.T) {
	wantParsed(t, []parsedCase{
		{"nothing", "", ""},
		{"only blank lines and comments", "\n \t\n# a comment\n#\n# EOF\n#HELP\n", ""},
		{"sample without TYPE is untyped", "m 1\n", "untyped m\nm 1\n"},
		{"no newline at the end", "m 1", "untyped m\nm 1\n"},
		{"CRLF line ends", "# HELP m h\r\n# TYPE m gauge\r\n\r\nm{a=\"b\"} 1\r\n", "gauge m help=\"h\"\nm{a=\"b\"} 1\n"},
		{"CR at the end", "m 1\r", "untyped m\nm 1\n"},
		{"trailing blanks", "# TYPE m counter \t\nm 1 \t\nm 2 3 \n", "counter m\nm 1\nm 2 3\n"},
		{"leading blanks and tabs", " \t# TYPE m counter\n \tm\t1\n", "counter m\nm 1\n"},
		{"blanks inside", "m { a = \"1\" , b=\"2\", } 1\n", "untyped m\nm{a=\"1\",b=\"2\"} 1\n"},
		{"empty label set", "m{} 1\nm{ }2\n", "untyped m\nm 1\nm 2\n"},
		{"no blank before the value", "m{a=\"b\"}1\nm+2\nm-3\n", "untyped m\nm{a=\"b\"} 1\nm 2\nm -3\n"},
		{"colon in a name", "a:b 1\n:c 2\n", "untyped a:b\na:b 1\nuntyped :c\n:c 2\n"},
		{"quoted legacy name in braces", `{"m",a="x"} 1`, "untyped m\nm{a=\"x\"} 1\n"},
		{"name in braces behind a label", `{a="x","m",b="y",} 1`, "untyped m\nm{a=\"x\",b=\"y\"} 1\n"},
		{"unquoted name in braces", `{m} 1`, "untyped m\nm 1\n"},
		{"quoted legacy names", `{"m","a"="x"} 1`, "untyped m\nm{a=\"x\"} 1\n"},
		{"escapes in a value", `m{a="\"\\\n"} 1`, "untyped m\nm{a=\"\\\"\\\\\\n\"} 1\n"},
		{"escapes in help", "# HELP m a\\nb\\\\c\\\"d\"\nm 1\n", "untyped m help=\"a\\nb\\\\c\\\"d\\\"\"\nm 1\n"},
		{"help keeps its blanks", "# HELP m  a  b \nm 1\n", "untyped m help=\"a  b \"\nm 1\n"},
		{"help of blanks is no help", "# HELP m  \nm 1\n", "untyped m\nm 1\n"},
		{"metadata without a text", "# TYPE m\n# HELP m\n# TYPE\nm 1\n", "untyped m\nm 1\n"},
		{"TYPE without samples creates nothing", "# HELP m x\n# TYPE m counter\n", ""},
		{"types in any case", "# TYPE m COUNTER\nm 1\n# TYPE g Gauge\ng 1\n", "counter m\nm 1\ngauge g\ng 1\n"},
		{"special values", "m NaN\nm +Inf\nm -Inf\nm inf\nm 1e3\nm .5\nm 5.\nm 100000000000000000000000\n",
			"untyped m\nm NaN\nm +Inf\nm -Inf\nm +Inf\nm 1000\nm 0.5\nm 5\nm 1e+23\n"},
		{"negative counter", "# TYPE m counter\nm -5\n", "counter m\nm -5\n"},
		{"timestamps", "m 1 0\nm 2 -5\nm 3 +7\n", "untyped m\nm 1 0\nm 2 -5\nm 3 7\n"},
		{"interleaved families", "a 1\nb 1\na{x=\"1\"} 2\nb{x=\"1\"} 2\n",
			"untyped a\na 1\na{x=\"1\"} 2\nuntyped b\nb 1\nb{x=\"1\"} 2\n"},
		{"families in order of appearance", "# TYPE z gauge\nb 1\nz 1\na 1\n", "gauge z\nz 1\nuntyped b\nb 1\nuntyped a\na 1\n"},
		{"HELP after samples", "m 1\n# HELP m h\n", "untyped m help=\"h\"\nm 1\n"},
		{"le of a gauge is a label", "# TYPE m gauge\nm{le=\"x\"} 1\n", "gauge m\nm{le=\"x\"} 1\n"},
		{"a reserved prefix parses", "m{__a=\"x\"} 1\n", "untyped m\nm{__a=\"x\"} 1\n"},
	})
}

// TestTextAssembles guards how summaries and histograms come together from lines.
func TestTextAssembles(t *testing.T) {
	wantParsed(t, []parsedCase{
		{"summary", "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 3\ns_count 2\n",
			"summary s\ns{quantile=\"0.5\"} 1\ns_sum 3\ns_count 2\n"},
		{"missing +Inf bucket", "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1\nh_sum 3\nh_count 2\n",
			"histogram h\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n"},
		{"label sets in any order, lines in any order",
			"# TYPE h histogram\nh_count{a=\"1\",b=\"2\"} 2\nh_count{a=\"2\",b=\"1\"} 9\nh_bucket{b=\"2\",le=\"+Inf\",a=\"1\"} 2\nh_sum{b=\"2\",a=\"1\"} 3\n",
			"histogram h\nh_bucket{a=\"1\",b=\"2\",le=\"+Inf\"} 2\nh_sum{a=\"1\",b=\"2\"} 3\nh_count{a=\"1\",b=\"2\"} 2\n" +
				"h_bucket{a=\"2\",b=\"1\",le=\"+Inf\"} 9\nh_sum{a=\"2\",b=\"1\"} 0\nh_count{a=\"2\",b=\"1\"} 9\n"},
		{"fractional counts", "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2.5\nh_count 2.5\n",
			"histogram h\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2.5\nh_sum 0\nh_count 2.5\n"},
		{"gauge histogram", "# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 1\nh_count 1\n# TYPE i gauge_histogram\ni_count 1\n",
			"gaugehistogram h\nh_bucket{le=\"+Inf\"} 1\nh_sum 0\nh_count 1\ngaugehistogram i\ni_bucket{le=\"+Inf\"} 1\ni_sum 0\ni_count 1\n"},
		{"a bucket before its TYPE is a family of its own", "h_bucket{le=\"1\"} 1\n# TYPE h histogram\nh_bucket{le=\"2\"} 1\nh_count 1\n",
			"untyped h_bucket\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 1\nhistogram h\nh_bucket{le=\"+Inf\"} 1\nh_sum 0\nh_count 1\n"},
		{"a bucket of a summary is a family of its own", "# TYPE s summary\ns_bucket 1\ns_count 1\n",
			"summary s\ns_sum 0\ns_count 1\nuntyped s_bucket\ns_bucket 1\n"},
		{"the name of a histogram alone says nothing", "# TYPE h histogram\nh 7\n",
			"histogram h\nh_bucket{le=\"+Inf\"} 0\nh_sum 0\nh_count 0\n"},
		{"a timestamp of one line is the metric's", "# TYPE s summary\ns_sum 3 5\ns_count 2\n",
			"summary s\ns_sum 3 5\ns_count 2 5\n"},
		{"_count alone is a name", "# TYPE s summary\n_count 1\ns_count 1\n",
			"summary s\ns_sum 0\ns_count 1\nuntyped _count\n_count 1\n"},
	})
}

type parsedCase struct{ name, body, want string }

func wantParsed(t *testing.T, cases []parsedCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			fams, err := p.Text([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := parsed(fams); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestTextRefuses guards that each refusal names the thing, its place and what
// would be right.
func TestTextRefuses(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"metric name", "1t14 1\n", `line 1, column 1: invalid metric name "1t14": want [a-zA-Z_:]`},
		{"html", "\n  <html>\n", `line 2, column 3: invalid metric name "<html>"`},
		{"dotted name", "u6.m 1\n", `line 1, column 1: invalid metric name "u6.m": want [a-zA-Z_:][a-zA-Z0-9_:]* (expected float as value, got ".m")`},
		{"value", "m abc\n", `line 1, column 3: expected float as value, got "abc"`},
		{"no value", "m\n", `line 1, column 2: expected float as value, got ""`},
		{"hex float", "m 0x1p4\n", `expected float as value, got "0x1p4"`},
		{"underscore in number", "m 1_000\n", `expected float as value, got "1_000"`},
		{"overflow", "m 1e999\n", `expected float as value, got "1e999"`},
		{"timestamp", "m 1 2.5\n", `line 1, column 5: expected integer as timestamp, got "2.5"`},
		{"exemplar", "m 1 # {trace=\"x\"} 1\n", `line 1, column 5: expected integer as timestamp, got "#"`},
		{"spurious", "m 1 2 3\n", `line 1, column 7: spurious string after timestamp: "3"`},
		{"label name", "a 1\nb 2\nm{a=\"1\",a-b=\"2\"} 1\n", `line 3, column 9: label name "a-b": want [a-zA-Z_][a-zA-Z0-9_]* (expected '=' after label name, found '-')`},
		{"label name start", "m{1=\"2\"} 1\n", `line 1, column 3: invalid label name for metric "m": "1": want [a-zA-Z_][a-zA-Z0-9_]*`},
		{"no equals", "m{a \"2\"} 1\n", `line 1, column 5: expected '=' after label name, found '"'`},
		{"reserved label", "m{__name__=\"x\"} 1\n", `line 1, column 3: label name "__name__" is reserved`},
		{"duplicate labels", "m{a=\"1\",b=\"2\",a=\"2\"} 1\n", `line 1, column 15: duplicate label names for metric "m": "a" is given twice`},
		{"no quote", "m{a=1} 1\n", `line 1, column 5: expected '"' at start of label value, found '1'`},
		{"invalid UTF-8", "m{a=\"\xff\"} 1\n", `line 1, column 5: invalid label value "\xff": want valid UTF-8`},
		{"invalid UTF-8 behind an escape", "m{a=\"\\n\xff\"} 1\n", `invalid label value "\n\xff"`},
		{"invalid UTF-8 in help", "# HELP m \xff\n", `line 1, column 10: invalid help text "\xff"`},
		{"escape in value", `m{a="\x"} 1`, `line 1, column 6: invalid escape sequence '\x'`},
		{"escape in help", "# HELP m \\x\n", `line 1, column 10: invalid escape sequence '\x'`},
		{"backslash at the end", "# HELP m \\\n", `invalid escape sequence`},
		{"open quote", "m{a=\"b\n\"} 1", `line 1, column 5: label value "b" contains unescaped new-line`},
		{"open quote behind an escape", "m{a=\"b\\\"\n\"} 1", `contains unescaped new-line`},
		{"open label set", "m{a=\"b\"\n", `unexpected end of label value "b": want ',' or '}', found the end of the line`},
		{"open label set behind a comma", "m{a=\"b\",\n", `line 1, column 9: invalid label name for metric "m": the line ends before '}'`},
		{"missing comma", "m{a=\"b\" c=\"d\"} 1\n", `line 1, column 9: unexpected end of label value "b": want ',' or '}', found 'c'`},
		{"empty braces", "{} 1\n", `line 1, column 1: invalid metric name`},
		{"no name in braces", "{a=\"1\"} 1\n", `line 1, column 1: invalid metric name`},
		{"two names in braces", "{\"m\",\"n\"} 1\n", `line 1, column 6: multiple metric names for metric "m"`},
		{"UTF-8 name", "{\"u.m\"} 1\n", `line 1, column 2: invalid metric name "u.m": want [a-zA-Z_:][a-zA-Z0-9_:]*`},
		{"UTF-8 label name", "m{\"l.y\"=\"x\"} 1\n", `line 1, column 3: invalid label name "l.y": want [a-zA-Z_][a-zA-Z0-9_]*`},
		{"TYPE after samples", "m 1\n# TYPE m counter\n", `line 2, column 10: second TYPE line for metric name "m", or TYPE reported after samples`},
		{"second TYPE", "# TYPE m counter\n# TYPE m counter\n", `second TYPE line for metric name "m"`},
		{"second HELP", "# HELP m a\n# HELP m b\n", `line 2, column 10: second HELP line for metric name "m"`},
		{"unknown type", "# TYPE m info\n", `line 1, column 10: unknown metric type "info": want counter, gauge`},
		{"name in metadata", "# TYPE a.b gauge\n", `line 1, column 8: invalid metric name in comment: "a.b"`},
		{"quoted name in metadata", "# TYPE \"a.b\" gauge\n", `line 1, column 8: invalid metric name "a.b"`},
		{"le", "# TYPE h histogram\nh_bucket{le=\"foo\"} 1\n", `line 2, column 14: expected float as value for 'le' label, got "foo"`},
		{"quantile", "# TYPE h summary\nh{quantile=\"foo\"} 1\n", `expected float as value for 'quantile' label, got "foo"`},
		{"negative bucket", "# TYPE h histogram\nh_bucket{le=\"1\"} -1\n", `line 2, column 18: negative bucket population for histogram "h"`},
		{"negative count", "# TYPE h histogram\nh_count -1\n", `line 2, column 9: negative count for histogram "h"`},
		{"negative summary count", "# TYPE s summary\ns_count -1\n", `invalid count for summary "s"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			_, err := p.Text([]byte(c.body))
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("got %v, want a *ParseError", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

// TestTextUTF8Names guards that names beyond the classic ones must be quoted, and
// are taken only if that is switched on.
func TestTextUTF8Names(t *testing.T) {
	p := Parser{Options: Options{UTF8Names: true}}
	body := "# HELP \"u.m\" hh\n# TYPE \"u.m\" counter\n{\"u.m\",\"l.y\"=\"x\"} 1\n{\"a\\\"b\"} 2\n"
	want := "counter u.m help=\"hh\"\n{\"u.m\",\"l.y\"=\"x\"} 1\nuntyped a\"b\n{\"a\\\"b\"} 2\n"
	fams, err := p.Text([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed(fams); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, body := range []string{"u.m 1\n", "{u.m} 1\n", "{\"\"} 1\n", "m{\"\"=\"\"} 1\n", "{\"\xff\"} 1\n", "m{\"\xff\"=\"\"} 1\n"} {
		if _, err := p.Text([]byte(body)); err == nil {
			t.Errorf("%q was accepted", body)
		}
	}
}

// TestSampleLimit guards that too many samples are an error that a caller can tell.
func TestSampleLimit(t *testing.T) {
	p := Parser{Options: Options{MaxSamples: 2}}
	if _, err := p.Text([]byte("a 1\n\nb 1\n")); err != nil {
		t.Fatal(err)
	}
	for name, parse := range map[string]func([]byte) ([]Family, error){"text": p.Text, "openmetrics": p.OpenMetrics} {
		_, err := parse([]byte("a 1\nb 1\nc 1\n"))
		var limit *SampleLimitError
		if !errors.As(err, &limit) || limit.Limit != 2 || limit.Line != 3 {
			t.Errorf("%s: got %v, want a SampleLimitError of 2 at line 3", name, err)
		}
	}
}

// TestMessagesStayShort guards that an error repeats only a part of a huge token,
// and never bytes that are not UTF-8.
func TestMessagesStayShort(t *testing.T) {
	var p Parser
	_, err := p.Text([]byte("m " + strings.Repeat("é\xff", 1<<20)))
	if err == nil || len(err.Error()) > 500 || strings.ToValidUTF8(err.Error(), "") != err.Error() {
		t.Errorf("got a message of %d bytes: %.200v", len(err.Error()), err)
	}
}

// TestParserReuse guards that nothing of one body shows in the next one's result.
func TestParserReuse(t *testing.T) {
	bodies := []string{
		"# HELP a b\n# TYPE a counter\na{x=\"\\n\"} 1 7\n",
		"# TYPE a histogram\na_bucket{le=\"1\"} 0.5\na_count 1\n",
		"# TYPE a summary\na{quantile=\"1\"} 1\n",
		"a 1\n",
		"a{",
	}
	var reused Parser
	for range 3 {
		for _, body := range bodies {
			var fresh Parser
			want, wantErr := fresh.Text([]byte(body))
			got, gotErr := reused.Text([]byte(body))
			if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotErr, wantErr) {
				t.Fatalf("%q: got %v, %v; want %v, %v", body, got, gotErr, want, wantErr)
			}
		}
	}
}

// TestManyOfEverything guards that results hold together when arenas grow and
// tables take over from linear search.
func TestManyOfEverything(t *testing.T) {
	const n = 2000
	var body, want strings.Builder
	body.WriteString("# TYPE h histogram\n# TYPE g gauge\n")
	for _, line := range []string{"h_bucket{a=\"%d\",le=\"1\"} 1\n", "g{a=\"%d\"} 1\n", "h_sum{a=\"%d\"} 2\n", "h_count{a=\"%d\"} 1\n"} {
		for i := range n {
			fmt.Fprintf(&body, line, i)
		}
	}
	want.WriteString("histogram h\n")
	for i := range n {
		fmt.Fprintf(&want, "h_bucket{a=\"%d\",le=\"1\"} 1\nh_bucket{a=\"%d\",le=\"+Inf\"} 1\nh_sum{a=\"%d\"} 2\nh_count{a=\"%d\"} 1\n", i, i, i, i)
	}
	want.WriteString("gauge g\n")
	for i := range n {
		fmt.Fprintf(&want, "g{a=\"%d\"} 1\n", i)
	}
	for i := range n {
		fmt.Fprintf(&body, "f%d 1\n", i)
		fmt.Fprintf(&want, "untyped f%d\nf%d 1\n", i, i)
	}
	var p Parser
	for range 2 {
		fams, err := p.Text([]byte(body.String()))
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed(fams); got != want.String() {
			t.Fatal("the result differs from what the lines say")
		}
	}
}

// TestManyLabels guards that samples with very many labels are checked and grouped
// like others.
func TestManyLabels(t *testing.T) {
	var up, down strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&up, "l%d=\"%d\",", i, i)
		fmt.Fprintf(&down, "l%d=\"%d\",", 999-i, 999-i)
	}
	var p Parser
	fams, err := p.Text([]byte("# TYPE s summary\ns_sum{" + up.String() + "} 1\ns_count{" + down.String() + "} 2\n"))
	if err != nil || len(fams) != 1 || len(fams[0].Metrics) != 1 || fams[0].Metrics[0].Summary.Count != 2 {
		t.Errorf("got %v, %v; want one summary", parsed(fams), err)
	}
	if _, err = p.Text([]byte("s{" + up.String() + "l7=\"x\"} 1\n")); err == nil || !strings.Contains(err.Error(), `"l7" is given twice`) {
		t.Errorf("got %v, want an error about l7", err)
	}
}

// TestParseFloatExact guards that the short cut for plain numbers gives what strconv gives.
func TestParseFloatExact(t *testing.T) {
	for _, s := range []string{
		"0", "-0", "+0", "1", "-1", "1.5", ".5", "5.", "0.1", "0.3", "123456.789", "9007199254740991", "9007199254740993",
		"1e22", "1e23", "1.7e+09", "1.234567e+06", "1e-05", "1E5", "1e-22", "4.35", "0.000001", "1e400", "1e", "e5", ".", "+",
		"-", "", "1e+", "1.2.3", "1e1e1", "12345678901234567890", "1234567890123456789", "0.0000000000000000001", "1e100",
	} {
		checkParse(t, s)
	}
	if f, _ := parseFloat("-0"); !math.Signbit(f) {
		t.Error("-0 lost its sign")
	}
}
