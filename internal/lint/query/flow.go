package query

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// checker goes through an expression from its selectors up and repairs the aggregations
// that lose labels, so that those above are judged with the labels that come.
type checker struct {
	template   *template
	keep       kept
	totals     map[*parser.AggregateExpr]bool // compared with a number
	lost       set
	first      string // aggregation that loses labels, as text
	onlyTotals bool   // all that lose labels are in totals
}

// flow is which of the labels to keep come out of an expression: those that its series
// may have, and those that have one value that the expression itself names.
type flow struct{ has, fixed set }

// either is what comes of two expressions of which each gives series of its own.
func either(a, b flow) flow { return flow{a.has | b.has, a.fixed & b.fixed} }

// both is what comes of two expressions of whose series each pair gives one.
func both(a, b flow) flow { return flow{a.has | b.has, a.fixed | b.fixed} }

func (c *checker) flow(e parser.Expr) flow {
	switch n := e.(type) {
	case *parser.ParenExpr:
		return c.flow(n.Expr)
	case *parser.UnaryExpr:
		return c.flow(n.Expr)
	case *parser.StepInvariantExpr:
		return c.flow(n.Expr)
	case *parser.SubqueryExpr:
		return c.flow(n.Expr)
	case *parser.MatrixSelector:
		return c.flow(n.VectorSelector)
	case *parser.VectorSelector:
		return c.selector(n)
	case *parser.Call:
		return c.call(n)
	case *parser.AggregateExpr:
		return c.aggregate(n)
	case *parser.BinaryExpr:
		return c.binary(n)
	}
	return flow{} // numbers and texts
}

// selector has all labels but those that a matcher rules out, or that the name of a
// recorded series says are gone.
func (c *checker) selector(n *parser.VectorSelector) flow {
	f := flow{has: c.keep.all()}
	name := n.Name
	for _, m := range n.LabelMatchers {
		switch {
		case m.Type != labels.MatchEqual:
		case m.Name == model.MetricNameLabel:
			name = m.Value
		case m.Value == "":
			f.has &^= c.keep.bit(m.Name)
		default:
			f.fixed |= c.keep.bit(m.Name)
		}
	}
	level, _, recorded := strings.Cut(name, ":")
	if recorded && !contains(strings.Split(level, "_"), Instance) {
		f.has &^= c.keep.bit(Instance)
	}
	if recorded && level == "" {
		f.has = 0
	}
	return f
}

func (c *checker) call(n *parser.Call) flow {
	var f flow
	switch n.Func.Name {
	case "absent", "absent_over_time", "scalar", "vector", "time":
		return f // no labels are what they are for
	case "label_replace", "label_join":
		f = c.flow(n.Args[0])
		if dst, ok := n.Args[1].(*parser.StringLiteral); ok {
			bit := c.keep.bit(dst.Val)
			f.has, f.fixed = f.has|bit, f.fixed&^bit
		}
		return f
	}
	first := true
	for _, arg := range n.Args {
		if t := arg.Type(); t != parser.ValueTypeVector && t != parser.ValueTypeMatrix {
			continue
		}
		if in := c.flow(arg); first {
			f, first = in, false
		} else {
			f = either(f, in)
		}
	}
	return f
}

func (c *checker) aggregate(n *parser.AggregateExpr) flow {
	leaves := c.keep.of(n.Grouping)
	if n.Without {
		leaves = c.keep.all() &^ leaves
	}
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return c.flow(n.Expr) // they choose series, and keep their labels
	case parser.COUNT, parser.COUNT_VALUES, parser.GROUP:
		return flow{has: leaves} // how many there are is asked of those that they count
	}
	in := c.flow(n.Expr)
	if slices.ContainsFunc(n.Grouping, c.template.variable) {
		return in // whoever looks at the dashboard says by what
	}
	lost := in.has &^ leaves
	if lost&^in.fixed == 0 {
		return flow{in.has & leaves, in.fixed & leaves}
	}
	c.note(n, lost&^in.fixed)
	c.repair(n, lost)
	return in
}

func (c *checker) note(n *parser.AggregateExpr, lost set) {
	if c.lost == 0 {
		c.onlyTotals = true
		c.first = n.ShortString()
	}
	c.onlyTotals = c.onlyTotals && c.totals[n]
	c.lost |= lost
}

func (c *checker) repair(n *parser.AggregateExpr, lost set) {
	names := c.keep.names(lost)
	if n.Without {
		n.Grouping = slices.DeleteFunc(n.Grouping, func(l string) bool { return contains(names, l) })
		return
	}
	n.Grouping = add(n.Grouping, names)
}

// add puts names in front, or behind job if that is there.
func add(labels, names []string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return contains(labels, n) })
	return slices.Insert(labels, slices.Index(labels, Job)+1, names...)
}
