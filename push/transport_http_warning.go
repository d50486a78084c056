package push

import (
	"context"
	"net/http"
	"strings"
)

// headerWarning has a finding of the gateway's: “rule: message; suggestion”. There may be several.
const headerWarning = "Headgate-Warning"

// passWarnings hands the warnings of an answer to the Pusher.
func passWarnings(ctx context.Context, answer http.Header) {
	for _, value := range answer.Values(headerWarning) {
		Warn(ctx, readWarning(value))
	}
}

// readWarning takes a Headgate-Warning apart. What has no rule is all message.
func readWarning(value string) Warning {
	rule, message, ok := strings.Cut(value, ": ")
	if !ok || !validRule(rule) {
		return Warning{Message: value}
	}
	return Warning{Rule: rule, Message: message}
}
