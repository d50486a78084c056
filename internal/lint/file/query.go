package file

import (
	"fmt"
	"strings"

	promql "github.com/headgate/headgate/internal/lint/query"
)

// query is PromQL that stands in a file.
type query struct {
	text, where string
	line        int
	record      string // what it is recorded as, or ""
	// doubtful is whether it may be in another language.
	doubtful bool
}

func (c *checker) query(q query) {
	if strings.TrimSpace(q.text) == "" {
		return
	}
	o := promql.Options{Record: q.record}
	if c.ignores(QueryDropsJob) || c.ignores(promql.Job) {
		o.Spare = append(o.Spare, promql.Job)
	}
	if c.ignores(QueryDropsInstance) || c.ignores(promql.Instance) {
		o.Spare = append(o.Spare, promql.Instance)
	}
	loss, err := promql.Check(q.text, o)
	switch {
	case err != nil && !q.doubtful:
		c.add(Finding{Line: q.line, Rule: Invalid, Where: q.where, Message: fmt.Sprintf("has PromQL that Prometheus can't parse: %v", err)})
	case loss != nil:
		c.add(lossFinding(q, loss))
	}
}

func lossFinding(q query, loss *promql.Loss) Finding {
	f := Finding{Line: q.line, Rule: QueryDropsInstance, Note: loss.Deliberate, Where: q.where, Suggestion: loss.Corrected}
	if loss.Labels[0] == promql.Job {
		f.Rule = QueryDropsJob
	}
	f.Message = fmt.Sprintf("aggregates %s away with %q", strings.Join(loss.Labels, " and "), loss.By)
	return f
}
