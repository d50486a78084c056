// Package labels keeps the labels of what is pushed few, short and spelt as
// everybody else spells them.
//
// A Policy is made once, from rules, and applied to what a program gathers:
//
//	policy, err := labels.New(
//		labels.Rename("service", "app"),
//		labels.Alias("env", map[string]string{"prod": "production"}),
//		labels.Template("path", "/users/:id", "/users/:id/orders/:order"),
//		labels.Allow("method", "GET", "POST"),
//		labels.Drop("user_id"),
//		labels.Cap(1000),
//	)
//	if err != nil {
//		return err
//	}
//	families, err := policy.Gatherer(registry).Gather()
//
// # Order
//
// The order in which rules are given doesn't matter. Each label goes through
// them in the order in which a reader would want them: Rename, so that all other
// rules are about the name that goes out; Region; Alias, so that patterns and
// lists know one spelling; Match, Template and TemplateIDs, of which the first
// that fits has the word; Allow, which sees what is left; Drop;
// MaxValueLength. Cap comes last, once the series that fell together are one.
// Only among the Match rules of one label does the first that fits win.
//
// For makes rules for one metric. They go before the general rules of the same
// kind and label; the other general rules hold for it too.
//
// # Grouping key
//
// A Pusher adds the labels of its grouping key, job among them, to each series. So
// a label that after the rules has the name and the value of one of them is left
// out: it says nothing new. This is how Rename("service", "job") makes two names of
// one thing one. Where the values differ nothing is pushed, and the error names
// metric, label and both values. A label without a value is left out, too.
//
// # What is lost
//
// Whatever a policy takes away is counted; a Policy is a prometheus.Collector of
// these counts, and Log names examples in a log. Series that become equal are
// merged by type: see Policy.Gatherer.
//
// To find out which rules a program needs, see Vet.
package labels
