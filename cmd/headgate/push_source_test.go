package main

import "testing"

// FuzzSampleLines: no arguments make a text with another number of samples than there are
// arguments, or one that reads as another value.
func FuzzSampleLines(f *testing.F) {
	for _, seed := range []string{"rows=1", `rows{a="b=c"}=2`, `{"a.b",c="d"}=3`, "n=\n", "n{\n}=1", "n=NaN", "n= 1", `a{x="}"}=0x1p2`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		if !sampleArg.MatchString(arg) {
			return
		}
		text, err := sampleLines([]string{arg}, "gauge")
		if err != nil {
			return
		}
		all, err := families("arguments", text)
		if err != nil {
			return
		}
		if len(all) != 1 || len(all[0].Metric) != 1 {
			t.Errorf("%q became %d families: %q", arg, len(all), text)
		}
	})
}
