package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// Dump writes one line per record: file, offset, seq, time, kind, size, and what
// describe (may be nil) says of the payload. Snapshots come first, then segments.
// What can't be read is a line of its own, and the dump goes on behind it. It changes
// nothing and may run beside a gateway. fsys may be nil.
func Dump(ctx context.Context, fsys FS, dir string, out io.Writer, describe func(Kind, []byte) string) error {
	if fsys == nil {
		fsys = OS{}
	}
	c := checker{ctx: ctx, fsys: fsys, folder: filepath.Join(dir, "journal")}
	names, err := fsys.ReadDir(c.folder)
	if err != nil {
		return folderError(dir, err)
	}
	w := bufio.NewWriter(out)
	l := list(names)
	for _, seq := range l.snapshots {
		if err := c.dump(w, snapshotName(seq), snapshotMagic, seq, describe); err != nil {
			return err
		}
	}
	for _, seq := range l.segments {
		if err := c.dump(w, segmentName(seq), segmentMagic, seq, describe); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (c *checker) dump(out *bufio.Writer, name, magic string, seq uint64, describe func(Kind, []byte) string) error {
	f, _, err := c.open(name)
	if f == nil || err != nil {
		return err
	}
	defer f.Close()
	w, err := newWalker(c.ctx, f, magic, seq)
	if err != nil {
		return err
	}
	if w.headReason != "" {
		fmt.Fprintf(out, "%s 0 unreadable: %s\n", name, w.headReason)
	}
	for {
		rec, hole, err := w.next(0)
		if hole != nil {
			fmt.Fprintf(out, "%s %d unreadable: %s\n", name, hole.off, hole.reason)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		dumpRecord(out, name, &rec, describe)
	}
}

func dumpRecord(out *bufio.Writer, name string, rec *record, describe func(Kind, []byte) string) {
	fmt.Fprintf(out, "%s %d seq=%d time=%s", name, rec.off, rec.seq,
		time.Unix(0, rec.time).UTC().Format(time.RFC3339Nano))
	switch {
	case rec.flags&flagEnd != 0:
		fmt.Fprintf(out, " end\n")
		return
	case rec.flags&flagGap != 0:
		fmt.Fprintf(out, " gap: records lost and given up by a repair\n")
		return
	}
	fmt.Fprintf(out, " kind=%d size=%d", rec.kind, len(rec.payload))
	if describe != nil {
		fmt.Fprintf(out, " %s", describe(rec.kind, rec.payload))
	}
	_ = out.WriteByte('\n')
}
