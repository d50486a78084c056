package scrape

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/headgate/headgate/internal/expo"
)

// More than a million blocks are resident: a word more is ten megabytes.
func TestBlockIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Block{}); n > 32 {
		t.Errorf("a block takes %d bytes, want at most 32", n)
	}
}

// fillGauges inserts one block of about 100 bytes per group and family, in the
// order that a replay group by group has, and returns them by family.
func fillGauges(book *Book, families, groups int) [][]*Block {
	blocks := make([][]*Block, families)
	fams := make([]*Family, families)
	for i := range fams {
		fams[i] = &Family{Name: fmt.Sprintf("metric_%02d", i), Type: expo.Gauge}
	}
	for g := range groups {
		owner := NewOwner([]expo.Label{{Name: "job", Value: fmt.Sprintf("%06d", g)}})
		for i, f := range fams {
			blk := &Block{Owner: owner}
			book.SetText(blk, fmt.Sprintf("%s{job=\"%06d\",path=%q} 1\n", f.Name, g, strings.Repeat("p", 60)), "")
			book.Insert(f, blk)
			blocks[i] = append(blocks[i], blk)
		}
	}
	return blocks
}

// A book that is filled in order, of the whole or within each family, has full pages.
func TestPagesFillUp(t *testing.T) {
	for _, families := range []int{1, 12} {
		var book Book
		fillGauges(&book, families, 60_000/families)
		v := book.View()
		if n, want := len(v.sheets), int(v.size/pageTarget); n > want+want/10+families {
			t.Errorf("%d families: %d pages for %d bytes, want about %d", families, n, v.size, want)
		}
	}
}

// Pages that lost most of their blocks are merged, and an emptied book has none.
func TestPagesMerge(t *testing.T) {
	var book Book
	blocks := fillGauges(&book, 4, 8000)
	book.View()
	for _, family := range blocks {
		for i, blk := range family {
			if i%100 != 0 {
				book.Remove(blk)
			}
		}
	}
	if v := book.View(); len(v.sheets) > 2 {
		t.Errorf("%d pages for %d bytes", len(v.sheets), v.size)
	}
	for _, family := range blocks {
		for _, blk := range family {
			book.Remove(blk)
		}
	}
	if v := book.View(); len(v.sheets) != 0 || v.size != 0 {
		t.Errorf("%d pages and %d bytes in an empty book", len(v.sheets), v.size)
	}
}

// A page whose blocks grew is split, but never a block, however large.
func TestPagesSplitWhenBlocksGrow(t *testing.T) {
	var book Book
	blocks := fillGauges(&book, 1, 500)[0]
	book.View()
	large := strings.Repeat("metric_00{job=\"0\"} 1\n", 2000)
	giant := strings.Repeat(large, 100)
	for _, blk := range blocks[100:110] {
		book.SetText(blk, large, "")
	}
	book.SetText(blocks[0], giant, "")
	v := book.View()
	for i, s := range v.sheets {
		if len(s.text) > pageMax+1000 && len(s.blocks) > 1 {
			t.Errorf("page %d has %d bytes in %d blocks", i, len(s.text), len(s.blocks))
		}
	}
	if blocks[0].Text() != giant || blocks[109].Text() != large || blocks[110].Text() == "" {
		t.Error("a block lost its text")
	}
}

// Removing what isn't there does nothing.
func TestRemoveAbsent(t *testing.T) {
	var book Book
	blk := fillGauges(&book, 1, 3)[0][1]
	book.Remove(&Block{Owner: blk.Owner})
	book.Remove(blk)
	book.Remove(blk)
	if v := book.View(); v.Stats().Blocks != 2 {
		t.Errorf("%d blocks, want 2", v.Stats().Blocks)
	}
}
