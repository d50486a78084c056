package lint

// Stats is what a Linter counts.
type Stats struct {
	Rules   []RuleStats // of all rules of pushes, sorted
	Tracked int         // groups remembered
	Found   int         // those in which something is found
	Evicted uint64      // groups forgotten because there were too many
}

// RuleStats is how often something is found by a rule.
type RuleStats struct {
	Rule   string
	Pushes uint64 // in how many pushes, since the start
	Groups int    // in how many groups, now
}

// Stats returns the counts of now.
func (l *Linter) Stats() Stats {
	s := Stats{Found: int(l.found.Load())}
	for at, rule := range l.rules {
		s.Rules = append(s.Rules, RuleStats{rule, l.pushes[at].Load(), int(l.groups[at].Load())})
	}
	for i := range l.table.parts {
		part := &l.table.parts[i]
		part.mu.Lock()
		s.Tracked += len(part.groups)
		s.Evicted += part.evicted
		part.mu.Unlock()
	}
	return s
}
