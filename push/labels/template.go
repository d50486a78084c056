package labels

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// TemplateRule is made by Template.
type TemplateRule struct {
	label     string
	templates []string
	otherwise *string
}

// Template replaces paths in label by the templates they fit, as /users/123 by
// /users/:id. A template's segments are literal, or stand for one segment (:id, {id}),
// or, at its end, for all that follow (*, {path...}). A literal segment goes
// before :id, and that before *. A query, a fragment and a slash at the end
// of the path don't count. A path that fits none stays as it is; see Else.
func Template(label string, templates ...string) TemplateRule {
	return TemplateRule{label: label, templates: slices.Clone(templates)}
}

// Else sets what becomes of a path that fits no template. Without it, paths that nobody
// serves, such as a port scanner's, stay as many as they come.
func (r TemplateRule) Else(value string) TemplateRule {
	r.otherwise = &value
	return r
}

// String returns the rule as code spells it.
func (r TemplateRule) String() string {
	return spell("Template", append([]string{r.label}, r.templates...)...)
}

func (r TemplateRule) add(d *draft) error {
	if err := checkLabel(r.label); err != nil {
		return err
	}
	if len(r.templates) == 0 {
		return errors.New("want at least one template")
	}
	l := d.label(r.label)
	if r.otherwise != nil {
		if l.otherwise != nil && *l.otherwise != *r.otherwise {
			return fmt.Errorf("what fits no template is %q already, not %q", *l.otherwise, *r.otherwise)
		}
		if !utf8.ValidString(*r.otherwise) {
			return fmt.Errorf("value %q: want UTF-8", *r.otherwise)
		}
		l.otherwise = r.otherwise
	}
	if l.templates == nil {
		l.templates = &template{}
	}
	for _, t := range r.templates {
		if err := l.templates.add(t); err != nil {
			return err
		}
	}
	return nil
}

// template is a node of a tree of templates: what the segments so far have led to.
type template struct {
	literal map[string]*template
	param   *template
	rest    string // the template that ends here with *, or ""
	end     string // the template that ends here, or ""
}

func (t *template) add(text string) error {
	if !strings.HasPrefix(text, "/") || !utf8.ValidString(text) || strings.ContainsAny(text, "?#") {
		return fmt.Errorf("template %q: want a path such as \"/users/:id\"", text)
	}
	path := strings.TrimSuffix(text[1:], "/")
	for at, more := t, path != ""; ; {
		if !more {
			return at.finish(&at.end, text)
		}
		var segment string
		segment, path, more = strings.Cut(path, "/")
		kind, err := parseSegment(segment)
		switch {
		case err != nil:
			return fmt.Errorf("template %q: %w", text, err)
		case kind == rest && more:
			return fmt.Errorf("template %q: segment %q takes all that follows: want it at the end", text, segment)
		case kind == rest:
			return at.finish(&at.rest, text)
		}
		at = at.next(kind, segment)
	}
}

// finish lets text end at a node, where one template may.
func (t *template) finish(place *string, text string) error {
	if *place != "" && *place != text {
		return fmt.Errorf("template %q fits the same paths as %q: want one of them", text, *place)
	}
	*place = text
	return nil
}

func (t *template) next(kind segmentKind, segment string) *template {
	if kind == param {
		if t.param == nil {
			t.param = &template{}
		}
		return t.param
	}
	if t.literal == nil {
		t.literal = map[string]*template{}
	}
	if t.literal[segment] == nil {
		t.literal[segment] = &template{}
	}
	return t.literal[segment]
}

type segmentKind uint8

const (
	literal segmentKind = iota
	param
	rest
)

func parseSegment(s string) (segmentKind, error) {
	switch {
	case s == "":
		return literal, errors.New("want no empty segment")
	case s == "*":
		return rest, nil
	case s[0] == ':':
		return param, checkParam(s, s[1:])
	case s[0] == '{' && s[len(s)-1] == '}':
		if name, ok := strings.CutSuffix(s[1:len(s)-1], "..."); ok {
			return rest, checkParam(s, name)
		}
		return param, checkParam(s, s[1:len(s)-1])
	case strings.ContainsAny(s, "{}*"):
		return literal, fmt.Errorf("segment %q: want it literal, or :name, {name}, {name...} or * as a whole", s)
	}
	return literal, nil
}

func checkParam(segment, name string) error {
	for i, c := range name {
		digit := '0' <= c && c <= '9'
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || !digit) {
			return fmt.Errorf("segment %q: want a name of letters, digits and _", segment)
		}
	}
	if name == "" {
		return fmt.Errorf("segment %q: want a name", segment)
	}
	return nil
}

// find returns the template that a path fits, or "".
func (t *template) find(value string) string {
	path, ok := strings.CutPrefix(pathOf(value), "/")
	if !ok {
		return ""
	}
	path = strings.TrimSuffix(path, "/")
	return t.walk(path, path != "")
}

// walk goes through each node once at most: a node is reached by one way only.
func (t *template) walk(path string, more bool) string {
	if !more {
		if t.end != "" {
			return t.end
		}
		return t.rest
	}
	segment, remaining, more := strings.Cut(path, "/")
	if next := t.literal[segment]; next != nil {
		if found := next.walk(remaining, more); found != "" {
			return found
		}
	}
	if t.param != nil && segment != "" {
		if found := t.param.walk(remaining, more); found != "" {
			return found
		}
	}
	return t.rest
}

// pathOf cuts query and fragment off.
func pathOf(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		return s[:i]
	}
	return s
}
