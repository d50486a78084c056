package shadow

// Report is what a shadow run has found so far.
type Report struct {
	// Requests counts the pushes and deletes that both gateways got.
	Requests int `json:"requests"`
	// Answers are the kinds that were answered differently, the most frequent first.
	Answers []Verdict `json:"answers"`
	// MoreAnswers counts different answers of kinds beyond 100.
	MoreAnswers int `json:"more_answers,omitempty"`
	// Comparisons is how often both scrapes were compared.
	Comparisons int `json:"comparisons"`
	// Last is the last of these, nil before the first.
	Last *Comparison `json:"last,omitempty"`
}

// Same is whether nothing differs.
func (r *Report) Same() bool {
	return len(r.Answers) == 0 && (r.Last == nil || len(r.Last.Differences) == 0)
}

// Report tells what was found.
func (p *Proxy) Report() Report {
	var r Report
	p.answers.report(&r)
	c := &p.compare
	c.mu.Lock()
	defer c.mu.Unlock()
	r.Comparisons, r.Last = c.ever, c.last
	return r
}
