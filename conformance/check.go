package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// Check compares an answer with what the step expects and returns every
// difference, joined; nil if there is none.
func (s *Step) Check(a *Answer) error {
	var errs []error
	if !slices.Contains(s.ExpectStatus, a.Status) {
		errs = append(errs, fmt.Errorf("status: want %v, got %d", s.ExpectStatus, a.Status))
	}
	if s.ExpectBody != nil && *s.ExpectBody != string(a.Body) {
		errs = append(errs, fmt.Errorf("body: want exactly %q", *s.ExpectBody))
	}
	for _, want := range s.ExpectBodyContains {
		if !bytes.Contains(a.Body, []byte(want)) {
			errs = append(errs, fmt.Errorf("body: want it to contain %q", want))
		}
	}
	for _, unwanted := range s.ExpectBodyAbsent {
		if bytes.Contains(a.Body, []byte(unwanted)) {
			errs = append(errs, fmt.Errorf("body: want it not to contain %q", unwanted))
		}
	}
	errs = append(errs, checkRegexps(s.ExpectBodyRegex, a.Body, true)...)
	errs = append(errs, checkRegexps(s.ExpectBodyRegexAbsent, a.Body, false)...)
	for name, want := range s.ExpectHeaders {
		if got := strings.Join(a.Header.Values(name), ", "); !strings.Contains(got, want) {
			errs = append(errs, fmt.Errorf("header %s: want it to contain %q, got %q", name, want, got))
		}
	}
	errs = append(errs, checkFamilies(s.ExpectProtoText, a.Body)...)
	return errors.Join(errs...)
}

func checkRegexps(exprs []string, body []byte, want bool) (errs []error) {
	for _, expr := range exprs {
		re, err := regexp.Compile(strings.ReplaceAll(expr, `\Z`, `\z`)) // cases may spell the end Python's way
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if re.Match(body) != want {
			errs = append(errs, fmt.Errorf("body: match of %q: want %t, got %t", expr, want, !want))
		}
	}
	return errs
}

// checkFamilies wants each family, as protobuf text, among those of a delimited body.
func checkFamilies(want []string, body []byte) (errs []error) {
	if len(want) == 0 {
		return nil
	}
	got := map[string]*dto.MetricFamily{}
	for r := bytes.NewReader(body); ; {
		mf := &dto.MetricFamily{}
		err := protodelim.UnmarshalFrom(r, mf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return append(errs, fmt.Errorf("body: want delimited MetricFamily messages: %w", err))
		}
		if got[mf.GetName()] != nil {
			errs = append(errs, fmt.Errorf("body: family %q comes twice", mf.GetName()))
		}
		got[mf.GetName()] = mf
	}
	for _, text := range want {
		var mf dto.MetricFamily
		if err := prototext.Unmarshal([]byte(text), &mf); err != nil {
			errs = append(errs, fmt.Errorf("expectation %q: %w", text, err))
		} else if !proto.Equal(&mf, got[mf.GetName()]) {
			errs = append(errs, fmt.Errorf("family %q: want %v\ngot %v", mf.GetName(), &mf, got[mf.GetName()]))
		}
	}
	return errs
}

// Excerpt returns what a person needs of the body to see why a check failed: the lines
// that share a word with the expectations, or else its beginning.
func (s *Step) Excerpt(a *Answer) string {
	const most = 12
	var words []string
	for _, text := range slices.Concat(s.ExpectBodyContains, s.ExpectBodyAbsent) {
		words = append(words, regexp.MustCompile(`[a-zA-Z0-9_:]{3,}`).FindAllString(text, 2)...)
	}
	var lines []string
	for line := range strings.Lines(string(a.Body)) {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) }) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		lines = slices.Collect(strings.Lines(string(a.Body)))
	}
	if len(lines) > most {
		lines = append(lines[:most], "…\n")
	}
	text := strings.Join(lines, "")
	return text[:min(len(text), 4000)]
}
