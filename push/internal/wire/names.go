package wire

import (
	"encoding/binary"

	"github.com/prometheus/common/model"
)

// Legacy reports whether all names in b, which Append wrote, are ones that any
// Prometheus takes: then escaping names leaves b as it is. It returns false, too,
// where it can't tell.
func Legacy(b []byte) bool {
	for len(b) > 0 {
		n, width := binary.Uvarint(b)
		if width <= 0 || n > uint64(len(b)-width) {
			return false
		}
		end := width + int(n)
		if !legacyFamily(b[width:end]) {
			return false
		}
		b = b[end:]
	}
	return true
}

func legacyFamily(b []byte) bool {
	for len(b) > 0 {
		t, content, rest := cutField(b)
		switch {
		case rest == nil,
			t == familyName && !legacyName(content),
			t == familyMetric && !legacyMetric(content):
			return false
		}
		b = rest
	}
	return true
}

// legacyMetric relies on the labels being in front, as Append writes them.
func legacyMetric(b []byte) bool {
	for len(b) > 0 && tag(b[0]) == metricLabel {
		_, label, rest := cutField(b)
		if rest == nil || !legacyLabel(label) {
			return false
		}
		b = rest
	}
	return true
}

func legacyLabel(b []byte) bool {
	t, name, rest := cutField(b)
	if rest == nil || t != labelName || !legacyName(name) {
		return false
	}
	if string(name) != model.MetricNameLabel {
		return true
	}
	_, value, rest := cutField(rest)
	return rest != nil && legacyName(value)
}

// LegacyName is whether a name of a metric or label is left alone by escaping.
func LegacyName(name string) bool { return legacyName(name) }

// legacyName is model.IsValidLegacyMetricName, for bytes as well. Colons are let pass in
// label names, too, as expfmt does.
func legacyName[T string | []byte](name T) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '_', c == ':', i > 0 && '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return len(name) > 0
}

// cutField cuts the first field off b. content is that of a string or a message,
// and empty for a number. rest is nil if b is damaged or has a field that isn't
// in metrics.proto.
func cutField(b []byte) (t tag, content, rest []byte) {
	if len(b) == 0 {
		return 0, nil, nil
	}
	t, b = tag(b[0]), b[1:]
	n, width := binary.Uvarint(b)
	switch {
	case width <= 0:
		return 0, nil, nil
	case t&7 == wireVarint:
		return t, nil, b[width:]
	case t&7 == wireBytes && n <= uint64(len(b)-width):
		end := width + int(n)
		return t, b[width:end], b[end:]
	}
	return 0, nil, nil
}
