package api

import (
	"net/http"
	"path"
	"strings"
)

// escapedPath returns the request's path with its percent-encoding kept, so that
// a %2F stays inside its segment.
//
// RawPath comes first because EscapedPath distrusts a RawPath with raw UTF-8 in
// it (curl sends that) and would then turn every %2F into a separator.
func escapedPath(r *http.Request) string {
	p := r.URL.RawPath
	if p == "" {
		p = r.URL.EscapedPath()
	}
	if strings.IndexByte(p, '%') < 0 {
		return p
	}
	return normalizeEscapes(p)
}

// normalizeEscapes decodes the escapes of letters, digits, '-', '_', '~' and '@',
// which nobody needs to write: "/metrics/job%40base64" is "/metrics/job@base64".
// Escaped dots stay, as a segment %2E is a value and not a dot segment.
func normalizeEscapes(p string) string {
	var b strings.Builder
	b.Grow(len(p))
	for i := 0; i < len(p); i++ {
		if p[i] == '%' && i+2 < len(p) {
			if c, ok := unhex(p[i+1], p[i+2]); ok && isPlain(c) {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(p[i])
	}
	return b.String()
}

func isPlain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '_' || c == '~' || c == '@'
}

func unhex(hi, lo byte) (byte, bool) {
	h, ok1 := hexDigit(hi)
	l, ok2 := hexDigit(lo)
	return h<<4 | l, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// isClean reports whether p starts with a slash and has neither doubled slashes
// nor dot segments.
func isClean(p string) bool {
	if p == "" || p[0] != '/' {
		return false
	}
	for i := 0; i < len(p); i++ {
		if p[i] != '/' {
			continue
		}
		rest := p[i+1:]
		if strings.HasPrefix(rest, "/") || isDotSegment(rest) {
			return false
		}
	}
	return true
}

func isDotSegment(rest string) bool {
	switch segment, _, _ := strings.Cut(rest, "/"); segment {
	case ".", "..":
		return true
	}
	return false
}

// cleanPath is path.Clean with a trailing slash kept: at the end of a grouping
// key it counts.
func cleanPath(p string) string {
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// redirect answers with the same method at another path of this server. The
// status is 307, so a client that follows repeats the whole push and not an
// empty one.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	// A browser takes a backslash for a slash, and "/\host" for another site.
	w.Header().Set("Location", strings.ReplaceAll(to, `\`, "%5C"))
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// normalizePrefix makes "", "/", "x" and "/x/" into "" or "/x".
func normalizePrefix(p string) string {
	p = strings.Trim(p, "/")
	if p == "" {
		return ""
	}
	return "/" + p
}
