package api

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/limit"
)

// withUndo is a gateway whose deletes can be undone for 15 minutes.
func withUndo(t *testing.T) *gateway {
	g := newGateway(t, nil)
	g.Door.SetRules(ingest.Rules{Limits: limit.Rules{Set: limit.Defaults}, Undo: ingest.UndoRule{Window: 15 * time.Minute, Bytes: 1 << 20}})
	return g
}

// dataOf is the data of a JSON answer.
func dataOf[T any](t *testing.T, body string) (data T) {
	t.Helper()
	var all struct{ Data T }
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return all.Data
}

// What was deleted by selector, by path or by wipe comes back as it was, once.
func TestUndo(t *testing.T) {
	for name, remove := range map[string]func(g *gateway) int{
		"selector": func(g *gateway) int { return g.do("DELETE", `/api/v1/groups?match[]={job=~".%2b"}`, "").Code },
		"path":     func(g *gateway) int { return g.do("DELETE", "/metrics/job/a/b/c", "").Code },
		"wipe":     func(g *gateway) int { return g.do("PUT", "/api/v1/admin/wipe", "").Code },
	} {
		g := withUndo(t)
		g.push(t, "/metrics/job/a/b/c?ttl=1h", "m{x=\"1\"} 1\nm{x=\"2\"} 2\n")
		g.push(t, "/metrics/job/z", "n 1\n")
		before := g.scraped(t)
		if code := remove(g); code/100 != 2 {
			t.Fatalf("%s: status %d", name, code)
		}
		g.wantAbsent(t, `job="a"`)
		want(t, g.do("POST", "/api/v1/groups/undo", ""), 200, `"skipped":[]`)
		if after := g.scraped(t); after != before {
			t.Errorf("%s: undone it shows\n%s\nbefore it was\n%s", name, after, before)
		}
		want(t, g.do("GET", "/api/v1/groups", ""), 200, `"ttl_seconds":3600`)
		want(t, g.do("POST", "/api/v1/groups/undo", ""), 404, "there is no delete that can be undone")
	}
}

// A group that was pushed again meanwhile stays as it is, and one that doesn't go
// with what is there now stays away; the answer says which and why.
func TestUndoSkipsWhatIsInTheWay(t *testing.T) {
	g := withUndo(t)
	g.push(t, "/metrics/job/a", "m 1\n")
	g.push(t, "/metrics/job/b", "m 1\n")
	g.push(t, "/metrics/job/c", "m 1\n")
	want(t, g.do("DELETE", `/api/v1/groups?match[]={job=~"a|b"}`, ""), 200, `"deleted":2`, `"id":"`)
	g.push(t, "/metrics/job/a", "m 5\n")
	g.push(t, "/metrics/job/c/x/y", "k{job=\"c\"} 1\n")
	want(t, g.do("POST", "/api/v1/groups/undo", ""), 200, `"restored":1`, `{"labels":{"job":"a"},"reason":"it was pushed again since"}`)
	g.wantResident(t, `m{instance="",job="a"} 5`, `m{instance="",job="b"} 1`)

	want(t, g.do("DELETE", `/api/v1/groups?match[]={job=~"a|b"}`, ""), 200, `"deleted":2`)
	want(t, g.do("PUT", "/metrics/job/c", "# TYPE m counter\nm 1\n"), 200)
	want(t, g.do("POST", "/api/v1/groups/undo", ""), 200, `"restored":0`, "m has type untyped here and type counter in other groups")
	g.wantAbsent(t, `job="a"`, `job="b"`)
}

// The list of deletes says who, when, what, how many, and to when it can be undone.
func TestAudit(t *testing.T) {
	g := withUndo(t)
	g.push(t, "/metrics/job/a", "m 1\n")
	g.push(t, "/metrics/job/b", "m 1\n")
	want(t, g.do("DELETE", "/metrics/job/none", ""), 202) // deletes nothing, so it is none
	want(t, g.do("DELETE", "/metrics/job/a", "", "Authorization", "Basic b3BzOnNlY3JldA=="), 202)
	want(t, g.do("PUT", "/api/v1/admin/wipe", ""), 202)
	type entry struct {
		ID, Action, User, Address, What string
		Time, Undo_Until                time.Time
		Groups, Series, Restored        int
	}
	list := dataOf[[]entry](t, g.do("GET", "/api/v1/audit", "").Body.String())
	if len(list) != 2 {
		t.Fatalf("%d entries, want 2: %+v", len(list), list)
	}
	wipe, del := list[0], list[1]
	if wipe.Action != "wipe" || wipe.Groups != 1 || wipe.Series != 3 {
		t.Errorf("the wipe is %+v", wipe)
	}
	if del.Action != "delete" || del.User != "ops" || del.Address != "192.0.2.1" || del.What != "/metrics/job/a" || del.Groups != 1 || del.Series != 3 {
		t.Errorf("the delete is %+v", del)
	}
	if window := del.Undo_Until.Sub(del.Time); window != 15*time.Minute {
		t.Errorf("it can be undone for %s", window)
	}
	want(t, g.do("POST", "/api/v1/groups/undo?id="+del.ID, ""), 200, `"restored":1`)
	list = dataOf[[]entry](t, g.do("GET", "/api/v1/audit", "").Body.String())
	if list[0].Action != "undo" || list[2].Restored != 1 || !list[2].Undo_Until.IsZero() || list[1].Undo_Until.IsZero() {
		t.Errorf("after the undo: %+v", list)
	}
	want(t, g.do("POST", "/api/v1/groups/undo?id="+del.ID, ""), 404, del.ID)
}

// After the window nothing comes back, and what was kept for it is let go.
func TestUndoWindowEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := withUndo(t)
		g.push(t, "/metrics/job/a", "m 1\n")
		want(t, g.do("DELETE", "/metrics/job/a", ""), 202)
		time.Sleep(16 * time.Minute)
		want(t, g.do("POST", "/api/v1/groups/undo", ""), 404)
		if _, _, err := g.Door.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := g.Store.Stats(); s.Undoable != 0 || s.UndoableBytes != 0 {
			t.Errorf("%d deletes of %d bytes are kept", s.Undoable, s.UndoableBytes)
		}
		g.journal.Close()
	})
}

// What is kept for an undo is bounded: the oldest goes first, and a delete larger
// than the bound can't be undone.
func TestUndoIsBounded(t *testing.T) {
	g := withUndo(t)
	text := `m{x="` + strings.Repeat("x", 400<<10/64) + "\"} 1\n"
	g.Door.SetRules(ingest.Rules{Limits: limit.Rules{Set: limit.Defaults}, Undo: ingest.UndoRule{Window: time.Hour, Bytes: 15 << 10}})
	for _, job := range []string{"a", "b", "c"} {
		g.push(t, "/metrics/job/"+job, text)
		want(t, g.do("DELETE", "/metrics/job/"+job, ""), 202)
	}
	if s := g.Store.Stats(); s.Undoable != 2 || s.UndoableBytes > 15<<10 {
		t.Errorf("%d deletes of %d bytes are kept", s.Undoable, s.UndoableBytes)
	}
	want(t, g.do("POST", "/api/v1/groups/undo", ""), 200)
	want(t, g.do("POST", "/api/v1/groups/undo", ""), 200)
	want(t, g.do("POST", "/api/v1/groups/undo", ""), 404)
	g.wantResident(t, `job="b"`, `job="c"`)
	want(t, g.do("PUT", "/api/v1/admin/wipe", ""), 202)
	want(t, g.do("POST", "/api/v1/groups/undo", ""), 200)
}

// A page of another site can't undo, and on our own page it takes the form's token.
func TestUndoFromPage(t *testing.T) {
	g := withUndo(t)
	g.push(t, "/metrics/job/a%3Cb%3E", "m 1\n")
	want(t, g.do("POST", "/api/v1/groups/undo", "", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"), 403)
	ask := g.do("GET", "/groups/delete?group=job/a%253Cb%253E", "")
	form := url.Values{"group": {field(t, ask, "group")}, "token": {field(t, ask, "token")}}
	after := g.form("/groups/delete", form)
	want(t, after, http.StatusSeeOther)
	notice := g.do("GET", after.Header().Get("Location"), "")
	want(t, notice, 200, "The group is deleted.", ">Undo</button>")

	page := g.do("GET", "/deletes", "")
	want(t, page, 200, "a&lt;b&gt;", "192.0.2.1", ">Undo</button>")
	id := html.UnescapeString(regexp.MustCompile(`name="id" value="([^"]*)"`).FindStringSubmatch(page.Body.String())[1])
	want(t, g.form("/groups/undo", url.Values{"id": {id}}), 403)
	want(t, g.form("/groups/undo", url.Values{"id": {id}, "token": {field(t, page, "token")}}), http.StatusSeeOther)
	g.wantResident(t, `job="a<b>"`)
	want(t, g.do("GET", "/deletes?restored=1&skipped=2", ""), 200, "Groups brought back: 1.", "Left out", "undone: 1")
	want(t, g.form("/groups/undo", url.Values{"id": {id}, "token": {field(t, page, "token")}}), 404, "no delete")
}
