package scrape

import "strings"

// Block is the samples of one family in one group. More than a million of them
// are resident, so it is kept small, 48 bytes, and has few pointers, each of which
// the collector visits in every cycle.
//
// Family and Owner are set by the caller and stay as they are once the block is
// in a book; scrapes read them without a lock.
type Block struct {
	Family *Family
	Owner  *Owner

	// text lies in the buffer of the block's page once the page was rendered, and
	// in the caller's memory before.
	text string
	rich *string
	page uint32 // its page's id, 0 if it is in no book
	// Tag is the caller's, for what belongs to the block.
	Tag uint32
}

// Text returns the block's sample lines as [Book.SetText] got them.
func (b *Block) Text() string { return b.text }

// Rich returns the block's metrics in protobuf's form, as [Book.SetText] got
// them, or "" if the text says all.
func (b *Block) Rich() string {
	if b.rich == nil {
		return ""
	}
	return *b.rich
}

func (b *Block) set(text, rich string) {
	b.text = text
	b.rich = nil
	if rich != "" {
		// A copy: unlike the text it isn't moved into the page's buffer, and would
		// pin the whole journal record that it came with.
		own := strings.Clone(rich)
		b.rich = &own
	}
}

// compare orders blocks: by the family's name, then by owner.
func (b *Block) compare(o *Block) int {
	if b.Family != o.Family {
		if c := strings.Compare(b.Family.Name, o.Family.Name); c != 0 {
			return c
		}
	}
	return b.Owner.Compare(o.Owner)
}
