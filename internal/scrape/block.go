package scrape

import (
	"strings"
	"unsafe"
)

// Block is the samples of one family in one group. More than a million of them
// are resident, so it is kept small, 32 bytes, and has two pointers, each of which
// the collector follows in every cycle: its family and its page are numbers.
//
// Owner is set by the caller and stays as it is once the block is in a book; scrapes
// read it without a lock.
type Block struct {
	Owner *Owner

	// content is the text, or a *richText if size says so. Text lies in the buffer of
	// the block's page once the page was rendered, and in the caller's memory before.
	content unsafe.Pointer
	size    uint32 // of the text in bytes, with hasRich

	family uint32 // see Book.families; 0 if it is in no book
	page   uint32 // see Book.byID; 0 if it is in no book
	// Tag is the caller's, for what belongs to the block.
	Tag uint32
}

// hasRich marks a size. Texts are part of a journal record, which has 1 GiB at most.
const hasRich = 1 << 31

// richText is the content of a block of which text can't say all.
type richText struct{ text, rich string }

// Text returns the block's sample lines as [Book.SetText] got them.
func (b *Block) Text() string {
	if b.size&hasRich != 0 {
		return (*richText)(b.content).text
	}
	return unsafe.String((*byte)(b.content), b.size)
}

// Rich returns the block's metrics in protobuf's form, as [Book.SetText] got
// them, or "" if the text says all.
func (b *Block) Rich() string {
	if b.size&hasRich == 0 {
		return ""
	}
	return (*richText)(b.content).rich
}

// length is that of the text in bytes.
func (b *Block) length() int { return int(b.size &^ hasRich) }

func (b *Block) set(text, rich string) {
	b.size = uint32(len(text))
	if rich == "" {
		b.content = unsafe.Pointer(unsafe.StringData(text))
		return
	}
	// A copy: unlike the text it isn't moved into the page's buffer, and would
	// pin the whole journal record that it came with.
	b.content = unsafe.Pointer(&richText{text, strings.Clone(rich)})
	b.size |= hasRich
}

// move points the block to a copy of its text.
func (b *Block) move(text string) {
	if b.size&hasRich != 0 {
		(*richText)(b.content).text = text
		return
	}
	b.content = unsafe.Pointer(unsafe.StringData(text))
}
