//go:build race

package store

// quickSums is how many seeds the model test of sums runs unless it is told: the race
// detector makes each ten times as slow, and the seeds don't differ in what it looks for.
const quickSums = 600
