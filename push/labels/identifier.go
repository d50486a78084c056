package labels

import (
	"net/netip"
	"strings"
)

// templateIDs replaces the segments of a path that look like identifiers. It
// allocates only if there are any.
func templateIDs(value string) string {
	path := pathOf(value)
	var out strings.Builder
	copied := 0
	for i := 0; i < len(path); {
		end := len(path)
		if j := strings.IndexByte(path[i:], '/'); j >= 0 {
			end = i + j
		}
		if isIdentifier(path[i:end]) {
			out.WriteString(path[copied:i])
			out.WriteString(":id")
			copied = end
		}
		i = end + 1
	}
	if copied == 0 {
		return path
	}
	out.WriteString(path[copied:])
	return out.String()
}

// isIdentifier is whether a segment of a path looks as if it named one of many things.
func isIdentifier(s string) bool {
	return isDigits(s) || isUUID(s) || isHash(s) || isShortHash(s) || isToken(s) || isEmail(s) || isIP(s)
}

func isDigits(s string) bool {
	return s != "" && count(s, digit) == len(s)
}

// isUUID is whether s is 8-4-4-4-12 hexadecimal digits.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !hex(s[i]) {
			return false
		}
	}
	return true
}

// isHash is whether s is a digest, or a part of one, too long to be a word by chance.
func isHash(s string) bool {
	return len(s) >= 16 && mixedHex(s)
}

// isShortHash is whether s looks like a digest's beginning, as of a commit. A word
// like "deadbeef" has no digits.
func isShortHash(s string) bool {
	return 8 <= len(s) && len(s) < 16 && mixedHex(s) && count(s, digit) >= 2
}

func mixedHex(s string) bool {
	digits := count(s, digit)
	return count(s, hex) == len(s) && 0 < digits && digits < len(s)
}

// isToken is whether s is a random string: a ULID, or long, of one piece and with
// digits between capital and small letters.
func isToken(s string) bool {
	letters := count(s, upper) + count(s, lower)
	digits := count(s, digit)
	if len(s) == 26 && letters+digits == 26 && digits >= 3 && (count(s, upper) == 0 || count(s, lower) == 0) {
		return s[0] <= '7' // a ULID holds 128 bits in 26 digits of 5
	}
	plain := letters + digits + strings.Count(s, "-") + strings.Count(s, "_") + strings.Count(s, "=")
	return len(s) >= 20 && plain == len(s) && digits >= 2 && count(s, upper) >= 2 && count(s, lower) >= 2
}

// isEmail is whether s looks like a mail address, and not like an instance of
// a systemd unit (getty@tty1.service).
func isEmail(s string) bool {
	user, domain, ok := strings.Cut(s, "@")
	if !ok || user == "" || strings.ContainsAny(s, " /:") || strings.Contains(domain, "@") {
		return false
	}
	host, tld, ok := cutLast(domain, ".")
	if !ok || host == "" || len(tld) < 2 || count(tld, lower)+count(tld, upper) != len(tld) {
		return false
	}
	switch tld {
	case "service", "socket", "slice", "scope", "mount", "automount", "timer", "target", "swap", "device", "path":
		return false
	}
	return true
}

// isIP is whether s is an address that tells hosts apart, with or without a port.
func isIP(s string) bool {
	a, ok := parseAddress(s)
	return ok && a != netip.IPv4Unspecified() && a != netip.IPv6Unspecified() && !a.IsLoopback() && !a.IsMulticast()
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func count(s string, is func(byte) bool) int {
	n := 0
	for i := range len(s) {
		if is(s[i]) {
			n++
		}
	}
	return n
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func hex(c byte) bool   { return digit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
