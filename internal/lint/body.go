package lint

import (
	"fmt"
	"strings"

	"github.com/headgate/headgate/push/labels"
)

// bodyFindings are about job and instance in the body of a push.
func bodyFindings(p *Push) []labels.Finding {
	var found []labels.Finding
	if p.BodyInstance != "" {
		found = append(found, overwritten(BodyInstance, "instance", p.BodyInstance))
	} else if value := bodyInstance(p); value != "" {
		found = append(found, labels.Finding{
			Rule: BodyInstance, Label: "instance", Value: short(value), Count: 1,
			Message:    fmt.Sprintf("instance=%q stands in the body and not in the grouping key, so hosts push to one group and replace what the others pushed", short(value)),
			Suggestion: fmt.Sprintf("put it into the URL: …/instance/%s", short(value)),
		})
	}
	if p.BodyJob != "" {
		found = append(found, overwritten(BodyJob, "job", p.BodyJob))
	}
	return found
}

func overwritten(rule, label, value string) labels.Finding {
	return labels.Finding{
		Rule: rule, Label: label, Value: short(value), Count: 1,
		Message:    fmt.Sprintf("%s=%q stands in the body and is overwritten by the grouping key's", label, short(value)),
		Suggestion: fmt.Sprintf("leave %[1]s to the URL; if it is another thing, call it target_%[1]s", label),
	}
}

// bodyInstance returns the instance that all series of a push have from the body. Several
// are what somebody pushes for others, who is one pusher.
func bodyInstance(p *Push) string {
	if has(p.Key, "instance") {
		return ""
	}
	value := ""
	for _, f := range p.Families {
		for i := range f.Metrics {
			for _, l := range f.Metrics[i].Labels {
				if l.Name != "instance" {
					continue
				}
				if l.Value == "" || value != "" && value != l.Value {
					return ""
				}
				value = l.Value
			}
		}
	}
	return value
}

// short copies a value and cuts it to 80 bytes.
func short(value string) string {
	const most = 80
	if len(value) <= most {
		return strings.Clone(value)
	}
	return strings.ToValidUTF8(value[:most-len("…")], "") + "…"
}
