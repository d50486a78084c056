package lint

import (
	"fmt"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// keyFindings are about values of a grouping key that are another one's soon.
func keyFindings(key []expo.Label) []labels.Finding {
	var found []labels.Finding
	for _, l := range key {
		kind := passing(l.Name, l.Value)
		if kind == "" {
			continue
		}
		found = append(found, labels.Finding{
			Rule: KeyValueRandom, Label: strings.Clone(l.Name), Value: short(l.Value), Count: 1,
			Message:    fmt.Sprintf("the grouping key has %s=%q, %s: each new one leaves a group behind", short(l.Name), short(l.Value), kind),
			Suggestion: suggestLasting(l.Name),
		})
	}
	return found
}

func suggestLasting(label string) string {
	switch label {
	case "job":
		return "name the job after what it does, and push its run's number or time as a value"
	case "instance":
		return "name what stays, as the host or the StatefulSet's pod, or leave instance out, or push with a ttl"
	}
	return fmt.Sprintf("leave %s out of the key, or push with a ttl", short(label))
}

// passing says what a value of a key looks like, if there will be others in its place,
// or "". Addresses are what instances are named by.
func passing(label, value string) string {
	switch rule := labels.Endless(label, value); rule {
	case "label-uuid":
		return "a UUID"
	case "label-hash":
		return "a hash or a container's id"
	case "label-token":
		return "a random token"
	case "label-pod":
		return "the generated name of a pod"
	case "label-timestamp":
		return "a time"
	case "label-number":
		return "a long number"
	}
	if isContainer(value) {
		return "a container's id"
	}
	return passingEnd(value)
}

// isContainer is whether value is the short id of a container, which is its hostname if nobody
// gives it another.
func isContainer(value string) bool {
	digits := 0
	for i := range len(value) {
		c := value[i]
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c < 'a' || c > 'f':
			return false
		}
	}
	return len(value) == 12 && digits >= 2 && digits < 12
}

// passingEnd looks at the end of a value: nightly-2024-05-01, build-1700000000.
func passingEnd(value string) string {
	if isDate(value) {
		return "a date"
	}
	const uuid = 36
	if n := len(value) - uuid; n > 0 && labels.Endless("", value[n:]) == "label-uuid" {
		return "which ends in a UUID"
	}
	if n := len(value) - len(time.DateOnly); n > 0 && separator(value[n-1]) && isDate(value[n:]) {
		return "which ends in a date"
	}
	at := strings.LastIndexFunc(value, func(r rune) bool { return separator(byte(r)) })
	switch end := value[at+1:]; {
	case at <= 0:
		return ""
	case isDate(end):
		return "which ends in a date"
	case labels.Endless("", end) == "label-timestamp":
		return "which ends in a time"
	}
	return ""
}

func separator(c byte) bool { return c == '-' || c == '_' || c == '.' }

// isDate is whether s is a day of this century.
func isDate(s string) bool {
	if !strings.HasPrefix(s, "20") || len(s) != len(time.DateOnly) && len(s) != len("20060102") {
		return false
	}
	_, err := time.Parse(time.DateOnly, s)
	_, err2 := time.Parse("20060102", s)
	return err == nil || err2 == nil
}
