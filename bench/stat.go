package main

import "slices"

// stat sums up the rounds of one measurement.
type stat struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// summarize returns nil if nothing was measured.
func summarize(samples []float64) *stat {
	if len(samples) == 0 {
		return nil
	}
	s := slices.Sorted(slices.Values(samples))
	n := len(s)
	return &stat{Median: (s[n/2] + s[(n-1)/2]) / 2, Min: s[0], Max: s[n-1]}
}
