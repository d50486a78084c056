package file

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// dashboard checks the queries of a dashboard's panels, annotations and variables, as
// Grafana exports it or its API gives it.
func (c *checker) dashboard(text []byte) error {
	doc, line, err := readJSON(text)
	if err != nil {
		c.add(Finding{Line: line, Rule: Invalid, Message: err.Error()})
		return nil
	}
	if inner := doc.field("dashboard"); inner.field("panels") != nil || inner.field("rows") != nil {
		doc = inner
	}
	if doc.field("groups") != nil || doc.field("spec").field("groups") != nil {
		return c.rules(text) // JSON is YAML too
	}
	if elements := doc.field("spec").field("elements"); elements != nil {
		c.elements(elements, "element", 0)
		return nil
	}
	if doc.field("panels") == nil && doc.field("rows") == nil && doc.field("templating") == nil {
		return errors.New("this JSON has no panels: want a dashboard of Grafana")
	}
	c.panels(doc, 0)
	for _, v := range doc.field("templating").field("list").list() {
		c.templating(v)
	}
	for _, a := range doc.field("annotations").field("list").list() {
		c.target(a, fmt.Sprintf("annotation %q", a.string("name")), a.field("datasource"))
	}
	return nil
}

// panels goes through panels, rows and the panels that are folded up in them.
func (c *checker) panels(n *node, depth int) {
	if depth > mostDepth {
		return
	}
	for _, row := range n.field("rows").list() {
		c.panels(row, depth+1)
	}
	for _, p := range n.field("panels").list() {
		where := fmt.Sprintf("panel %q", p.string("title"))
		if p.string("title") == "" && p.field("id") != nil {
			where = "panel " + p.field("id").number
		}
		for _, t := range p.field("targets").list() {
			c.target(t, where, p.field("datasource"))
		}
		c.panels(p, depth+1)
	}
}

// elements goes through the panels of a dashboard of the second schema, which has queries some
// levels deep, each with the language in its group.
func (c *checker) elements(n *node, where string, depth int) {
	if n == nil || depth > mostDepth {
		return
	}
	if title := n.string("title"); title != "" {
		where = fmt.Sprintf("panel %q", title)
	}
	group := n.string("group")
	if expr := n.field("spec").field("expr"); expr != nil && (group == "" || strings.Contains(group, "prometheus")) {
		c.query(query{text: expr.text, line: expr.line, where: where, doubtful: group == ""})
	}
	for _, item := range n.items {
		c.elements(item, where, depth+1)
	}
	for _, name := range slices.Sorted(maps.Keys(n.fields)) {
		c.elements(n.fields[name], where, depth+1)
	}
}

// target checks one query. Its own datasource goes before that of its panel.
func (c *checker) target(t *node, where string, datasource *node) {
	if own := t.field("datasource"); own != nil && (own.text != "" || own.fields != nil) {
		datasource = own
	}
	expr := t.field("expr")
	if expr == nil {
		return
	}
	kind := datasource.string("type")
	if kind != "" && !strings.Contains(kind, "prometheus") {
		return // expr is LogQL there, or another language
	}
	c.query(query{text: expr.text, line: expr.line, where: where, doubtful: kind == ""})
}

// templating checks what a variable asks for: a query of its own, or the names and
// values of series, which are no expressions.
func (c *checker) templating(v *node) {
	q := v.field("query")
	if inner := q.field("query"); inner != nil {
		q = inner
	}
	if q == nil || v.string("type") != "query" {
		return
	}
	expr, ok := strings.CutPrefix(strings.TrimSpace(q.text), "query_result(")
	expr, end := strings.CutSuffix(expr, ")")
	if ok && end {
		c.query(query{text: expr, line: q.line, where: fmt.Sprintf("variable %q", v.string("name")), doubtful: true})
	}
}
