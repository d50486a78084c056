package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"

	"github.com/headgate/headgate/internal/client"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/lint/file"
)

// sampleArg is an argument that is a sample and no file.
var sampleArg = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})?|\{".*\})=`)

// text returns what is to be pushed, with its name for messages.
func (c *pushCmd) text(in io.Reader) (name string, text []byte, err error) {
	switch {
	case len(c.Metrics) == 0 && isTerminal(in):
		return "", nil, hint(errors.New("nothing to push: want a file, name=value, or metrics on the standard input"), "headgate push --help has examples")
	case len(c.Metrics) == 0, c.Metrics[0] == "-":
		name = "standard input"
		text, err = io.ReadAll(io.LimitReader(in, mostInput+1))
	case sampleArg.MatchString(c.Metrics[0]):
		text, err = sampleLines(c.Metrics, c.Type)
		return "arguments", text, err
	default:
		name = c.Metrics[0]
		text, err = readFile(name)
	}
	if err != nil {
		return name, nil, err
	}
	return name, text, bounded(name, text)
}

// sampleLines makes an exposition of arguments such as rows{table="a"}=17.
func sampleLines(args []string, typ string) ([]byte, error) {
	args = slices.Clone(args)
	slices.SortStableFunc(args, func(a, b string) int { return strings.Compare(metricOf(a), metricOf(b)) })
	var b bytes.Buffer
	before := ""
	for _, arg := range args {
		at := strings.LastIndexByte(arg, '=')
		series, value := arg[:at], arg[at+1:]
		if _, err := strconv.ParseFloat(value, 64); err != nil || strings.ContainsAny(series, "\n\r") {
			return nil, fmt.Errorf("argument %q: value %q: want a number, as in rows=17", arg, value)
		}
		if name := metricOf(arg); name != before && typ != "" {
			fmt.Fprintf(&b, "# TYPE %s %s\n", name, typ)
			before = name
		}
		fmt.Fprintf(&b, "%s %s\n", series, value)
	}
	return b.Bytes(), nil
}

// metricOf is the name of the metric that an argument is about.
func metricOf(arg string) string { return arg[:strings.IndexAny(arg, "{=")] }

// families reads an exposition. The error has the lines that the gateway would refuse.
func families(name string, text []byte) ([]*dto.MetricFamily, error) {
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	var p expo.Parser
	p.UTF8Names = true
	read := p.Text
	if bytes.HasSuffix(bytes.TrimSpace(text), []byte("# EOF")) {
		read = p.OpenMetrics
	}
	parsed, err := read(text)
	if err != nil {
		return nil, placed(name, err)
	}
	if err := stamped(name, text, parsed); err != nil {
		return nil, err
	}
	var encoded []byte
	for i := range parsed {
		encoded = expo.AppendProto(encoded, &parsed[i])
	}
	return decode(encoded)
}

func decode(encoded []byte) (all []*dto.MetricFamily, _ error) {
	for r := bytes.NewReader(encoded); r.Len() > 0; {
		f := new(dto.MetricFamily)
		if err := protodelim.UnmarshalFrom(r, f); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// placed says where in a file something is wrong.
func placed(name string, err error) error {
	if at, ok := errors.AsType[*expo.ParseError](err); ok && at.Line > 0 {
		return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, at.Msg)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// stamped finds samples with timestamps, with which no push is taken.
func stamped(name string, text []byte, families []expo.Family) error {
	hasTimestamp := func(m expo.Metric) bool { return m.HasTimestamp }
	if !slices.ContainsFunc(families, func(f expo.Family) bool { return slices.ContainsFunc(f.Metrics, hasTimestamp) }) {
		return nil
	}
	found, err := file.Check(name, text, file.Options{})
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range found {
		if f.Rule == file.TimestampOnSample {
			errs = append(errs, errors.New(f.String()))
		}
	}
	return errors.Join(errs...)
}

// clash finds a series with a label that is in the grouping key.
func clash(name string, all []*dto.MetricFamily, key client.Key) error {
	for _, f := range all {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if value, taken := key[l.GetName()]; taken {
					return fmt.Errorf("%s: %s has the label %s=%q, which the grouping key says as %q: leave it out", name, f.GetName(), l.GetName(), l.GetValue(), value)
				}
			}
		}
	}
	return nil
}
