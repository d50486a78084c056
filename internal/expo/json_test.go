package expo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// inJSON are options for tests: entries that name no job are of job j.
var inJSON = JSONOptions{Job: "j", Latest: 2_000_000_000_000}

// exposed writes families as they would be scraped.
func exposed(families []Family) string {
	var b []byte
	for i := range families {
		b = AppendSamples(AppendTextHeader(b, &families[i]), &families[i])
	}
	return string(b)
}

// What a JSON body says is what a text body with the same samples says.
func TestJSONMeansWhatTextMeans(t *testing.T) {
	for _, c := range []struct{ name, json, text string }{
		{"one object", `{"name":"m","value":1}`, "# TYPE m untyped\nm 1\n"},
		{"a list", "[\n {\"name\":\"m\",\"value\":1},\r\n\t{\"name\":\"n\",\"value\":2} ]\n", "# TYPE m untyped\nm 1\n# TYPE n untyped\nn 2\n"},
		{"type and help", `{"name":"m_total","type":"counter","help":"a \"b\"\n","value":1}`, "# HELP m_total a \"b\"\\n\n# TYPE m_total counter\nm_total 1\n"},
		{"a type holds for all of the metric", `[{"name":"m","value":1,"labels":{"a":"1"}},{"name":"m","value":2,"type":"gauge"}]`, "# TYPE m gauge\nm{a=\"1\"} 1\nm 2\n"},
		{"tags", `{"name":"m","tags":{"a":"b","c":""},"value":1}`, "# TYPE m untyped\nm{a=\"b\",c=\"\"} 1\n"},
		{"no labels", `[{"name":"m","labels":{},"value":1},{"name":"n","labels":null,"type":null,"timestamp":null,"job":null,"help":null,"value":1}]`, "# TYPE m untyped\nm 1\n# TYPE n untyped\nn 1\n"},
		{"numbers", `[{"name":"a","value":-0.5e-3},{"name":"b","value":0},{"name":"c","value":1E+2},{"name":"d","value":-0}]`,
			"# TYPE a untyped\na -0.0005\n# TYPE b untyped\nb 0\n# TYPE c untyped\nc 100\n# TYPE d untyped\nd 0\n"},
		{"no numbers", `[{"name":"a","value":"NaN"},{"name":"b","value":"+Inf"},{"name":"c","value":"-Inf"},{"name":"d","value":"1.5"}]`,
			"# TYPE a untyped\na NaN\n# TYPE b untyped\nb +Inf\n# TYPE c untyped\nc -Inf\n# TYPE d untyped\nd 1.5\n"},
		{"escapes", `{"n\u0061me":"m","labels":{"\u0061":"\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00"},"value":1}`,
			"# TYPE m untyped\nm{a=\"\\\"\\\\/\b\f\\n\r\té\u00e9😀\"} 1\n"},
		{"histogram", `[{"name":"h_count","type":"histogram","value":4,"labels":{"a":"b"}},{"name":"h_bucket","type":"histogram","labels":{"le":"0.5","a":"b"},"value":3},
			{"name":"h_sum","type":"histogram","labels":{"a":"b"},"value":9},{"name":"h_bucket","type":"histogram","labels":{"a":"b","le":"+Inf"},"value":4}]`,
			"# TYPE h histogram\nh_bucket{a=\"b\",le=\"0.5\"} 3\nh_bucket{a=\"b\",le=\"+Inf\"} 4\nh_sum{a=\"b\"} 9\nh_count{a=\"b\"} 4\n"},
		{"summary", `[{"name":"s","type":"summary","labels":{"quantile":"0.5"},"value":3},{"name":"s_sum","type":"summary","value":9},{"name":"s_count","type":"summary","value":4}]`,
			"# TYPE s summary\ns{quantile=\"0.5\"} 3\ns_sum 9\ns_count 4\n"},
		{"a summary by the name of a part", `[{"name":"s_count","type":"summary","labels":{"quantile":"0.5"},"value":3},{"name":"s_count_count","type":"summary","value":4}]`,
			"# TYPE s_count summary\ns_count{quantile=\"0.5\"} 3\ns_count_sum 0\ns_count_count 4\n"},
		{"nothing", `[ ]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			for range 2 { // the second time with used arenas
				got, err := p.JSON([]byte(c.json), inJSON)
				if err != nil {
					t.Fatal(err)
				}
				if text := exposed(got.Families); text != c.text {
					t.Errorf("got\n%s\nwant\n%s", text, c.text)
				}
			}
		})
	}
}

// A refusal quotes what is wrong, says where it is and what would be right.
func TestJSONRefusals(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{``, `line 1, column 1: expected a list of samples in [ ], or one in { }, found the end of the body`},
		{`"m"`, `expected a list`},
		{"[\n  {\"name\":\"m\",\"value\":1},\n  {\"name\":\"m\",\"lables\":{}}]", `line 3, column 15: entry 2: unknown key "lables": did you mean "labels"? want name, value,`},
		{`{"Value":1}`, `did you mean "value"?`},
		{`{"metric":1}`, `unknown key "metric": want name,`},
		{`{"name":"m","value":1,"name":"m"}`, `line 1, column 23: key "name" is given twice`},
		{`{"name":"m","value":1,"value":1}`, `key "value" is given twice`},
		{`{"name":"m","value":1,"type":null,"type":"gauge"}`, `key "type" is given twice`},
		{`{"name":"m","value":1,"labels":{},"tags":{}}`, `both "labels" and "tags"`},
		{`{"name":"m","value":1,"labels":{"a":"1","b":"","a":"2"}}`, `line 1, column 49: label "a" is given twice`},
		{`{"value":1}`, `no "name"`},
		{`{"name":"","value":1}`, `invalid metric name ""`},
		{`{"name":"a-b","value":1}`, `line 1, column 9: invalid metric name "a-b": want [a-zA-Z_:]`},
		{`{"name":1,"value":1}`, `expected a metric name in double quotes, found '1'`},
		{`{"name":"m"}`, `no "value" for metric "m"`},
		{`{"name":"m","value":null}`, `found 'n'`},
		{`{"name":"m","value":true}`, `found 't'`},
		{`{"name":"m","value":[1]}`, `found '['`},
		{`{"name":"m","value":01}`, `line 1, column 21: "01" is not a JSON number`},
		{`{"name":"m","value":+1}`, `not a JSON number`},
		{`{"name":"m","value":1.}`, `not a JSON number`},
		{`{"name":"m","value":.1}`, `not a JSON number`},
		{`{"name":"m","value":1e}`, `not a JSON number`},
		{`{"name":"m","value":-}`, `not a JSON number`},
		{`{"name":"m","value":0x10}`, `expected ',' or '}' after the value of "value", found 'x'`},
		{`{"name":"m","value":1e999}`, `the value "1e999" is not a 64-bit float`},
		{`{"name":"m","value":"x"}`, `the value "x" is not a 64-bit float`},
		{`{"name":"m","value":1,"type":"gage"}`, `unknown metric type "gage"`},
		{`{"name":"m","value":1,"labels":[]}`, `expected labels in { }`},
		{`{"name":"m","value":1,"labels":{"code":200}}`, `expected the value of label "code" in double quotes, found '2'`},
		{`{"name":"m","value":1,"labels":{"a-b":""}}`, `line 1, column 33: invalid label name "a-b"`},
		{`{"name":"m","value":1,"labels":{"__name__":"x"}}`, `label name "__name__" is reserved`},
		{`{"name":"m","value":1,"job":""}`, `empty job`},
		{`{"name":"m","value":1,"job":"a","labels":{"job":"b"}}`, `job is "a" and label job is "b"`},
		{`{"name":"m","value":1}]`, `line 1, column 23: expected nothing after the end of the list, found ']'`},
		{"{\"name\":\"m\",\"value\":1}\x00", `found '\x00'`},
		{`[{"name":"m","value":1},]`, `entry 2: expected a sample in { }, found ']'`},
		{`[{"name":"m","value":1} {`, `expected ',' or ']' after entry 1`},
		{`[{"name":"m","value":1}`, `found the end of the body`},
		{`[[[[`, `entry 1: expected a sample in { }, found '['`},
		{`{"name":"m`, `a metric name has no closing quote`},
		{`{"name":"m\`, `a metric name has no closing quote`},
		{`{"name" "m"}`, `expected ':' after a key`},
		{`{name:"m"}`, `expected a key in double quotes, found 'n'`},
		{"{\"name\":\"m\",\"value\":1,\"help\":\"a\nb\"}", `control character '\n' in the help text`},
		{"{\"name\":\"m\",\"value\":1,\"help\":\"\xff\"}", `want valid UTF-8`},
		{`{"name":"m","value":1,"help":"\ud800"}`, `line 1, column 31: invalid escape sequence "\\ud800"`},
		{`{"name":"m","value":1,"help":"\ud800\u0041"}`, `invalid escape sequence`},
		{`{"name":"m","value":1,"help":"\udc00"}`, `invalid escape sequence`},
		{`{"name":"m","value":1,"help":"\u12"}`, `invalid escape sequence`},
		{`{"name":"m","value":1,"help":"\u+123"}`, `invalid escape sequence`},
		{`{"name":"m","value":1,"help":"\x41"}`, `invalid escape sequence`},
		{`[{"name":"m","value":1,"type":"gauge"},{"name":"m","value":2,"type":"counter","labels":{"a":"b"}}]`, `entry 2: type counter, but "m" is of type gauge in other entries`},
		{`[{"name":"m","value":1},{"name":"m_sum","value":2,"type":"summary"}]`, `entry 2: type summary, but "m" is of type untyped`},
		{`[{"name":"m_sum","value":2,"type":"summary"},{"name":"m","value":1}]`, `entry 2: no type, but other entries say that "m" is a summary`},
		{`[{"name":"m","value":1,"help":"a"},{"name":"m","value":1,"help":"b","labels":{"a":"b"}}]`, `a second help text`},
		{`{"name":"h","value":1,"type":"histogram"}`, `"h" with these labels is no part of a histogram: want x_bucket with a label "le"`},
		{`{"name":"h_sum","value":1,"type":"histogram","labels":{"le":"1"}}`, `no part of a histogram`},
		{`{"name":"_sum","value":1,"type":"summary"}`, `no part of a summary: want x with a label "quantile"`},
		{`{"name":"h_bucket","value":1,"type":"histogram","labels":{"le":"x"}}`, `expected float as value for 'le' label, got "x"`},
		{`{"name":"h_bucket","value":-1,"type":"histogram","labels":{"le":"1"}}`, `line 1, column 28: negative bucket population`},
		{`{"name":"s","value":1,"type":"summary","labels":{"quantile":"NaN"}}`, `missing quantile label`},
		{`{"name":"s_count","value":1.5,"type":"summary"}`, `invalid count for summary`},
		{`[{"name":"s_sum","value":1,"type":"summary"},{"name":"s_sum","value":2,"type":"summary"}]`, `"s_sum" {} was given before`},
		{`{"name":"m","value":1,"timestamp":1753000000}`, `timestamp "1753000000" is 1970-01-21T06:56:40Z: want milliseconds`},
		{`{"name":"m","value":1,"timestamp":0}`, `is 1970-01-01T00:00:00Z`},
		{`{"name":"m","value":1,"timestamp":2000000000001}`, `too far in the future`},
		{`{"name":"m","value":1,"timestamp":1753000000000.5}`, `invalid timestamp`},
		{`{"name":"m","value":1,"timestamp":"yesterday"}`, `invalid timestamp "yesterday": want milliseconds since the epoch as an integer, or "2006`},
		{`{"name":"m","value":1,"timestamp":true}`, `found 't'`},
	} {
		var p Parser
		got, err := p.JSON([]byte(c.body), inJSON)
		if parse := (*ParseError)(nil); !errors.As(err, &parse) || parse.Line == 0 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\nerror %v\nwant %s", c.body, err, c.want)
		}
		if got.Key != nil || got.Families != nil {
			t.Errorf("%s\nresult %v beside an error", c.body, got)
		}
	}
}

// The grouping key is job and instance, or job and what is asked for.
func TestJSONGroupingKey(t *testing.T) {
	for _, c := range []struct {
		body     string
		job      string
		grouping []string
		want     string // a key, or a part of an error
	}{
		{`{"name":"m","value":1,"job":"a"}`, "", nil, `{job="a"}`},
		{`{"name":"m","value":1,"job":"a"}`, "b", nil, `{job="a"}`},
		{`{"name":"m","value":1}`, "b", nil, `{job="b"}`},
		{`{"name":"m","value":1,"labels":{"job":"a"}}`, "b", nil, `{job="a"}`},
		{`{"name":"m","value":1,"job":"a","labels":{"job":"a"}}`, "", nil, `{job="a"}`},
		{`{"name":"m","value":1}`, "", nil, `no job: want "job" in each entry, or ?job= in the URL`},
		{`{"name":"m","value":1,"labels":{"x":"y","instance":"i"}}`, "b", nil, `{instance="i", job="b"}`},
		{`{"name":"m","value":1,"labels":{"instance":""}}`, "b", nil, `{job="b"}`},
		{`{"name":"m","value":1,"labels":{"instance":"i"}}`, "b", []string{}, `{job="b"}`},
		{`{"name":"m","value":1,"labels":{"a":"","z":"y","instance":"i"}}`, "b", []string{"a", "z"}, `{a="", job="b", z="y"}`},
		{`{"name":"m","value":1,"labels":{"z":"y"}}`, "b", []string{"a"}, `no label "a", which is to be a part of the grouping key: the group is made of job, a, as ?grouping=`},
		{`[{"name":"m","value":1,"job":"a"},{"name":"n","value":1,"job":"b"}]`, "", nil, `entry 2: group {job="b"}, but the entries before it are of group {job="a"}`},
		{`[{"name":"m","value":1,"job":"a"},{"name":"n","value":1}]`, "b", nil, `group {job="b"}, but`},
		{`[{"name":"m","value":1},{"name":"n","value":1,"labels":{"instance":"i"}}]`, "b", nil, `group {instance="i", job="b"}, but`},
		{`[{"name":"m","value":1},{"name":"n","value":1,"labels":{"instance":"i"}}]`, "b", []string{}, `{job="b"}`},
		{`[]`, "b", nil, `{job="b"}`},
		{`[]`, "", nil, `no entries`},
		{`[]`, "b", []string{"a"}, `no entries`},
	} {
		var p Parser
		got, err := p.JSON([]byte(c.body), JSONOptions{Job: c.job, Grouping: c.grouping})
		if err == nil {
			err = errors.New(describe(got.Key))
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot %v\nwant %s", c.body, err, c.want)
		}
	}
}

// Of several samples of a series the newest counts, the last of equally new ones; what
// has no timestamp is from now. No timestamp is left, and what gave way is counted.
func TestJSONNewestSampleCounts(t *testing.T) {
	const h = `{"name":"h_%s","type":"histogram","value":%d,"timestamp":%d%s}`
	histogram := func(n int, ms int64) []string {
		return []string{fmt.Sprintf(h, "bucket", n, ms, `,"labels":{"le":"1"}`), fmt.Sprintf(h, "sum", n, ms, ""), fmt.Sprintf(h, "count", n, ms, "")}
	}
	m := func(value int, time string) string {
		return fmt.Sprintf(`{"name":"m","value":%d,"labels":{"a":"b"}%s}`, value, time)
	}
	const early, late, rfc = `,"timestamp":1700000000000`, `,"timestamp":1.700000001e12`, `,"timestamp":"2023-11-14T23:13:20.5+01:00"` // between them
	for _, c := range []struct {
		name       string
		entries    []string
		superseded int
		want       string
	}{
		{"in order", []string{m(1, early), m(2, rfc), m(3, late)}, 2, `m{a="b"} 3`},
		{"not in order", []string{m(3, late), m(1, early), m(2, rfc)}, 2, `m{a="b"} 3`},
		{"equal", []string{m(1, late), m(2, late)}, 1, `m{a="b"} 2`},
		{"none is now", []string{m(1, early), m(2, ""), m(3, late)}, 2, `m{a="b"} 2`},
		{"other series stay", []string{m(1, late), `{"name":"m","value":5` + early + `}`}, 0, "m{a=\"b\"} 1\nm 5"},
		{"a histogram is one measurement", slices.Concat(histogram(1, 1700000000000), histogram(2, 1700000000001)), 3,
			"h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 2\nh_sum 2\nh_count 2"},
		{"a summary too", []string{`{"name":"s","type":"summary","labels":{"quantile":"0.5"},"value":1` + early + `}`, `{"name":"s_sum","type":"summary","value":2` + late + `}`}, 1, "s_sum 2\ns_count 0"},
		{"an older one is left whole", slices.Concat(histogram(2, 1700000000001), histogram(1, 1700000000000)), 3,
			"h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 2\nh_sum 2\nh_count 2"},
		{"interleaved", []string{histogram(1, 1700000000000)[0], histogram(2, 1700000000001)[0], histogram(1, 1700000000000)[1], histogram(2, 1700000000001)[1]}, 2,
			"h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 0\nh_sum 2\nh_count 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			got, err := p.JSON([]byte("["+strings.Join(c.entries, ",")+"]"), inJSON)
			if err != nil {
				t.Fatal(err)
			}
			if _, samples, _ := strings.Cut(exposed(got.Families), "\n"); samples != c.want+"\n" {
				t.Errorf("got\n%s\nwant\n%s", samples, c.want)
			}
			if got.Entries != len(c.entries) || got.Superseded != c.superseded {
				t.Errorf("%d entries, %d superseded, want %d and %d", got.Entries, got.Superseded, len(c.entries), c.superseded)
			}
		})
	}
}

// With UTF-8 names any text is a name, but NUL.
func TestJSONNames(t *testing.T) {
	p := Parser{Options: Options{UTF8Names: true}}
	got, err := p.JSON([]byte(`{"name":"a b.é","value":1,"labels":{"\"x":"y"}}`), inJSON)
	if want := "{\"a b.é\",\"\\\"x\"=\"y\"} 1\n"; err != nil || !strings.HasSuffix(exposed(got.Families), want) {
		t.Errorf("got %s, %v; want %s", exposed(got.Families), err, want)
	}
	for _, body := range []string{`{"name":"a\u0000","value":1}`, `{"name":"m","value":1,"labels":{"a\u0000":""}}`} {
		if _, err := p.JSON([]byte(body), inJSON); err == nil {
			t.Errorf("%s: no error", body)
		}
	}
}

// Whatever the shape of a large body, the answer comes at once and is short.
func TestJSONHostileShapes(t *testing.T) {
	const n = 1 << 20
	for name, body := range map[string]string{
		"nesting":          strings.Repeat("[", n),
		"a long number":    `{"name":"m","value":1` + strings.Repeat("0", n) + `}`,
		"a long fraction":  `{"name":"m","value":0.` + strings.Repeat("1", n) + `}`,
		"a long string":    `{"name":"m","value":1,"help":"` + strings.Repeat(`\u0041`, n/6) + `"}`,
		"many escapes":     `{"name":"m","value":1,"labels":{` + strings.Repeat(`"a\u0061":"",`, n/12) + `"a":""}}`,
		"timestamps":       "[" + strings.Repeat(`{"name":"m","value":1,"timestamp":1700000000000},`, n/50) + `{"name":"m","value":1}]`,
		"a long exponent":  `{"name":"m","value":1e` + strings.Repeat("9", n) + `}`,
		"an unclosed list": "[" + strings.Repeat(`{"name":"m_sum","type":"summary","value":1,"timestamp":1700000000000},`, n/80),
	} {
		var p Parser
		_, err := p.JSON([]byte(body), inJSON)
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
		}
	}
}
