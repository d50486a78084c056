package config

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// duration is one of Prometheus's, above 0.
type duration struct {
	field     *time.Duration
	byDefault time.Duration // 0 if there is none
	none      bool          // whether the word none stands for -1
}

func (v duration) read(r *reader, path string, n *yaml.Node) {
	if v.none && isWord(n, none) {
		*v.field = -1
		return
	}
	want := `a duration above 0 with its unit, such as "15m" or "1d12h"`
	if v.none {
		want += ", or none"
	}
	if n.Kind == yaml.ScalarNode {
		d, err := model.ParseDuration(n.Value)
		if err == nil && d > 0 {
			*v.field = time.Duration(d)
			return
		}
	}
	r.fault(n, "%s: got %s: want %s", path, describe(n), want)
}

func (v duration) key() Key {
	return Key{Unit: "duration", Value: v.text(*v.field), Default: v.text(v.byDefault)}
}

func (v duration) text(d time.Duration) string {
	switch {
	case d < 0:
		return none
	case d == 0:
		return ""
	}
	return model.Duration(d).String()
}

// flag is true or false.
type flag struct {
	field *bool
	off   bool // whether the field is true where the file says false
}

func (v flag) read(r *reader, path string, n *yaml.Node) {
	var got bool
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" || n.Decode(&got) != nil {
		r.fault(n, "%s: got %s: want true or false", path, describe(n))
		return
	}
	*v.field = got != v.off
}

func (v flag) key() Key {
	return Key{Unit: "true or false", Value: strconv.FormatBool(*v.field != v.off), Default: strconv.FormatBool(v.off)}
}

// choice is one of several words.
type choice[T comparable] struct {
	field     *T
	byDefault string
	words     []word[T]
}

type word[T comparable] struct {
	text  string
	means T
}

func (v choice[T]) read(r *reader, path string, n *yaml.Node) {
	for _, w := range v.words {
		if isWord(n, w.text) {
			*v.field = w.means
			return
		}
	}
	r.fault(n, "%s: got %s: want %s", path, describe(n), alternatives(v.texts()))
}

func (v choice[T]) texts() (texts []string) {
	for _, w := range v.words {
		texts = append(texts, w.text)
	}
	return texts
}

func (v choice[T]) key() Key {
	unit := strings.ReplaceAll(alternatives(v.texts()), `"`, "")
	k := Key{Unit: unit, Value: v.byDefault, Default: v.byDefault}
	for _, w := range v.words {
		if w.means == *v.field {
			k.Value = w.text
		}
	}
	return k
}
