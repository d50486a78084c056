package store

import (
	"slices"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// own is one of the gateway's own metric families. They are shown among the
// pushed ones, since a family must stand in one place even if both have it, but
// they are no part of the state: no push is checked against them in Apply.
type own struct {
	scrape.Block
	family *family
}

// View shows the gateway's own metrics as given and returns what a scrape sends:
// an immutable picture of all groups at one moment.
func (s *Store) View(self []expo.Family) *scrape.View {
	view, _ := s.Scrape(self)
	return view
}

func ownTexts(self []expo.Family) []string {
	texts := make([]string, len(self))
	for i := range self {
		texts[i] = string(expo.AppendSamples(nil, &self[i]))
	}
	return texts
}

func (s *Store) view(self []expo.Family, texts []string) *scrape.View {
	for _, o := range slices.Clone(s.self) {
		if !slices.ContainsFunc(self, func(f expo.Family) bool { return f.Name == o.family.Name }) {
			s.dropSelf(o.family)
		}
	}
	for i := range self {
		s.showSelf(&self[i], texts[i])
	}
	return s.book.View()
}

// showSelf sets the gateway's own samples of a family. One whose name or type
// is taken by a group, which the door allows only to state from before an
// upgrade, is left out and counted in Stats.Hidden.
func (s *Store) showSelf(f *expo.Family, text string) {
	if text == "" {
		return
	}
	if present := s.families[f.Name]; present != nil && present.users > 0 && isRunFamily(f.Name) {
		s.dropSelf(present) // a group of before may show the same series
		s.hidden++
		return
	}
	for _, o := range s.self {
		if o.family.Name == f.Name && o.family.Type == f.Type {
			if o.Text() != text {
				s.book.SetText(&o.Block, text, "")
			}
			return
		}
	}
	if present := s.families[f.Name]; present != nil && present.Type != f.Type || s.selfCollides(f) {
		s.hidden++
		return
	}
	o := &own{family: s.familyOf(f.Name, f.Type)}
	o.family.self = &meta{help: f.Help, hasHelp: f.HasHelp, unit: f.Unit}
	o.Owner = s.selfOf
	s.showMeta(o.family)
	s.book.SetText(&o.Block, text, "")
	s.book.Insert(&o.family.Family, &o.Block)
	s.self = append(s.self, o)
}

// selfCollides is whether a group shows what f would show.
func (s *Store) selfCollides(f *expo.Family) bool {
	defer s.tidy()
	fc := &FamilyChange{Name: f.Name, Type: f.Type}
	return s.checkNames(nil, &Change{Kind: KindMerge}, fc) != nil
}

// dropSelf takes the gateway's own samples out of a family.
func (s *Store) dropSelf(f *family) {
	i := slices.IndexFunc(s.self, func(o *own) bool { return o.family == f })
	if i < 0 {
		return
	}
	s.book.Remove(&s.self[i].Block)
	s.self = slices.Delete(s.self, i, i+1)
	f.self = nil
	if f.users == 0 {
		s.dropFamily(f)
	} else {
		s.showMeta(f)
	}
}
