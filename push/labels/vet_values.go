package labels

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// valueRule finds values of which there is no end.
type valueRule struct {
	id      string
	says    string // "3 of 5 values …"
	atLeast int    // how many values have to look so
	looks   func(label, value string) bool
	alike   bool // whether they have to be of one shape
	suggest func(label, value string) string
}

// valueRules are tried in this order: the more a rule knows of a value, the
// earlier it stands.
var valueRules = []valueRule{
	{"label-email", "are mail addresses", 1, only(isEmail), false, suggestDrop},
	{"label-timestamp", "are times", 1, only(isTime), false, suggestGauge},
	{"label-timestamp", "are dates", 3, only(isDate), false, suggestGauge},
	{"label-path", "are paths with identifiers or parameters", 1, isEndlessPath, false, suggestTemplate},
	{"label-path", "are alike paths with numbers", 3, isNumberedPath, true, suggestTemplate},
	{"label-uuid", "are UUIDs", 1, only(isUUID), false, suggestDrop},
	{"label-ip", "are IP addresses", 1, only(isIP), false, suggestRegion},
	{"label-hash", "look like hashes", 1, only(isHash), false, suggestDrop},
	{"label-hash", "look like short hashes", 3, only(isShortHash), false, suggestDrop},
	{"label-token", "look like random tokens", 1, only(isToken), false, suggestDrop},
	{"label-pod", "look like generated names of pods", 1, isPod, false, suggestPod},
	{"label-number", "are long numbers", 1, only(isLongNumber), false, suggestDrop},
	{"label-number", "are numbers of six digits and more", 2, only(isOddNumber), false, suggestDrop},
	{"label-text", "are free text", 1, isText, false, suggestKinds},
	{"label-identifier", "stand in a label named like an identifier", 1, isNamedIdentifier, false, suggestDrop},
}

// fitting returns the values that look as the rule says. Of numbered paths these are
// those of the commonest shape: /v2/status and /archive/2024 are two routes.
func (r *valueRule) fitting(label string, values []string) []string {
	shapes := map[string][]string{}
	var most []string
	for _, v := range values {
		if !r.looks(label, v) {
			continue
		}
		shape := ""
		if r.alike {
			shape = templateIDs(v)
		}
		shapes[shape] = append(shapes[shape], v)
		if len(shapes[shape]) > len(most) {
			most = shapes[shape]
		}
	}
	return most
}

func only(looks func(string) bool) func(label, value string) bool {
	return func(_, value string) bool { return looks(value) }
}

func suggestDrop(label, _ string) string {
	return fmt.Sprintf("take it off with labels.Drop(%[1]q), or keep a trace of it with labels.Drop(%[1]q).ToExemplar()", label)
}

func suggestGauge(label, _ string) string {
	return fmt.Sprintf("make the time the value of a gauge named …_timestamp_seconds, and take the label off with labels.Drop(%q)", label)
}

func suggestRegion(label, value string) string {
	network := "10.0.0.0/8"
	if a, ok := parseAddress(value); ok {
		if p, err := a.Prefix(a.BitLen() / 4); err == nil {
			network = p.String()
		}
	}
	return fmt.Sprintf("name networks with labels.Region(%q, \"region\", map[string]string{%q: …})", label, network)
}

func suggestTemplate(label, value string) string {
	route := templateIDs(pathOfURL(value))
	if (&template{}).add(route) != nil {
		return fmt.Sprintf("replace identifiers with labels.TemplateIDs(%q)", label)
	}
	return fmt.Sprintf("list routes with labels.Template(%q, %q, …).Else(%q), or replace identifiers with labels.TemplateIDs(%q)",
		label, route, OtherValue, label)
}

func suggestPod(label, _ string) string {
	return fmt.Sprintf("leave it to the grouping key's instance, and take it off with labels.Drop(%q)", label)
}

func suggestKinds(label, _ string) string {
	return fmt.Sprintf("name a few kinds with labels.Match(%[1]q, \".*timeout.*\", \"timeout\") and labels.Allow(%[1]q, \"timeout\", …), and write the text to the log", label)
}

// Unix times from 2001 to 2039 in seconds, and the same with 3, 6 and 9 more digits.
const (
	firstUnix = 1_000_000_000
	lastUnix  = 2_200_000_000
)

func isUnix(s string) bool {
	if len(s) < 10 || (len(s)-10)%3 != 0 || len(s) > 19 || !isDigits(s) {
		return false
	}
	seconds, err := strconv.Atoi(s[:10])
	return err == nil && firstUnix <= seconds && seconds < lastUnix
}

func isTime(s string) bool {
	if isUnix(s) {
		return true
	}
	if len(s) < len("2006-01-02 15:04") || !strings.Contains(s, ":") {
		return false // an error for each layout costs more than all other rules
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", time.DateTime, "2006-01-02T15:04:05", time.RFC1123, time.RFC1123Z} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

func isDate(s string) bool {
	if len(s) != 8 && len(s) != 10 || !digit(s[0]) {
		return false
	}
	_, err1 := time.Parse(time.DateOnly, s)
	_, err2 := time.Parse("20060102", s)
	return err1 == nil || err2 == nil
}

// pathOfURL cuts off scheme and host.
func pathOfURL(s string) string {
	_, host, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	if i := strings.IndexByte(host, '/'); i >= 0 {
		return host[i:]
	}
	return ""
}

func isEndlessPath(label, value string) bool {
	if !strings.HasPrefix(value, "/") && !strings.Contains(value, "://") || ofMachine(label) {
		return false
	}
	if _, query, ok := strings.Cut(value, "?"); ok && strings.Contains(query, "=") {
		return true
	}
	return slices.ContainsFunc(strings.Split(pathOf(pathOfURL(value)), "/"), func(s string) bool {
		return isIdentifier(s) && (!isDigits(s) || len(s) > 4) && !isDate(s)
	})
}

func isNumberedPath(label, value string) bool {
	if !strings.HasPrefix(value, "/") && !strings.Contains(value, "://") || ofMachine(label) {
		return false
	}
	return slices.ContainsFunc(strings.Split(pathOf(pathOfURL(value)), "/"), isDigits)
}

// ofMachine is whether a label holds paths of which a machine has only so many.
func ofMachine(label string) bool { return label == "mountpoint" || label == "device" }

// isPod is whether value looks like the name of a pod of a Deployment (web-5d4f8c7b9-x2k4q), or in a label
// for such names, of a DaemonSet (agent-x2k4q). Kubernetes leaves out of random
// names the letters that make words, and the digits that look like them.
func isPod(label, value string) bool {
	parts := strings.Split(value, "-")
	n := len(parts)
	if n < 2 || len(parts[n-1]) != 5 || !podRandom(parts[n-1]) {
		return false
	}
	if n >= 3 && 8 <= len(parts[n-2]) && len(parts[n-2]) <= 10 && podRandom(parts[n-2]) {
		return true
	}
	switch label {
	case "pod", "pod_name", "instance", "host", "hostname", "node", "container":
		return count(parts[n-1], digit) > 0
	}
	return false
}

func podRandom(s string) bool {
	return count(s, func(c byte) bool { return strings.IndexByte("bcdfghjklmnpqrstvwxz2456789", c) >= 0 }) == len(s)
}

func isLongNumber(s string) bool { return len(s) >= 9 && isOddNumber(s) }

// isOddNumber leaves out numbers that people choose: powers of two and round ones.
func isOddNumber(s string) bool {
	if len(s) < 6 || !isDigits(s) {
		return false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return err != nil || n&(n-1) != 0 && len(strings.TrimRight(s, "0")) > len(s)/2
}

// isText is whether value is a sentence, or in a label for messages three words.
func isText(label, value string) bool {
	words := len(strings.Fields(value))
	switch label {
	case "error", "err", "message", "msg", "exception", "reason", "description", "query", "sql", "statement", "user_agent":
		return words >= 3
	}
	return words >= 6 || words > 1 && len(value) > 128
}

// isNamedIdentifier goes by the name alone: in a test there may be only one user.
func isNamedIdentifier(label, _ string) bool {
	switch strings.ToLower(strings.ReplaceAll(label, "_", "")) {
	case "userid", "username", "useremail", "email", "sessionid", "requestid", "traceid", "spanid", "correlationid", "orderid", "customerid",
		"accountid", "transactionid", "messageid", "clientip", "remoteaddr", "remoteip", "useragent", "sessiontoken", "apikey":
		return true
	}
	return false
}
