package config

import (
	"testing"
)

// Every key that can be set is listed, with what holds, what would without the
// file, and whether the file has it.
func TestKeys(t *testing.T) {
	s, err := Parse("c.yml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	empty := byDefault()
	unset := empty.Keys()
	for i, k := range s.Keys() {
		if k.Unit == "" || k.Default == "" || !k.Set || k.Value == k.Default {
			t.Errorf("%+v: want a unit, a default and another value", k)
		}
		if d := unset[i]; d.Set || k.Items == nil && (d.Value != d.Default || d.Default != k.Default) {
			t.Errorf("%+v: want the default without a file", d)
		}
		for _, item := range k.Items {
			for _, k := range append(item.Items, item) {
				if k.Unit == "" {
					t.Errorf("%+v: want a unit", k)
				}
			}
		}
	}
	if n := len(s.Keys()); n != 31 {
		t.Errorf("got %d keys, want 31", n)
	}
}
