package query

import "github.com/prometheus/prometheus/promql/parser"

func (c *checker) binary(n *parser.BinaryExpr) flow {
	if m := n.VectorMatching; m != nil && n.LHS.Type() == parser.ValueTypeVector && n.RHS.Type() == parser.ValueTypeVector {
		return c.match(n, m)
	}
	if n.Op.IsComparisonOperator() {
		c.markTotals(n.LHS)
		c.markTotals(n.RHS)
	}
	return vector(c.flow(n.LHS), c.flow(n.RHS), n.LHS.Type() == parser.ValueTypeVector)
}

// vector is the flow of one of two operands, the other being a number.
func vector(a, b flow, first bool) flow {
	if first {
		return a
	}
	return b
}

// match follows two vectors. What only chooses series, or adds labels to those of the other
// side, may have fewer labels; where all labels have to match it is repaired too.
func (c *checker) match(n *parser.BinaryExpr, m *parser.VectorMatching) flow {
	switch {
	case n.Op == parser.LOR:
		if constant(n.LHS) || constant(n.RHS) {
			return flow{} // one number in any case
		}
		return either(c.flow(n.LHS), c.flow(n.RHS))
	case n.Op.IsSetOperator() || m.Card == parser.CardManyToOne:
		return c.side(n.LHS, n.RHS, m)
	case m.Card == parser.CardOneToMany:
		return c.side(n.RHS, n.LHS, m)
	}
	before := c.lost
	f := both(c.flow(n.LHS), c.flow(n.RHS))
	if !m.On {
		f.has &^= c.keep.of(m.MatchingLabels)
		return f
	}
	if c.lost != before { // both sides have these labels now
		m.MatchingLabels = add(m.MatchingLabels, c.keep.names(f.has))
	}
	f.has &= c.keep.of(m.MatchingLabels)
	return f
}

func (c *checker) side(result, other parser.Expr, m *parser.VectorMatching) flow {
	f := c.flow(result)
	if !m.On {
		c.flow(other)
	}
	return f
}

// constant is whether an operand is a number for those times when there is no series.
func constant(e parser.Expr) bool {
	switch n := e.(type) {
	case *parser.ParenExpr:
		return constant(n.Expr)
	case *parser.Call:
		return n.Func.Name == "vector" || n.Func.Name == "absent"
	}
	return false
}

// markTotals notes the aggregations over all that make an operand, as in sum(a) / sum(b).
func (c *checker) markTotals(e parser.Expr) {
	switch n := e.(type) {
	case *parser.ParenExpr:
		c.markTotals(n.Expr)
	case *parser.UnaryExpr:
		c.markTotals(n.Expr)
	case *parser.BinaryExpr:
		c.markTotals(n.LHS)
		c.markTotals(n.RHS)
	case *parser.AggregateExpr:
		if !n.Without && len(n.Grouping) == 0 {
			c.totals[n] = true
		}
	}
}
