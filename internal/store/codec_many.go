package store

import "encoding/binary"

// The payloads of records that are about many groups, or about none:
//
//	delete     count  key…
//	wipe       (nothing)
//	remove     origin  undo  count  key…
//	clear      origin  undo
//	expire     most
//	scraped    count  (key  seq)…
//	undo       origin  id  most
//	scrapers   count  id…
//	trash      id  until  key  state  terms  [sum]  families+
//	missed     see codec_run.go
//	runs       see codec_run.go
//	windows    see window_codec.go
//	audit      id  time  action  origin  groups  series  until  undone
//
//	origin     user  address  what
//	undo       id  window  bytes
func appendManyPayload(dst []byte, c *Change) []byte {
	switch c.Kind {
	case KindDelete:
		return appendStrings(dst, c.Keys)
	case KindRemove:
		return appendStrings(appendUndo(appendOrigin(dst, &c.Origin), &c.Undo), c.Keys)
	case KindClear:
		return appendUndo(appendOrigin(dst, &c.Origin), &c.Undo)
	case KindExpire:
		return binary.AppendUvarint(dst, uint64(c.Most))
	case KindScraped:
		dst = binary.AppendUvarint(dst, uint64(len(c.Reads)))
		for _, r := range c.Reads {
			dst = binary.AppendUvarint(appendString(dst, r.Key), r.Seq)
		}
	case KindUndo:
		dst = appendString(appendOrigin(dst, &c.Origin), c.Undo.ID)
		return binary.AppendUvarint(dst, uint64(c.Most))
	case KindScrapers:
		return appendStrings(dst, c.Scrapers)
	case KindTrash:
		return appendTrash(dst, c)
	case KindAudit:
		return appendAudit(dst, &c.entry)
	case KindLedger:
		return appendLedger(dst, c.ledger)
	case KindMissed:
		return appendVerdicts(dst, c.Verdicts)
	case KindRuns:
		return appendHistories(dst, c.runs)
	case KindWindows:
		return appendWindows(dst, c.windows)
	}
	return dst
}

func appendStrings(dst []byte, all []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(all)))
	for _, s := range all {
		dst = appendString(dst, s)
	}
	return dst
}

func appendOrigin(dst []byte, o *Origin) []byte {
	return appendString(appendString(appendString(dst, o.User), o.Address), o.What)
}

func appendUndo(dst []byte, u *Undo) []byte {
	dst = appendString(dst, u.ID)
	dst = binary.AppendUvarint(dst, uint64(max(u.Window, 0)))
	return binary.AppendUvarint(dst, uint64(max(u.Bytes, 0)))
}

func appendTrash(dst []byte, c *Change) []byte {
	dst = appendString(dst, c.trash.id)
	dst = binary.AppendUvarint(dst, uint64(c.trash.until))
	dst = appendState(appendString(dst, c.Key), &c.state, c.Kind)
	dst = appendTerms(dst, &c.Terms)
	if c.Terms.Summing.Mode != Keep {
		dst = appendSum(dst, c.sum)
	}
	dst = binary.AppendUvarint(dst, uint64(len(c.Families)))
	for i := range c.Families {
		dst = appendFamily(dst, &c.Families[i], true)
	}
	return dst
}

func appendAudit(dst []byte, e *AuditEntry) []byte {
	dst = appendString(dst, e.ID)
	dst = binary.AppendUvarint(dst, uint64(e.Time))
	dst = append(dst, byte(e.Action))
	dst = appendOrigin(dst, &e.Origin)
	dst = binary.AppendUvarint(dst, uint64(e.Groups))
	dst = binary.AppendUvarint(dst, uint64(e.Series))
	dst = binary.AppendUvarint(dst, uint64(e.Until))
	return binary.AppendUvarint(dst, uint64(e.Undone))
}

// many reads the payload of a record that isn't about one group. It reports
// whether there is such a kind.
func (d *decoder) many(c *Change) bool {
	switch c.Kind {
	case KindDelete:
		c.Keys = d.strings(c.Keys) // only looked up, so anything goes
	case KindWipe:
	case KindRemove:
		c.Origin, c.Undo = d.origin(), d.undo()
		c.Keys = d.strings(c.Keys)
	case KindClear:
		c.Origin, c.Undo = d.origin(), d.undo()
	case KindExpire:
		c.Most = int(d.number())
	case KindScraped:
		for range d.count() {
			c.Reads = append(c.Reads, Read{Key: d.string(), Seq: d.uvarint()})
		}
	case KindUndo:
		c.Origin, c.Undo.ID, c.Most = d.origin(), d.string(), int(d.number())
	case KindScrapers:
		c.Scrapers = d.strings(nil)
	case KindTrash:
		c.trash = trashed{id: d.string(), until: d.number()}
		c.Key, c.state, c.Terms = d.key(), d.state(c.Kind), d.terms()
		if c.Terms.Summing.Mode != Keep {
			c.sum = d.sum()
		}
		d.families(c)
	case KindAudit:
		c.entry = d.audit()
	case KindLedger:
		c.ledger = d.ledger()
	case KindMissed:
		c.Verdicts = listed(d, d.verdict)
	case KindRuns:
		c.runs = listed(d, d.history)
	case KindWindows:
		c.windows = d.windows()
	default:
		return false
	}
	return true
}

func (d *decoder) strings(dst []string) []string {
	for range d.count() {
		dst = append(dst, d.string())
	}
	return dst
}

func (d *decoder) origin() Origin {
	return Origin{User: d.string(), Address: d.string(), What: d.string()}
}

func (d *decoder) undo() Undo {
	return Undo{ID: d.string(), Window: d.duration(), Bytes: d.number()}
}

func (d *decoder) audit() AuditEntry {
	e := AuditEntry{ID: d.string(), Time: d.number(), Action: Action(d.byte()), Origin: d.origin()}
	e.Groups, e.Series, e.Until, e.Undone = int(d.number()), int(d.number()), d.number(), int(d.number())
	if e.Action >= actions {
		d.bad = true
	}
	return e
}
