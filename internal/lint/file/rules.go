package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// rules checks the expressions of a rule file, or of PrometheusRule manifests. It is read
// node by node: each finding has its line, and keys that a newer Prometheus knows are
// no concern here.
func (c *checker) rules(text []byte) error {
	documents := yaml.NewDecoder(bytes.NewReader(text))
	known := false
	for {
		var doc yaml.Node
		err := documents.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF):
			if !known {
				return errors.New("it has neither groups nor spec.groups: want a rule file")
			}
			return nil
		case err != nil:
			c.add(badYAML(err))
			return nil
		}
		groups := child(&doc, "groups")
		if groups == nil {
			groups = child(child(&doc, "spec"), "groups")
		}
		known = known || groups != nil
		for _, group := range items(groups) {
			for _, rule := range items(child(group, "rules")) {
				c.rule(rule)
			}
		}
	}
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

func badYAML(err error) Finding {
	f := Finding{Rule: Invalid, Message: err.Error()}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
	}
	return f
}

func (c *checker) rule(n *yaml.Node) {
	expr := child(n, "expr")
	if expr == nil {
		return
	}
	where := "rule"
	record := child(n, "record")
	if record != nil {
		where = fmt.Sprintf("rule %q", record.Value)
	} else if alert := child(n, "alert"); alert != nil {
		where = fmt.Sprintf("alert %q", alert.Value)
	}
	c.query(query{text: expr.Value, line: expr.Line, where: where, record: value(record)})
}

func value(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// child returns the value of a key, nil if n is no mapping that has it.
func child(n *yaml.Node, key string) *yaml.Node {
	n = meant(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return meant(n.Content[i+1])
		}
	}
	return nil
}

func items(n *yaml.Node) []*yaml.Node {
	if n = meant(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// meant returns what a document or an alias stands for.
func meant(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}
