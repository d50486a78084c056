package config

// Key is a key that has a value or a list of mappings, as opposed to other keys below it.
type Key struct {
	Path    string // "limits.body_bytes"; those of a list's items have the list's in front
	Unit    string // in the plural, or what kind of value it is
	Value   string // what holds, as it would stand in the file; "" if nothing does, or for a list of mappings
	Default string // what holds where the file doesn't say it; "" if nothing does, "required" if it must
	Set     bool   // whether the file has the key, in any item of a list
	Items   []Key  // what each item of a list may have; nil if this is no list of mappings
	Count   int    // of the list's items
}

// Keys lists all keys there are, in the order of the documentation, with their
// values in s.
func (s *Settings) Keys() []Key {
	return s.schema().list("", s.set)
}

func (s section) list(path string, set map[string]bool) (keys []Key) {
	for _, e := range s {
		full := join(path, e.name)
		if below, ok := e.value.(section); ok {
			keys = append(keys, below.list(full, set)...)
			continue
		}
		k := e.value.(leaf).key()
		k.Path, k.Set = full, set[full]
		if l, ok := e.value.(list); ok {
			k.Items = l.begin().keys.list(full, set)
		}
		keys = append(keys, k)
	}
	return keys
}
