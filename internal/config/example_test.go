package config

import "testing"

// The example that is there to be copied is valid, has every key, and changes no
// default outside of lists.
func TestExample(t *testing.T) {
	s, err := Load("../../examples/headgate.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range s.Keys() {
		if !k.Set {
			t.Errorf("the example hasn't %s", k.Path)
		}
		if k.Items == nil && k.Value != k.Default {
			t.Errorf("%s is %s in the example, the default is %s", k.Path, k.Value, k.Default)
		}
		for _, item := range k.Items {
			for _, k := range append(item.Items, item) {
				if !k.Set {
					t.Errorf("no item in the example has %s", k.Path)
				}
			}
		}
	}
}
