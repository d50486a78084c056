package client

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// Key is a grouping key, as the API writes it.
type Key map[string]string

// names are the labels' names, with the job in front.
func (k Key) names() []string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(k)), func(name string) bool { return name == "job" })
	if _, ok := k["job"]; ok {
		names = slices.Insert(names, 0, "job")
	}
	return names
}

// String is the key as a selector, which the commands take.
func (k Key) String() string {
	var parts []string
	for _, name := range k.names() {
		value := strconv.Quote(k[name])
		if !expo.LegacyLabelName(name) {
			name = strconv.Quote(name)
		}
		parts = append(parts, name+"="+value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// path is the key as in the URL of a push. All values are in base64, since nobody is to
// read them.
func (k Key) path() string {
	var b strings.Builder
	for _, name := range k.names() {
		value := base64.RawURLEncoding.EncodeToString([]byte(k[name]))
		if value == "" {
			value = "=" // an empty segment is none
		}
		fmt.Fprintf(&b, "/%s@base64/%s", url.PathEscape(name), value)
	}
	return strings.TrimPrefix(b.String(), "/")
}
