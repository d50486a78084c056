package config

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/limit"
)

// most is far beyond any machine's memory, and far from where sums overflow.
const most int64 = 1 << 40

// none is the word for no limit.
const none = "none"

// number is a whole number above 0, or 0 for its default.
type number[T int | int64] struct {
	field     *T
	byDefault int64  // 0 if there is none, and 0 may not be said either
	zero      int64  // what the field gets for 0
	most      int64  // what T has room for; 0 means 1<<40
	unit      string // in the plural
	none      bool   // whether the word none stands for limit.None
}

func (v number[T]) read(r *reader, path string, n *yaml.Node) {
	if v.none && isWord(n, none) {
		v.set(limit.None)
		return
	}
	if v.most == 0 {
		v.most = most
	}
	var got int64
	// The tag is looked at too, since Decode would cut 1.5 down to 1.
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || n.Decode(&got) != nil ||
		got < 0 || got > v.most || got == 0 && v.byDefault == 0 {
		r.fault(n, "%s: got %s: want %s", path, describe(n), v.want())
		return
	}
	if got == 0 {
		got = v.zero
	}
	v.set(got)
}

func (v number[T]) set(n int64) { *v.field = T(n) }

func (v number[T]) want() string {
	choices := []string{fmt.Sprintf("a whole number of %s from 1 to %d", v.unit, v.most)}
	if v.none {
		choices = append(choices, "none for no limit")
	}
	if v.byDefault != 0 {
		choices = append(choices, "0 for the default of "+v.text(v.byDefault))
	}
	last := len(choices) - 1
	if last > 0 {
		choices[last] = "or " + choices[last]
	}
	return strings.Join(choices, ", ")
}

func (v number[T]) text(n int64) string {
	if n == limit.None {
		return none
	}
	return strconv.FormatInt(n, 10)
}

func (v number[T]) key() Key {
	if v.byDefault == 0 {
		return Key{Unit: v.unit}
	}
	k := Key{Unit: v.unit, Value: v.text(int64(*v.field)), Default: v.text(v.byDefault)}
	if *v.field == 0 {
		k.Value = k.Default
	}
	return k
}
