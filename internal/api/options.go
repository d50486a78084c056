package api

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	aggregateParam  = "aggregate"
	aggregateHeader = "Headgate-Aggregate"
)

// checkOptions refuses a push that is to be added up. This gateway doesn't do
// that yet, and increments that were kept as values would be wrong without anybody
// noticing. Options that say nothing about what the body means are ignored.
func checkOptions(r *http.Request) error {
	for _, value := range r.Header[aggregateHeader] {
		if err := checkAggregate("header "+aggregateHeader+": ", value); err != nil {
			return err
		}
	}
	if r.URL.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil && strings.Contains(r.URL.RawQuery, aggregateParam) {
		return refuse(badOption, "query %q: %v; want %s=delta or %s=cumulative, joined to others by &", r.URL.RawQuery, err, aggregateParam, aggregateParam)
	}
	for _, value := range query[aggregateParam] {
		if err := checkAggregate(aggregateParam+"=", value); err != nil {
			return err
		}
	}
	return nil
}

func checkAggregate(option, value string) error {
	switch value {
	case "delta", "cumulative":
		return refuse(unsupported, "%s%s: this gateway does not add up pushes yet; push what is to be shown, without that option", option, value)
	}
	return refuse(badOption, "%s%q: want delta or cumulative", option, value)
}
