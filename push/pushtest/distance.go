package pushtest

// distance says how far a series is from what a test looked for. A wrong letter
// in the name weighs more than a wrong label, a wrong value less than a missing one.
func (s Sample) distance(name string, labels map[string]string) int {
	const letter, missing, most = 10, 4, 3
	d := letter * edits(s.Name, name)
	for name, value := range labels {
		switch got, ok := s.Labels[name]; {
		case !ok && value != "":
			d += missing
		case got != value:
			d += min(edits(got, value), most)
		}
	}
	return d
}

// edits is how many letters are to be put in, left out or changed to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
