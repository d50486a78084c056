package api

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whoever deletes, by whatever name and path, the list of deletes stays JSON that can
// be read, and bounded: names are the client's to choose.
func TestAuditOfHostileNames(t *testing.T) {
	g := withUndo(t)
	users := []string{"a\"b\\c\n", "\xff\xfe", "\u2028<script>", strings.Repeat("é", 5000), "\x00"}
	for _, user := range users {
		g.push(t, "/metrics/job/j/path@base64/"+base64.URLEncoding.EncodeToString([]byte("\"\n<é>\u2028")), "m 1\n")
		auth := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":secret"))
		want(t, g.do("DELETE", "/api/v1/groups?match[]={path!%3D%22"+strings.Repeat("x", 900)+"%22}", "", "Authorization", auth), http.StatusOK, `"deleted":1`)
	}
	w := g.do("GET", "/api/v1/audit", "")
	want(t, w, http.StatusOK)
	if !json.Valid(w.Body.Bytes()) || !utf8.Valid(w.Body.Bytes()) {
		t.Errorf("the list isn't JSON: %q", w.Body)
	}
	if strings.Contains(w.Body.String(), "secret") {
		t.Error("the list has a password")
	}
	entries := dataOf[[]struct{ User, What string }](t, w.Body.String())
	if len(entries) != len(users) {
		t.Fatalf("%d entries, want %d", len(entries), len(users))
	}
	for i, e := range entries {
		if len(e.User) > 600 || len(e.What) > 600 {
			t.Errorf("entry %d has a user of %d bytes and a what of %d", i, len(e.User), len(e.What))
		}
	}
	if entries[4].User != users[0] {
		t.Errorf("user %q, want %q", entries[4].User, users[0])
	}
	page := g.do("GET", "/deletes", "")
	want(t, page, http.StatusOK)
	if strings.Contains(page.Body.String(), "<script>") {
		t.Error("the page has a client's markup in it")
	}
}

// A delete of one group by its name is remembered by that name, as one by selectors is by these.
func TestAuditNamesWhatWasDeleted(t *testing.T) {
	g := withUndo(t)
	for _, query := range []string{"group=job/a", "match[]={job%3D%22a%22}"} {
		g.push(t, "/metrics/job/a", "m 1\n")
		want(t, g.do("DELETE", "/api/v1/groups?"+query, ""), http.StatusOK, `"deleted":1`)
	}
	w := g.do("GET", "/api/v1/audit", "")
	want(t, w, http.StatusOK, `"what":"job/a"`, `"what":"{job=\"a\"}"`)
}
