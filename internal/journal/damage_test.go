package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

// Offsets in the journal that written makes: 30 records of 340 bytes, one a batch,
// nine to a segment of 4 KiB, behind 1 KiB of header.
const (
	recordBytes = 340
	headerBytes = 1024
	second      = "segment-00000000000000000010"
	last        = "segment-00000000000000000028"
)

func recordAt(i int) int64 { return headerBytes + int64(i)*recordBytes }

func written(t *testing.T, snapshot uint64) *crashfs.FS {
	t.Helper()
	fs := newFS()
	d, _ := mustReplay(t, small(fs))
	commit(t, d, 1, 15, recordBytes-40)
	if snapshot > 0 {
		mustSnapshot(t, d, snapshot)
	}
	commit(t, d, 16, 30, recordBytes-40)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return fs
}

// TestDamage guards that damage to what was durable stops the start with its place and
// changes nothing; that check sees the same; that repair keeps all that is whole, sets
// the rest aside and says what is lost; and that a gateway runs on what it leaves.
func TestDamage(t *testing.T) {
	cases := []struct {
		name     string
		snapshot uint64
		harm     func(*testing.T, *crashfs.FS)
		segment  string
		offset   int64
		reason   string
		left     []uint64 // after repair
		lost     int
	}{
		{name: "a payload in a segment that is not the last", segment: second, offset: recordAt(2), reason: "payload of record 12",
			harm: func(t *testing.T, fs *crashfs.FS) { flip(t, fs, second, recordAt(2)+100) },
			left: upTo(30, 12), lost: 1},
		{name: "a size in the last segment, whole records behind it", segment: last, offset: recordAt(1), reason: "after it was durable",
			harm: func(t *testing.T, fs *crashfs.FS) { flip(t, fs, last, recordAt(1)+5) },
			left: upTo(30, 29), lost: 1},
		{name: "zeros over a record, whole ones behind it", segment: last, offset: recordAt(0), reason: "after it was durable",
			harm: func(t *testing.T, fs *crashfs.FS) {
				if _, err := openFile(t, fs, last).WriteAt(make([]byte, recordBytes), recordAt(0)); err != nil {
					t.Fatal(err)
				}
			},
			left: upTo(30, 28), lost: 1},
		{name: "a segment's first header", segment: second, offset: 0, reason: "file header has a wrong checksum",
			harm: func(t *testing.T, fs *crashfs.FS) { flip(t, fs, second, 20) },
			left: upTo(30), lost: 1},
		{name: "both headers", segment: second, offset: 0, reason: "file begins with",
			harm: func(t *testing.T, fs *crashfs.FS) { flip(t, fs, second, 0); flip(t, fs, second, 512) },
			left: upTo(30, 10, 11, 12, 13, 14, 15, 16, 17, 18), lost: 2},
		{name: "the end of a segment that is not the last", segment: "segment-00000000000000000019", offset: 0, reason: "the log before it ends with 16",
			harm: func(t *testing.T, fs *crashfs.FS) {
				if err := openFile(t, fs, second).Truncate(recordAt(7)); err != nil {
					t.Fatal(err)
				}
			},
			left: upTo(30, 17, 18), lost: 1},
		{name: "an empty segment file", segment: second, offset: 0, reason: "cut off after 0 bytes",
			harm: func(t *testing.T, fs *crashfs.FS) {
				if err := openFile(t, fs, second).Truncate(0); err != nil {
					t.Fatal(err)
				}
			},
			left: upTo(30, 10, 11, 12, 13, 14, 15, 16, 17, 18), lost: 2},
		{name: "a segment is gone", segment: "segment-00000000000000000019", offset: 0, reason: "the log before it ends with 9",
			harm: func(t *testing.T, fs *crashfs.FS) {
				if err := fs.Remove(dataDir + "/journal/" + second); err != nil {
					t.Fatal(err)
				}
			},
			left: upTo(30, 10, 11, 12, 13, 14, 15, 16, 17, 18), lost: 1},
		{name: "the only snapshot", snapshot: 15, segment: "snapshot-00000000000000000015", offset: headerBytes + 3*48, reason: "payload of record 4",
			harm: func(t *testing.T, fs *crashfs.FS) {
				flip(t, fs, "snapshot-00000000000000000015", headerBytes+3*48+44)
			},
			left: upTo(30, 4), lost: 1},
		{name: "the end of the only snapshot", snapshot: 15, segment: "snapshot-00000000000000000015", offset: headerBytes + 15*48, reason: "without its end record",
			harm: func(t *testing.T, fs *crashfs.FS) {
				if err := openFile(t, fs, "snapshot-00000000000000000015").Truncate(headerBytes + 15*48); err != nil {
					t.Fatal(err)
				}
			},
			left: upTo(30), lost: 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fs := written(t, c.snapshot)
			c.harm(t, fs)
			before := contents(t, fs)
			_, _, err := replayAll(small(fs))
			damage := (*journal.DamageError)(nil)
			if !errors.As(err, &damage) || damage.Segment != c.segment || damage.Offset != c.offset || !strings.Contains(damage.Reason, c.reason) {
				t.Fatalf("replay: %v; want damage of %s at %d: %s", err, c.segment, c.offset, c.reason)
			}
			if want := "headgate journal repair --data.dir=" + dataDir; !strings.Contains(err.Error(), want) {
				t.Errorf("message %q does not name the command %q", err, want)
			}
			if after := contents(t, fs); !slices.Equal(before, after) {
				t.Errorf("the failed start has changed files")
			}
			report, err := journal.Check(t.Context(), fs, dataDir)
			if err != nil || report.Damage == nil || report.Damage.Segment != c.segment || report.Damage.Offset != c.offset {
				t.Fatalf("check: %+v, %v", report.Damage, err)
			}
			repaired, err := journal.Repair(t.Context(), fs, dataDir)
			if err != nil || len(repaired.Lost) != c.lost {
				t.Fatalf("repair: %v, %v; want %d losses", err, repaired.Lost, c.lost)
			}
			d, got := mustReplay(t, small(fs.Crash()))
			if !slices.Equal(got, c.left) {
				t.Fatalf("after the repair: %v, want %v", got, c.left)
			}
			commit(t, d, 31, 31, 8)
		})
	}
}

// contents is every file's name and bytes.
func contents(t *testing.T, fs *crashfs.FS) (all []string) {
	t.Helper()
	for _, name := range filesOf(t, fs, "") {
		all = append(all, fmt.Sprintf("%s %x", name, readFile(t, fs, name)))
	}
	return all
}

// TestTornTail guards that what a crash can leave at the end is cut off, and no more
// than that.
func TestTornTail(t *testing.T) {
	cases := []struct {
		name string
		tear func(*testing.T, journal.File)
		left uint64
	}{
		{"half a record", func(t *testing.T, f journal.File) { check(t, f.Truncate(recordAt(2)+100)) }, 29},
		{"half a header", func(t *testing.T, f journal.File) { check(t, f.Truncate(recordAt(2)+10)) }, 29},
		{"three bytes", func(t *testing.T, f journal.File) { check(t, f.Truncate(recordAt(2)+3)) }, 29},
		{"a wrong checksum", func(t *testing.T, f journal.File) { write(t, f, recordAt(2)+60, "x") }, 29},
		{"garbage behind the end", func(t *testing.T, f journal.File) { write(t, f, recordAt(3), strings.Repeat("garbage", 99)) }, 30},
		{"a garbage size", func(t *testing.T, f journal.File) { write(t, f, recordAt(2)+4, "\xff\xff\xff\x7f") }, 29},
		{"zeros", func(t *testing.T, f journal.File) { write(t, f, recordAt(3), strings.Repeat("\x00", 5000)) }, 30},
		{"nothing", func(*testing.T, journal.File) {}, 30},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fs := written(t, 0)
			c.tear(t, openFile(t, fs, last))
			d, got := mustReplay(t, small(fs))
			if want := upTo(c.left); !slices.Equal(got, want) {
				t.Fatalf("got %v, want up to %d", got, c.left)
			}
			commit(t, d, c.left+1, c.left+1, 8)
			if _, got := mustReplay(t, small(fs.Crash())); uint64(len(got)) != c.left+1 {
				t.Fatalf("got %v after a restart", got)
			}
		})
	}
}

// TestTornBatch guards the difference between a batch whose first sectors a crash has
// lost, which nobody was told is durable, and damage.
func TestTornBatch(t *testing.T) {
	fs := newFS()
	d, _ := mustReplay(t, small(fs))
	commit(t, d, 1, 1, recordBytes-40)
	batch := []*journal.Entry{numbered(2, recordBytes-40), numbered(3, recordBytes-40), numbered(4, recordBytes-40)}
	d.Commit(batch)
	name := filesOf(t, fs, "segment-")[0]
	write(t, openFile(t, fs, name), recordAt(1), strings.Repeat("\x00", recordBytes))
	_, got := mustReplay(t, small(fs.Kill()))
	if !slices.Equal(got, upTo(1)) {
		t.Fatalf("got %v, want only 1: the batch of 2 to 4 is torn", got)
	}
}

// TestForgery guards that a payload can't pass for records when a damaged place is
// searched.
func TestForgery(t *testing.T) {
	theirs := newFS()
	d, _ := mustReplay(t, small(theirs))
	commit(t, d, 1, 40, 8)
	forged := readFile(t, theirs, filesOf(t, theirs, "segment-")[0])[headerBytes+31*48:] // 32 to 40
	fs := written(t, 0)
	d, _ = mustReplay(t, small(fs))
	d.Commit([]*journal.Entry{{Payload: append(numbered(31, 8).Payload, forged...)}})
	commit(t, d, 32, 32, 8)
	check(t, d.Close())
	flip(t, fs, last, recordAt(3)+4)
	if _, err := journal.Repair(t.Context(), fs, dataDir); err != nil {
		t.Fatal(err)
	}
	if _, got := mustReplay(t, small(fs)); !slices.Equal(got, upTo(32, 31)) {
		t.Fatalf("got %v", got)
	}
}

// TestSnapshotFallback guards that a damaged snapshot does not stop a start whose log
// says the same, and is kept aside.
func TestSnapshotFallback(t *testing.T) {
	fs := newFS()
	d, _ := mustReplay(t, small(fs))
	commit(t, d, 1, 30, recordBytes-40)
	fs.SetFault(func(op crashfs.Op, name string) error {
		if op == crashfs.OpRemove && strings.Contains(name, "segment") {
			return errModel // they stay
		}
		return nil
	})
	mustSnapshot(t, d, 30)
	fs = fs.Kill()
	flip(t, fs, "snapshot-00000000000000000030", headerBytes+44)
	if _, got := mustReplay(t, small(fs)); !slices.Equal(got, upTo(30)) {
		t.Fatalf("got %v", got)
	}
	if names, _ := fs.ReadDir(dataDir + "/journal"); !slices.Contains(names, "snapshot-00000000000000000030.damaged-1") {
		t.Errorf("damaged snapshot was not set aside: %v", names)
	}
}

// TestRepairLeavesHealthyAlone guards that a torn tail and superfluous files are no
// reason to rewrite anything.
func TestRepairLeavesHealthyAlone(t *testing.T) {
	fs := written(t, 15)
	write(t, openFile(t, fs, last), recordAt(3), "torn")
	before := contents(t, fs)
	report, err := journal.Repair(t.Context(), fs, dataDir)
	if err != nil || len(report.Rewritten) != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if !slices.Equal(before, contents(t, fs)) {
		t.Error("files have changed")
	}
}

// TestRepairNeedsTheLock guards that no repair happens under a running gateway.
func TestRepairNeedsTheLock(t *testing.T) {
	fs := newFS()
	mustReplay(t, small(fs))
	if _, err := journal.Repair(t.Context(), fs, dataDir); !errors.Is(err, journal.ErrLocked) {
		t.Fatalf("got %v", err)
	}
}

// TestDump guards the line per record, and that damage does not end the dump.
func TestDump(t *testing.T) {
	fs := written(t, 15)
	flip(t, fs, last, recordAt(1)+44)
	var out bytes.Buffer
	err := journal.Dump(context.Background(), fs, dataDir, func(l *journal.Line) error { fmt.Fprintln(&out, l); return nil }, func(kind journal.Kind, p []byte) string {
		return fmt.Sprintf("n=%d", p[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"snapshot-00000000000000000015 1024 seq=1 time=1970-01-01T00:00:00.000000001Z kind=2 size=8 n=1\n",
		"seq=16 time=1970-01-01T00:00:00.000000001Z end\n",
		last + " 1024 seq=28 time=",
		last + " 1364 unreadable: payload of record 29",
		" kind=1 size=300 n=30\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("dump lacks %q:\n%s", want, out.String())
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, f journal.File, off int64, s string) {
	t.Helper()
	if _, err := f.WriteAt([]byte(s), off); err != nil {
		t.Fatal(err)
	}
}
