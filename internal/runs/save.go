package runs

// Saved is a history, there or buried: its last group was deleted, and it comes back if
// that does. Which groups tell of it isn't saved with it.
type Saved struct {
	History
	// Grave is until when it is buried, 0 if it isn't.
	Grave int64
}

// Save copies what the book holds, in an order in which Restore brings it back.
func (b *Book) Save() []Saved {
	all := make([]Saved, 0, len(b.buried)+len(b.histories))
	all = append(all, b.buried...)
	for at := b.byUse.Front(); at != nil; at = at.Next() {
		all = append(all, Saved{History: *at.Value.(*History)})
	}
	return all
}

// Restore adds a history that Save has returned. It keeps its strings and slices.
func (b *Book) Restore(s Saved) {
	if s.Grave != 0 {
		b.buried = append(b.buried, s)
	} else {
		b.add(&s.History)
	}
}
