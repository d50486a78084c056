package api

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/internal/expo"
)

const (
	base64Suffix = "@base64"
	// maxGroupingLabels bounds what one URL may cost: every series of the group
	// carries every label.
	maxGroupingLabels = 64
)

// groupingParser reads grouping keys from URL paths.
type groupingParser struct {
	// utf8Names allows any UTF-8 in label names and decodes U__ escapes.
	utf8Names bool
	// reserved, if set, tells whether names that start with __ are taken: by rules
	// that look at them and take them off.
	reserved func() bool
}

// isGroupPath reports whether what follows "/metrics/" in a path is meant to be a
// group's: job[@base64]/… with something behind the slash.
func isGroupPath(path string) bool {
	rest, ok := strings.CutPrefix(path, "job")
	if !ok {
		return false
	}
	rest, _ = strings.CutPrefix(rest, base64Suffix)
	return len(rest) > 1 && rest[0] == '/'
}

// parse reads a grouping key from a clean, escaped path that isGroupPath:
// job[@base64]/<job>{/<name>[@base64]/<value>}. It appends the labels to dst,
// sorted by name, each name once; they alias path.
func (g groupingParser) parse(dst []expo.Label, path string) ([]expo.Label, error) {
	first, rest, _ := strings.Cut(path, "/")
	job, pairs, _ := strings.Cut(rest, "/")
	value, err := decodeJob(job, first == "job"+base64Suffix)
	if err != nil {
		return nil, err
	}
	from := len(dst)
	if pairs != "" {
		if dst, err = g.parsePairs(dst, pairs); err != nil {
			return nil, err
		}
	}
	if value == "" {
		return nil, badKey("job name is required: the path has an empty one, want /metrics/job/<JOB>")
	}
	// Of equal names the last wins, so the leading job goes last.
	return sortKey(append(dst, expo.Label{Name: "job", Value: value}), from), nil
}

func decodeJob(segment string, inBase64 bool) (string, error) {
	job, err := unescapeSegment(segment)
	if err != nil {
		return "", err
	}
	if inBase64 {
		decoded, err := decodeBase64(job)
		if err != nil {
			return "", badKey("invalid base64 encoding in job name %q: %v; want RFC 4648's URL-safe alphabet, in which - and _ stand for + and /", job, err)
		}
		job = decoded
	}
	if !utf8.ValidString(job) {
		return "", badKey("job name %q %w: percent-encode the UTF-8 bytes of the name", job, errNotUTF8)
	}
	return job, nil
}

// parsePairs reads <name>[@base64]/<value>/… . A trailing slash is an empty last segment.
func (g groupingParser) parsePairs(dst []expo.Label, pairs string) ([]expo.Label, error) {
	switch n := strings.Count(pairs, "/") + 1; {
	case n%2 != 0:
		return nil, badKey("odd number of components in label string %q: want pairs /<NAME>/<VALUE>; an empty value is written <NAME>%s/=", "/"+pairs, base64Suffix)
	case n/2 > maxGroupingLabels:
		return nil, badKey("%d grouping labels in the path, %d allowed", n/2, maxGroupingLabels)
	}
	for more := true; more; {
		var name, value string
		name, pairs, _ = strings.Cut(pairs, "/")
		value, pairs, more = strings.Cut(pairs, "/")
		label, err := g.parsePair(name, value)
		if err != nil {
			return nil, err
		}
		dst = append(dst, label)
	}
	return dst, nil
}

func (g groupingParser) parsePair(name, value string) (l expo.Label, err error) {
	if name, err = unescapeSegment(name); err != nil {
		return l, err
	}
	if value, err = unescapeSegment(value); err != nil {
		return l, err
	}
	name, inBase64 := strings.CutSuffix(name, base64Suffix)
	if l.Name, err = g.labelName(name); err != nil {
		return l, err
	}
	if inBase64 {
		decoded, err := decodeBase64(value)
		if err != nil {
			return l, badKey("invalid base64 encoding for label %s=%q: %v; want RFC 4648's URL-safe alphabet, in which - and _ stand for + and /", name, value, err)
		}
		value = decoded
	}
	if !utf8.ValidString(value) {
		return l, badKey("value %q of label %q %w: percent-encode the UTF-8 bytes of the value", value, name, errNotUTF8)
	}
	l.Value = value
	return l, nil
}

// labelName checks a name and undoes its U__ escape. The reserved prefix is
// refused on both sides of the escape.
func (g groupingParser) labelName(name string) (string, error) {
	if strings.HasPrefix(name, model.ReservedLabelPrefix) && (g.reserved == nil || !g.reserved()) {
		return "", badKey("improper label name %q: names that start with %s are reserved", name, model.ReservedLabelPrefix)
	}
	if !g.utf8Names {
		if !model.LegacyValidation.IsValidLabelName(name) {
			return "", badKey("improper label name %q: want [a-zA-Z_][a-zA-Z0-9_]*", name)
		}
		return name, nil
	}
	plain := model.UnescapeName(name, model.ValueEncodingEscaping)
	switch {
	case !model.UTF8Validation.IsValidLabelName(plain):
		return "", badKey("improper label name %q: want non-empty, valid UTF-8", plain)
	case strings.HasPrefix(plain, model.ReservedLabelPrefix) && (g.reserved == nil || !g.reserved()):
		return "", badKey("improper label name %q: names that start with %s are reserved", plain, model.ReservedLabelPrefix)
	}
	return plain, nil
}

// sortKey sorts the labels from index from on by name and keeps the last of equal names.
func sortKey(labels []expo.Label, from int) []expo.Label {
	key := labels[from:]
	slices.SortStableFunc(key, func(a, b expo.Label) int { return cmp.Compare(a.Name, b.Name) })
	n := 0
	for i, l := range key {
		if i+1 < len(key) && key[i+1].Name == l.Name {
			continue
		}
		key[n] = l
		n++
	}
	return labels[:from+n]
}

// decodeBase64 reads RFC 4648's URL-safe base64. Padding is optional, so "", "="
// and "===" are all the empty string.
func decodeBase64(s string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	return string(b), err
}

func unescapeSegment(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	plain, err := url.PathUnescape(s)
	if err != nil {
		return "", badKey("path segment %q: %v; want %% and two hexadecimal digits", s, err)
	}
	return plain, nil
}

// format is the inverse of parse: the path of a group after "/metrics/".
func (g groupingParser) format(key []expo.Label) string {
	var b strings.Builder
	for _, l := range key {
		if l.Name == "job" {
			g.formatPair(&b, l)
		}
	}
	for _, l := range key {
		if l.Name != "job" {
			b.WriteByte('/')
			g.formatPair(&b, l)
		}
	}
	return b.String()
}

func (g groupingParser) formatPair(b *strings.Builder, l expo.Label) {
	name := l.Name
	if g.utf8Names && strings.HasPrefix(name, "U__") {
		// It would be read as an escape, so it is escaped itself.
		name = "U__" + strings.ReplaceAll(name, "_", "__")
	}
	b.WriteString(escapeSegment(name))
	if l.Value == "" || strings.ContainsRune(l.Value, '/') || strings.HasSuffix(name, base64Suffix) {
		fmt.Fprintf(b, "%s/%s", base64Suffix, base64.RawURLEncoding.EncodeToString([]byte(l.Value)))
		if l.Value == "" {
			b.WriteByte('=')
		}
		return
	}
	b.WriteByte('/')
	b.WriteString(escapeSegment(l.Value))
}

func escapeSegment(s string) string {
	if s == "." || s == ".." {
		return strings.ReplaceAll(s, ".", "%2E")
	}
	return url.PathEscape(s)
}
