package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/store"
)

// journalCmd looks after a data folder without a gateway.
type journalCmd struct {
	DataDir string `name:"data.dir" placeholder:"DIR" default:"./headgate-data" help:"Folder of the journal."`

	Check  journalCheckCmd  `cmd:"" help:"Read the whole journal and say what is damaged. Changes nothing; may run beside a gateway."`
	Repair journalRepairCmd `cmd:"" help:"Write damaged files anew with what can be read of them, after copying them aside."`
	Dump   journalDumpCmd   `cmd:"" help:"Print the journal's records, one a line. Changes nothing; may run beside a gateway."`
}

// Help is shown below the usage.
func (journalCmd) Help() string {
	return `Examples:
  headgate journal check --data.dir /var/lib/headgate
  headgate journal repair --data.dir /var/lib/headgate
  headgate journal dump | grep 'job="backup"'

Exit codes: 0 the gateway can start with the folder, 1 it can't, 2 usage.`
}

type journalDumpCmd struct{ output }

// Run prints to the standard output. As JSON each record is an object on a line of its
// own: the journal may be larger than memory.
func (c *journalDumpCmd) Run(parent *journalCmd, s *streams) (err error) {
	w := bufio.NewWriter(s.out)
	defer func() { err = errors.Join(err, w.Flush()) }()
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	print := func(l *journal.Line) error {
		switch {
		case c.Quiet:
			return nil
		case c.Format == "json":
			return lines.Encode(l)
		}
		_, err := fmt.Fprintln(w, l)
		return err
	}
	return journal.Dump(context.Background(), nil, parent.DataDir, print, describeRecord)
}

var kindNames = map[journal.Kind]string{
	store.KindReplace: "replace", store.KindMerge: "merge", store.KindRefuse: "refuse",
	store.KindDelete: "delete", store.KindWipe: "wipe", store.KindGroup: "group",
	store.KindPush: "push", store.KindFail: "fail", store.KindRemove: "remove", store.KindClear: "clear",
	store.KindExpire: "expire", store.KindScraped: "scraped", store.KindUndo: "undo",
	store.KindScrapers: "scrapers", store.KindState: "state", store.KindTrash: "trash", store.KindAudit: "audit",
	store.KindLedger: "ledger", store.KindMissed: "missed", store.KindRuns: "runs",
	store.KindWindows: "windows", store.KindTimedPush: "push",
}

// describeRecord says what a record does and to which groups.
func describeRecord(kind journal.Kind, payload []byte) string {
	c := new(store.Change)
	if err := c.Decode(kind, payload); err != nil {
		return fmt.Sprintf("undecodable: %v", err)
	}
	var b strings.Builder
	b.WriteString(kindNames[kind])
	keys := c.Keys
	if c.Key != "" {
		keys = []string{c.Key}
	}
	for _, key := range keys {
		b.WriteByte(' ')
		writeKey(&b, key)
	}
	for _, r := range c.Reads {
		b.WriteByte(' ')
		writeKey(&b, r.Key)
	}
	if len(c.Families) > 0 {
		fmt.Fprintf(&b, " families=%d", len(c.Families))
	}
	writeTerms(&b, &c.Terms)
	if c.Undo.ID != "" {
		fmt.Fprintf(&b, " id=%s", c.Undo.ID)
	}
	if c.Origin.Address != "" {
		fmt.Fprintf(&b, " user=%q address=%s", c.Origin.User, c.Origin.Address)
	}
	for _, id := range c.Scrapers {
		fmt.Fprintf(&b, " %q", id)
	}
	return b.String()
}

func writeTerms(b *strings.Builder, t *store.Terms) {
	if t.Replace {
		b.WriteString(" replace")
	}
	if t.TTL > 0 {
		fmt.Fprintf(b, " ttl=%s", t.TTL)
	}
	if t.Expect > 0 {
		fmt.Fprintf(b, " expect=%s", t.Expect)
	}
	if t.KeepUntilScraped {
		b.WriteString(" keep=until-scraped")
	}
	if u := &t.Summing; u.Mode != store.Keep {
		fmt.Fprintf(b, " aggregate=%s", u.Mode)
		if u.Pusher != "" {
			fmt.Fprintf(b, " pusher=%q", u.Pusher)
		}
	}
	if o := &t.Once; o.Sequence.Producer != "" {
		fmt.Fprintf(b, " producer=%q epoch=%d sequence=%d", o.Sequence.Producer, o.Sequence.Epoch, o.Sequence.Number)
	} else if o.Key != "" {
		fmt.Fprintf(b, " key=%q", o.Key)
	}
}

func writeKey(b *strings.Builder, key string) {
	labels, err := store.Labels(key)
	if err != nil {
		fmt.Fprintf(b, "%q", key)
		return
	}
	b.WriteByte('{')
	for i, l := range labels {
		if i > 0 {
			b.WriteByte(',')
		}
		writeLabel(b, l)
	}
	b.WriteByte('}')
}

func writeLabel(b *strings.Builder, l expo.Label) { fmt.Fprintf(b, "%s=%q", l.Name, l.Value) }
