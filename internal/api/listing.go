package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// listing is what a list of groups is asked to hold.
type listing struct {
	keep  func([]expo.Label) bool // nil keeps all
	sort  string
	limit int // 0 for none
}

// orders are what groups can be sorted by, for messages. See sortGroups.
var orders = []string{"name", "attention", "recent", "push", "failure", "stays", "series", "size"}

func (a *API) listing(r *http.Request) (l listing, err error) {
	q := r.URL.Query()
	if l.keep, err = a.selection(r); err != nil {
		return l, err
	}
	words, err := a.filter(strings.TrimSpace(q.Get("q")))
	if err != nil {
		return l, err
	}
	l.keep = both(l.keep, words)
	if l.sort = q.Get("sort"); l.sort != "" && !slices.Contains(orders, l.sort) {
		return l, refuse(invalid, "parameter sort=%q: want one of %s", brief(l.sort), strings.Join(orders, ", "))
	}
	if text := q.Get("limit"); text != "" {
		if l.limit, err = strconv.Atoi(text); err != nil || l.limit < 1 {
			return l, refuse(invalid, "parameter limit=%q: want a whole number from 1", brief(text))
		}
	}
	return l, nil
}

// both keeps what a and b keep. Either may be nil, which keeps all.
func both(a, b func([]expo.Label) bool) func([]expo.Label) bool {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(key []expo.Label) bool { return a(key) && b(key) }
}

// named keeps the group of a grouping key, written as in the URL of a push. If there is
// no such group it is the one that pushes with this key go to.
func (a *API) named(path string) (func([]expo.Label) bool, error) {
	if !isGroupPath(path) {
		return nil, refuse(invalid, "parameter group=%q: want a grouping key as in the URL of a push, such as job/backup/instance/db1", brief(path))
	}
	key, err := a.links.parse(nil, path)
	if err != nil {
		return nil, err
	}
	if _, _, there := a.Store.Contributors(store.KeyOf(key)); !there {
		if key, err = a.Door.Key(key); err != nil {
			return nil, err
		}
	}
	return func(labels []expo.Label) bool { return slices.Equal(labels, key) }, nil
}
