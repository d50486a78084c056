package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/store"
)

// journalCommand runs headgate journal and returns what it printed.
func journalCommand(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(append([]string{"journal", "--data.dir=" + dir}, args...), strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// writeJournal makes a journal of three wipes in segments of their own.
func writeJournal(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	done := make(chan error)
	d, err := journal.Open(journal.Options{
		Dir: dir, SegmentSize: 1, Reserve: -1,
		Deliver: func(batch []*journal.Entry) {
			for _, e := range batch {
				done <- e.Err
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Replay(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	d.Start()
	for range 3 {
		if err := d.Append(&journal.Entry{Kind: store.KindWipe}); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestJournalCommands guards the way out of a gateway that does not start: check
// names the damage and the command, repair does it and says what is lost, and check
// and dump agree afterwards.
func TestJournalCommands(t *testing.T) {
	dir := writeJournal(t)
	if code, out, errs := journalCommand(t, dir, "check"); code != 0 || !strings.Contains(out, "ok: the log ends with record 3\n") {
		t.Fatalf("check: %d, %s%s", code, out, errs)
	}
	if code, out, _ := journalCommand(t, dir, "repair"); code != 0 || out != "nothing to repair\n" {
		t.Fatalf("repair: %d, %s", code, out)
	}
	second := filepath.Join(dir, "journal", "segment-00000000000000000002")
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	b[1024] ^= 1
	if err := os.WriteFile(second, b, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := journalCommand(t, dir, "check")
	if code != 1 || !strings.Contains(out, "DAMAGED at offset 1024") || !strings.Contains(errs, "headgate journal repair --data.dir="+dir) {
		t.Fatalf("check: %d, %s%s", code, out, errs)
	}
	code, out, errs = journalCommand(t, dir, "repair")
	if code != 0 || !strings.Contains(out, "set aside segment-00000000000000000002.damaged-1\n") || !strings.Contains(out, "records 2 to 2") {
		t.Fatalf("repair: %d, %s%s", code, out, errs)
	}
	code, out, errs = journalCommand(t, dir, "dump")
	if code != 0 || strings.Count(out, " kind=5 size=0 wipe\n") != 2 || !strings.Contains(out, " gap: ") {
		t.Fatalf("dump: %d, %s%s", code, out, errs)
	}
	if code, out, _ := journalCommand(t, filepath.Join(dir, "nowhere"), "check"); code != 1 || out != "" {
		t.Fatalf("check of no folder: %d, %s", code, out)
	}
}

// What a script reads of a damaged journal says the same.
func TestJournalCommandsInJSON(t *testing.T) {
	dir := writeJournal(t)
	second := filepath.Join(dir, "journal", "segment-00000000000000000002")
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	b[1024] ^= 1
	if err := os.WriteFile(second, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := journalCommand(t, dir, "check", "-q"); code != 1 || out != "" {
		t.Errorf("check -q: %d, %s", code, out)
	}
	for _, step := range []struct {
		command string
		code    int
		want    []string
	}{
		{"check", 1, []string{`"ok": false,`, `"offset": 1024,`, `"name": "segment-00000000000000000003",`}},
		{"repair", 0, []string{`"ok": true,`, `"set_aside": [`, `"segment-00000000000000000002.damaged-1"`, `"lost": [`, `"last_record": 3`}},
		{"repair", 0, []string{`"rewritten": [],`, `"lost": [],`}},
		{"check", 0, []string{`"ok": true,`}},
	} {
		code, out, errs := journalCommand(t, dir, step.command, "-o", "json")
		for _, want := range step.want {
			if code != step.code || !strings.Contains(out, want) {
				t.Errorf("%s -o json: %d, want %d and %s:\n%s%s", step.command, code, step.code, want, out, errs)
			}
		}
	}
}
