package pushtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// item is one element of the list that the JSON route takes.
type item struct {
	Name      string            `json:"name"`
	Value     *number           `json:"value"`
	Type      string            `json:"type"`
	Help      string            `json:"help"`
	Labels    map[string]string `json:"labels"`
	Tags      map[string]string `json:"tags"`
	Timestamp *instant          `json:"timestamp"`
	Job       string            `json:"job"`
}

var types = []string{"counter", "gauge", "histogram", "summary", "untyped"}

// number is a JSON number, or one that JSON doesn't have, as a string.
type number float64

// UnmarshalJSON reads 1.5, "NaN", "+Inf" and "-Inf".
func (n *number) UnmarshalJSON(b []byte) error {
	text := string(b)
	if unquoted, err := strconv.Unquote(text); err == nil {
		switch text = unquoted; text {
		case "NaN", "+Inf", "Inf", "-Inf":
		default:
			return fmt.Errorf("value %q: want a number, or \"NaN\", \"+Inf\" or \"-Inf\"", text)
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("value %s: want a number", b)
	}
	*n = number(v)
	return nil
}

// instant is in milliseconds since 1970.
type instant int64

// UnmarshalJSON reads whole milliseconds, and RFC 3339.
func (t *instant) UnmarshalJSON(b []byte) error {
	if ms, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*t = instant(ms)
		return nil
	}
	if text, err := strconv.Unquote(string(b)); err == nil {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			*t = instant(at.UnixMilli())
			return nil
		}
	}
	return fmt.Errorf("timestamp %s: want milliseconds since 1970, or RFC 3339", b)
}

// mostAhead is how far a timestamp may be ahead of the clock, as with Headgate.
const mostAhead = time.Hour

// readItems reads a list of items, or one. Nothing may follow.
func readItems(body []byte) ([]item, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("body: want UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	items := make([]item, 1)
	var into any = &items
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		into = &items[0]
	}
	if err := dec.Decode(into); err != nil {
		return nil, fmt.Errorf("body: want a list of {\"name\", \"value\", …}: %w", err)
	}
	if len(items) == 0 {
		return nil, errors.New("body: want at least one sample in the list")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("body: want nothing behind the samples, which end at byte %d", dec.InputOffset())
	}
	return items, nil
}

// sample checks an item and makes a sample of it. fallback is the job of the request.
func (it *item) sample(fallback string) (Sample, error) {
	if !model.LegacyValidation.IsValidMetricName(it.Name) {
		return Sample{}, fmt.Errorf("name %q: want [a-zA-Z_:][a-zA-Z0-9_:]*", it.Name)
	}
	if it.Value == nil {
		return Sample{}, fmt.Errorf("metric %q has no value", it.Name)
	}
	if it.Type == "" {
		it.Type = "untyped"
	}
	if !slices.Contains(types, it.Type) {
		return Sample{}, fmt.Errorf("type %q of metric %q: want one of %q", it.Type, it.Name, types)
	}
	if it.Labels != nil && it.Tags != nil {
		return Sample{}, fmt.Errorf("metric %q has labels and tags: want one of them", it.Name)
	}
	s := Sample{Name: it.Name, Value: float64(*it.Value), Labels: map[string]string{}}
	maps.Copy(s.Labels, it.Labels)
	maps.Copy(s.Labels, it.Tags)
	for _, job := range []string{it.Job, s.Labels["job"], fallback} {
		if job != "" {
			s.Labels["job"] = job
			break
		}
	}
	if s.Labels["job"] == "" {
		return Sample{}, fmt.Errorf("metric %q has no job", it.Name)
	}
	// The names go into a line of text, so that they aren't more than names is checked here.
	for name := range s.Labels {
		if !model.LegacyValidation.IsValidLabelName(name) {
			return Sample{}, fmt.Errorf("label name %q of metric %q: want [a-zA-Z_][a-zA-Z0-9_]*", name, it.Name)
		}
	}
	if it.Timestamp != nil {
		s.TimestampMs = int64(*it.Timestamp)
	}
	if s.TimestampMs > time.Now().Add(mostAhead).UnixMilli() {
		return Sample{}, fmt.Errorf("timestamp %d of metric %q is too far in the future: want milliseconds since 1970", s.TimestampMs, it.Name)
	}
	return s, nil
}

// newer is whether a counts where b is of the same series and came before it. One
// without a timestamp is of now.
func newer(a, b Sample) bool {
	at := func(s Sample) int64 {
		if s.TimestampMs == 0 {
			return math.MaxInt64
		}
		return s.TimestampMs
	}
	return at(a) >= at(b)
}
