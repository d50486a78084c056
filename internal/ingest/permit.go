package ingest

import (
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/limit"
)

// OtherGroupError is a push to a group that its pusher may not change. Nothing shows it.
type OtherGroupError struct {
	Group string            // a selector of it
	May   []*labels.Matcher // the groups that the pusher may change
}

func (e *OtherGroupError) Error() string {
	var may []string
	for _, m := range e.May {
		may = append(may, m.String())
	}
	return fmt.Sprintf("no right to push to group %s: the token is for {%s}", e.Group, strings.Join(may, ","))
}

// permit refuses a push whose group, as it is going to be kept, its pusher may not
// change. To look at the key as pushed wouldn't do: the rules may make another of it.
func permit(p *Push) error {
	if p.Groups == nil || limit.Matches(p.Groups, p.Labels) {
		return nil
	}
	return &OtherGroupError{Group: selectorOf(p.Labels), May: p.Groups}
}
