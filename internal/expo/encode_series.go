package expo

// appendSeries appends a metric name and its labels without the closing brace,
// and returns the byte that has to come before a further label: '{' if no brace
// is open yet, else ','. quoted says that name is not a legacy name.
func appendSeries(dst []byte, name, suffix string, quoted bool, labels []Label) ([]byte, byte) {
	sep := byte('{')
	if quoted {
		dst = append(dst, `{"`...)
		dst = appendEscaped(dst, name, true)
		dst = append(dst, suffix...)
		dst = append(dst, '"')
		sep = ','
	} else {
		dst = append(dst, name...)
		dst = append(dst, suffix...)
	}
	return appendLabels(dst, sep, labels)
}

// appendLabels appends label pairs, each after a separator, the first after sep.
func appendLabels(dst []byte, sep byte, labels []Label) ([]byte, byte) {
	for i := range labels {
		dst = append(dst, sep)
		dst = appendLabelName(dst, labels[i].Name)
		dst = append(dst, `="`...)
		dst = appendEscaped(dst, labels[i].Value, true)
		dst = append(dst, '"')
		sep = ','
	}
	return dst, sep
}

// appendMetricName appends name, quoted unless it is a legacy name.
func appendMetricName(dst []byte, name string) []byte {
	if LegacyMetricName(name) {
		return append(dst, name...)
	}
	return appendQuoted(dst, name)
}

// appendLabelName appends name, quoted unless it is a legacy name.
//
// Prometheus's own encoder leaves a colon unquoted, which its parser then refuses.
func appendLabelName(dst []byte, name string) []byte {
	if LegacyLabelName(name) {
		return append(dst, name...)
	}
	return appendQuoted(dst, name)
}

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s, true)
	return append(dst, '"')
}

// appendEscaped appends s with backslashes, line feeds and, if quotes is set,
// double quotes escaped.
func appendEscaped(dst []byte, s string, quotes bool) []byte {
	start := 0
	for i := range len(s) {
		var escape string
		switch c := s[i]; {
		case c == '\\':
			escape = `\\`
		case c == '\n':
			escape = `\n`
		case c == '"' && quotes:
			escape = `\"`
		default:
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, escape...)
		start = i + 1
	}
	return append(dst, s[start:]...)
}
