//go:build !race

package store

// quickSums is how many seeds the model test of sums runs unless it is told.
const quickSums = 10_000
