package config

func (s *Settings) lifetimes() list {
	return list{count: len(s.Lifetimes), begin: func() item {
		var l Lifetime
		return item{section{
			{"match", selector{&l.Match}},
			{"ttl", duration{field: &l.TTL}},
			{"max_ttl", duration{field: &l.MaxTTL}},
			{"expect", duration{field: &l.Expect}},
			{"keep", choice[bool]{&l.KeepUntilScraped, "", []word[bool]{{"until-scraped", true}}}},
		}, func(r *reader, at place) {
			at.needsMatch(r)
			if at.clean && l.TTL == 0 && l.MaxTTL == 0 && l.Expect == 0 && !l.KeepUntilScraped {
				at.fault(r, "", `a lifetime that says nothing: want "ttl", "max_ttl", "expect" or "keep"`)
			}
			if l.MaxTTL != 0 && l.TTL > l.MaxTTL {
				at.fault(r, "ttl", "%s is more than max_ttl, which is %s: want it to be at most that",
					duration{}.text(l.TTL), duration{}.text(l.MaxTTL))
			}
			s.Lifetimes = append(s.Lifetimes, l)
		}}
	}}
}

func (u *Undo) schema() section {
	return section{
		{"window", duration{field: &u.Window, byDefault: defaultUndoWindow, none: true}},
		{"bytes", number[int64]{field: &u.Bytes, byDefault: defaultUndoBytes, zero: defaultUndoBytes, unit: "bytes"}},
	}
}
