package expo

import (
	"slices"
	"strings"
)

// jsonKeys are the keys of an entry.
var jsonKeys = [...]string{"name", "value", "type", "labels", "tags", "timestamp", "job", "help"}

// jsonEntry is one sample as it was read, before it is known what it is a part of.
type jsonEntry struct {
	sample
	given    uint   // bits: indices in jsonKeys
	set      string // labels or tags, whichever is there
	typ      Type
	typed    bool
	job      string
	help     string
	hasHelp  bool
	hasValue bool
}

// readEntry reads an object and adds it to its family.
func (r *jsonReader) readEntry() error {
	if err := r.countSample(); err != nil {
		return err
	}
	var e jsonEntry
	if e.at = r.at; r.next() != '{' {
		return r.expected("a sample in { }")
	}
	if err := r.members("a key", func(key string, at int) error { return r.readMember(&e, key, at) }); err != nil {
		return err
	}
	switch {
	case e.name == "":
		return r.fail(e.at, "", `no "name": want the metric's name`)
	case !e.hasValue:
		return r.fail(e.at, e.name, `no "value" for metric %s: want a number`, quote(e.name))
	}
	if err := r.group(&e); err != nil {
		return err
	}
	return r.place(&e)
}

// members reads an object, and calls member with each key and its index once the
// value is next.
func (r *jsonReader) members(what string, member func(key string, at int) error) error {
	r.at++
	if r.next() == '}' {
		r.at++
		return nil
	}
	for {
		r.next()
		at := r.at
		key, err := r.readString(what)
		if err == nil {
			err = r.colon()
		}
		if err == nil {
			err = member(key, at)
		}
		if err != nil {
			return err
		}
		switch r.next() {
		case ',':
			r.at++
		case '}':
			r.at++
			return nil
		default:
			return r.expected("',' or '}' after the value of " + quote(key))
		}
	}
}

// readMember reads the value of a key, which is at index at, into e.
func (r *jsonReader) readMember(e *jsonEntry, key string, at int) error {
	i := slices.Index(jsonKeys[:], key)
	if i < 0 {
		return r.unknownKey(key, at)
	}
	if e.given&(1<<i) != 0 {
		return r.fail(at, "", "key %q is given twice", key)
	}
	e.given |= 1 << i
	switch key {
	case "name":
		return r.readMetricName(e)
	case "value":
		return r.readValue(e)
	case "labels", "tags":
		return r.readLabelSet(e, key, at)
	}
	if r.null() {
		return nil
	}
	switch key {
	case "type":
		return r.readType(e)
	case "timestamp":
		return r.readTimestamp(e)
	case "job":
		return r.readJob(e)
	}
	return r.readHelp(e)
}

// unknownKey suggests the key that was meant, if one is spelt much like it.
func (r *jsonReader) unknownKey(key string, at int) error {
	hint := ""
	for _, known := range jsonKeys {
		if similar(strings.ToLower(key), known) {
			hint = "did you mean " + quote(known) + "? "
		}
	}
	return r.fail(at, "", "unknown key %s: %swant %s", quote(key), hint, strings.Join(jsonKeys[:], ", "))
}

// similar is whether one string becomes the other by leaving out, adding or
// changing one character, or by swapping two neighbours.
func similar(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	rest := b[min(i+1, len(b)):]
	switch {
	case len(a) < len(b) || i == len(a):
		return a[i:] == rest
	case a[i+1:] == rest:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
