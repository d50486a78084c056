package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// node is a value of a JSON document, with its line.
type node struct {
	line   int
	text   string // of a string
	number string
	items  []*node
	fields map[string]*node
}

// field returns a field of an object. n may be nil or no object.
func (n *node) field(name string) *node {
	if n == nil {
		return nil
	}
	return n.fields[name]
}

// list returns the items of an array. n may be nil or no array.
func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// string returns the text of a field that is one.
func (n *node) string(name string) string {
	if f := n.field(name); f != nil {
		return f.text
	}
	return ""
}

// mostDepth is deeper than any dashboard's panels are nested.
const mostDepth = 100

// reader reads a JSON document and counts its lines.
type reader struct {
	*json.Decoder
	text []byte
	seen int64 // bytes of which the lines are counted
	line int
}

func readJSON(text []byte) (*node, int, error) {
	r := &reader{Decoder: json.NewDecoder(bytes.NewReader(text)), text: text, line: 1}
	r.UseNumber()
	n, err := r.value(0)
	if err == nil {
		if _, more := r.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more behind the end of the object")
		}
	}
	return n, r.here(), err
}

// here returns the line that the decoder has come to.
func (r *reader) here() int {
	if at := r.InputOffset(); at > r.seen {
		r.line += bytes.Count(r.text[r.seen:at], []byte("\n"))
		r.seen = at
	}
	return r.line
}

func (r *reader) value(depth int) (*node, error) {
	if depth > mostDepth {
		return nil, fmt.Errorf("it is nested deeper than %d", mostDepth)
	}
	token, err := r.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	n := &node{line: r.here()}
	switch t := token.(type) {
	case string:
		n.text = t
	case json.Number:
		n.number = t.String()
	case json.Delim:
		if t == '{' {
			n.fields = map[string]*node{}
			err = r.object(n, depth)
		} else {
			err = r.array(n, depth)
		}
	}
	return n, err
}

func (r *reader) object(n *node, depth int) error {
	for r.More() {
		key, err := r.Token()
		if err != nil {
			return err
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.fields[key.(string)] = v // what else a key could be, the decoder refuses
	}
	return r.end()
}

func (r *reader) array(n *node, depth int) error {
	for r.More() {
		v, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, v)
	}
	return r.end()
}

func (r *reader) end() error {
	if _, err := r.Token(); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}
