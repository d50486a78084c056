package push

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// base64Suffix behind a label's name in a path says that its value is in base64.
const base64Suffix = "@base64"

// withScheme takes host:port for http://host:port.
func withScheme(raw string) string {
	if strings.Contains(raw, "://") {
		return raw
	}
	return "http://" + raw
}

// checkURL returns raw with a scheme, or says why no request can go there.
func checkURL(raw string) (*url.URL, error) {
	u, err := url.Parse(withScheme(raw))
	switch {
	case raw == "":
		return nil, errors.New("url is empty: want a host, as in http://headgate:9091")
	case err != nil:
		return nil, fmt.Errorf("url %q: %w", withoutUser(raw), bareURLError(err))
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("url %q: scheme %q: want http or https", u.Redacted(), u.Scheme)
	case u.Host == "":
		return nil, fmt.Errorf("url %q: want a host, as in http://headgate:9091", u.Redacted())
	case u.Fragment != "":
		return nil, fmt.Errorf("url %q: fragment %q: want none", u.Redacted(), u.Fragment)
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return nil, fmt.Errorf("url %q: port %q: want 0 to 65535", u.Redacted(), port)
		}
	}
	return u, nil
}

// withoutUser leaves out of a URL that can't be parsed what may be a password.
func withoutUser(raw string) string {
	at := strings.LastIndexByte(raw, '@')
	if at < 0 {
		return raw
	}
	scheme, _, found := strings.Cut(raw[:at], "://")
	if !found {
		return "…" + raw[at:]
	}
	return scheme + "://…" + raw[at:]
}

// bareURLError leaves out of a parse error the URL, which the caller quotes.
func bareURLError(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// checkGatewayURL checks the URL of a gateway, to which paths are added.
func checkGatewayURL(raw string) (string, error) {
	u, err := checkURL(raw)
	switch {
	case err != nil:
		return "", err
	case u.RawQuery != "" || u.ForceQuery:
		return "", fmt.Errorf("url %q: query %q: want none, as the path of each push is put behind the URL", u.Redacted(), u.RawQuery)
	case strings.Contains(u.Path, "/metrics/job"):
		return "", fmt.Errorf("url %q: path %q: leave out /metrics/job and what follows, which each push puts behind the URL", u.Redacted(), u.Path)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// groupURL returns the URL of a group below base, the gateway's.
func groupURL(base, job string, grouping []Label) string {
	var b strings.Builder
	b.WriteString(base)
	b.WriteString("/metrics")
	writePathLabel(&b, "job", job)
	for _, l := range grouping {
		writePathLabel(&b, l.Name, l.Value)
	}
	return b.String()
}

// nameInPath escapes what would end a segment or the path; a name may be any UTF-8.
var nameInPath = strings.NewReplacer("%", "%25", "/", "%2F", "?", "%3F", "#", "%23")

// writePathLabel writes a label as two segments of a path. A value with a slash
// goes as base64, and an empty one as the padding of base64, lest it make an empty
// segment; so do the dots that a server would take for this folder or the one
// above. Any other goes query-escaped, plus signs for blanks included, as
// client_golang writes it and gateways have read it ever since.
func writePathLabel(b *strings.Builder, name, value string) {
	b.WriteByte('/')
	b.WriteString(nameInPath.Replace(name))
	switch {
	case value == "":
		b.WriteString(base64Suffix + "/=")
	case strings.Contains(value, "/"), value == ".", value == "..":
		b.WriteString(base64Suffix + "/")
		b.WriteString(base64.RawURLEncoding.EncodeToString([]byte(value)))
	default:
		b.WriteByte('/')
		b.WriteString(url.QueryEscape(value))
	}
}

// redact returns rawURL without the password it may hold, for messages.
func redact(rawURL string) string {
	if !strings.Contains(rawURL, "@") {
		return rawURL
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.User == nil {
		return rawURL
	}
	return u.Redacted()
}
