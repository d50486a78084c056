package expo

// familyIndexFrom is the number of families from which a map finds a name faster
// than looking at all of them.
const familyIndexFrom = 16

// familyIndex finds families that were given before. Client libraries send
// families in the order of their names; as long as that holds nothing is looked up.
type familyIndex struct {
	last     string // greatest name so far
	unsorted bool
	byName   map[string]int // nil until many families came unsorted
}

func (x *familyIndex) reset() { *x = familyIndex{} }

// find returns the place of name in fams, or the one it is about to get.
func (x *familyIndex) find(fams []Family, name string) (at int, found bool) {
	if !x.unsorted && (len(fams) == 0 || name > x.last) {
		x.last = name
		return len(fams), false
	}
	x.unsorted = true
	if len(fams) < familyIndexFrom {
		for i := range fams {
			if fams[i].Name == name {
				return i, true
			}
		}
		return len(fams), false
	}
	if x.byName == nil {
		x.byName = make(map[string]int, 2*len(fams))
		for i := range fams {
			x.byName[fams[i].Name] = i
		}
	}
	if at, found = x.byName[name]; !found {
		at = len(fams)
		x.byName[name] = at
	}
	return at, found
}
