package journal

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// Line is a record as Dump tells of it, or what can't be read.
type Line struct {
	File       string    `json:"file"`
	Offset     int64     `json:"offset"`
	Unreadable string    `json:"unreadable,omitempty"` // why; the rest is empty then
	Seq        uint64    `json:"seq,omitempty"`
	Time       time.Time `json:"time,omitzero"`
	Mark       string    `json:"mark,omitempty"` // "end" or "gap" for records that are no entries
	Kind       Kind      `json:"kind,omitempty"`
	Size       int       `json:"size,omitempty"`    // of the payload in bytes
	Payload    string    `json:"payload,omitempty"` // as describe has it
}

// String is the line for people.
func (l *Line) String() string {
	if l.Unreadable != "" {
		return fmt.Sprintf("%s %d unreadable: %s", l.File, l.Offset, l.Unreadable)
	}
	text := fmt.Sprintf("%s %d seq=%d time=%s", l.File, l.Offset, l.Seq, l.Time.Format(time.RFC3339Nano))
	switch l.Mark {
	case "end":
		return text + " end"
	case "gap":
		return text + " gap: records lost and given up by a repair"
	}
	text += fmt.Sprintf(" kind=%d size=%d", l.Kind, l.Size)
	if l.Payload != "" {
		text += " " + l.Payload
	}
	return text
}

// Dump calls print with each record, of which describe (may be nil) says what is in the
// payload. Snapshots come first, then segments. What can't be read is a line of its own,
// and the dump goes on behind it. It changes nothing and may run beside a gateway. fsys
// may be nil. An error of print ends it and is returned.
func Dump(ctx context.Context, fsys FS, dir string, print func(*Line) error, describe func(Kind, []byte) string) error {
	if fsys == nil {
		fsys = OS{}
	}
	c := checker{ctx: ctx, fsys: fsys, folder: filepath.Join(dir, "journal")}
	names, err := fsys.ReadDir(c.folder)
	if err != nil {
		return folderError(dir, err)
	}
	l := list(names)
	for _, seq := range l.snapshots {
		if err := c.dump(print, snapshotName(seq), snapshotMagic, seq, describe); err != nil {
			return err
		}
	}
	for _, seq := range l.segments {
		if err := c.dump(print, segmentName(seq), segmentMagic, seq, describe); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) dump(print func(*Line) error, name, magic string, seq uint64, describe func(Kind, []byte) string) error {
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
		if err := print(&Line{File: name, Unreadable: w.headReason}); err != nil {
			return err
		}
	}
	for {
		rec, hole, err := w.next(0)
		if hole != nil {
			if err := print(&Line{File: name, Offset: hole.off, Unreadable: hole.reason}); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = print(lineOf(name, &rec, describe))
		}
		if err != nil {
			return err
		}
	}
}

func lineOf(name string, rec *record, describe func(Kind, []byte) string) *Line {
	l := &Line{File: name, Offset: rec.off, Seq: rec.seq, Time: time.Unix(0, rec.time).UTC()}
	switch {
	case rec.flags&flagEnd != 0:
		l.Mark = "end"
		return l
	case rec.flags&flagGap != 0:
		l.Mark = "gap"
		return l
	}
	l.Kind, l.Size = rec.kind, len(rec.payload)
	if describe != nil {
		l.Payload = describe(rec.kind, rec.payload)
	}
	return l
}
