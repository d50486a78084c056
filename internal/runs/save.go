package runs

import "slices"

// Saved is a history as a snapshot has it.
type Saved struct {
	History
	// Members are the encoded keys of the groups that tell of it.
	Members []string
	// Grave is until when it is buried, 0 if it isn't.
	Grave int64
}

// Save copies what the book holds, in an order in which Restore brings it back.
func (b *Book) Save() []Saved {
	members := map[*History][]string{}
	for group, h := range b.groups {
		members[h] = append(members[h], group)
	}
	all := make([]Saved, 0, len(b.buried)+len(b.histories))
	for _, o := range b.buried {
		all = append(all, Saved{History: o.History, Grave: o.Grave})
	}
	for at := b.byUse.Front(); at != nil; at = at.Next() {
		h := at.Value.(*History)
		slices.Sort(members[h])
		all = append(all, Saved{History: *h, Members: members[h]})
	}
	return all
}

// Restore adds a history that Save has returned. It keeps its strings and slices.
func (b *Book) Restore(s Saved) {
	s.Groups = 0
	if s.Grave != 0 {
		b.buried = append(b.buried, Buried{s.History, s.Grave})
		return
	}
	h := b.add(&s.History)
	for _, group := range s.Members {
		b.join(h, group)
	}
}
