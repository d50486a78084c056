package push

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What one process could not deliver the next one sends, before anything of its own.
func TestSpoolReachesNextProcess(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		var h history
		p, c := recordedPusher(&f, WithSpool(dir), WithInterval(time.Second), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		for range 5 {
			c.Inc("a")
			time.Sleep(time.Second)
		}
		noErr(t, p.Close(t.Context())) // nothing is lost
		if s := h.states(""); s[Spooled] == 0 || s[Spooled] != s[Pending] || s[Failed] != 0 {
			t.Errorf("events %v, want every batch spooled", s)
		}

		f.set(nil)
		q, d := recordedPusher(&f, WithSpool(dir), WithInterval(time.Second))
		d.Inc("b")
		noErr(t, q.Start(t.Context()))
		noErr(t, q.Close(t.Context()))
		wantSums(t, &f, map[string]float64{"rows_total,a": 5, "rows_total,b": 1})
		taken := f.taken()
		if last := taken[len(taken)-1]; last.values["rows_total,b"] != 1 || last.sequence != 1 {
			t.Errorf("arrived:\n%swant what is new last, as number 1 of another producer", describeAll(taken))
		}
	})
}

// A job whose single push fails leaves it for the next run, which has newer state:
// of one group only that arrives.
func TestSpooledStateIsSuperseded(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, c := counterPusher(&f, WithSpool(dir))
		c.Inc()
		wantErr(t, p.Push(), "not sent yet", "connection refused")
		noErr(t, p.Close(t.Context()))

		f.set(nil)
		q, d := counterPusher(&f, WithSpool(dir))
		d.Add(5)
		noErr(t, q.Push())
		noErr(t, q.Close(t.Context()))
		if taken := f.taken(); len(taken) != 1 || taken[0].values["rows_total"] != 5 {
			t.Errorf("arrived:\n%s", describeAll(taken))
		}

		other := New("", "restore", WithTransport(&f), silent(), WithSpool(dir))
		noErr(t, other.Flush(t.Context()))
		noErr(t, other.Close(t.Context()))
		if n := len(f.taken()); n != 1 {
			t.Errorf("%d batches arrived, want nothing left in the spool", n)
		}
	})
}

// What is taken over from a sibling goes before a batch that waits for its next
// attempt, which isn't superseded by that.
func TestAdoptedGoesBeforeRetried(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		var h history
		p, c := recordedPusher(&f, WithSpool(dir), WithInterval(time.Minute), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		c.Inc("a")
		time.Sleep(2 * time.Minute)

		q, d := recordedPusher(&f, WithSpool(dir))
		d.Inc("b")
		noErr(t, q.Close(t.Context()))
		time.Sleep(10 * time.Minute)
		f.set(nil)
		noErr(t, p.Close(t.Context()))
		wantSums(t, &f, map[string]float64{"rows_total,a": 1, "rows_total,b": 1})
		if s := h.states(""); s[Superseded] != 0 || s[Succeeded] != 2 {
			t.Errorf("events %v, want both batches taken and none superseded", s)
		}
	})
}

// A spool that can't be opened stops no push, but the log tells of it; Start returns
// it and logs nothing.
func TestSpoolThatCannotBeOpened(t *testing.T) {
	file := t.TempDir() + "/file"
	noErr(t, os.WriteFile(file, nil, 0o600))
	var f fake
	var log strings.Builder
	p, c := counterPusher(&f, WithSpool(file), WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	c.Inc()
	wantErr(t, p.Start(t.Context()), file)
	if log.Len() > 0 {
		t.Errorf("Start logged what it returned:\n%s", log.String())
	}
	noErr(t, p.Push())
	wantSums(t, &f, map[string]float64{"rows_total": 1})
	if !strings.Contains(log.String(), file) {
		t.Errorf("the log doesn't tell of %q:\n%s", file, log.String())
	}
	noErr(t, p.Close(t.Context()))
}

// What a process left behind that died beside a long-lived one is sent by that.
func TestLongLivedPusherTakesOver(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f, g := fake{answer: down}, fake{}
		p, c := recordedPusher(&f, WithSpool(dir), WithInterval(0))
		long, _ := recordedPusher(&g, WithSpool(dir), WithInterval(time.Minute))
		noErr(t, long.Start(t.Context()))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		c.Inc("a")
		noErr(t, p.Close(t.Context()))
		time.Sleep(10 * time.Minute)
		wantSums(t, &g, map[string]float64{"rows_total,a": 1})
		noErr(t, long.Close(t.Context()))
	})
}

// State that was left behind doesn't come after newer state of a long-lived Pusher.
func TestTakenOverStateIsOlder(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f, g := fake{answer: down}, fake{}
		p, c := counterPusher(&f, WithSpool(dir))
		long, d := counterPusher(&g, WithSpool(dir), WithInterval(20*time.Minute))
		noErr(t, long.Start(t.Context()))
		c.Add(1)
		wantErr(t, p.Push(), "not sent yet")
		noErr(t, p.Close(t.Context()))
		d.Add(2)
		noErr(t, long.Flush(t.Context()))
		for range 100 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if sent := g.taken(); sent[len(sent)-1].values["rows_total"] != 2 {
				t.Fatalf("arrived:\n%swant the newest last", describeAll(sent))
			}
		}
		noErr(t, long.Close(t.Context()))
	})
}

// A batch whose bytes the disk doesn't give back any more is told as lost.
func TestUnreadableBatchIsTold(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		var h history
		p, c := recordedPusher(&f, WithSpool(dir), WithInterval(0), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		c.Inc("a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		wantErr(t, p.Flush(ctx), "not sent yet")
		cancel()
		logs, err := filepath.Glob(dir + "/gateway/*/log-*")
		if err != nil || len(logs) != 1 {
			t.Fatalf("logs %v, %v", logs, err)
		}
		info, err := os.Stat(logs[0])
		noErr(t, err)
		noErr(t, os.Truncate(logs[0], info.Size()-4))
		f.set(nil)
		wantErr(t, p.Flush(t.Context()), "not delivered")
		synctest.Wait()
		if s := h.states(""); s[Failed] != 1 || s[Succeeded] != 0 {
			t.Errorf("events %v, want one Failed", s)
		}
		noErr(t, p.Close(t.Context()))
	})
}

// A spool that was filled for one gateway and is emptied to another says so, once.
func TestSpoolOfAnotherGateway(t *testing.T) {
	dir := t.TempDir()
	var logged bytes.Buffer
	use := func(url string) string {
		logged.Reset()
		p := New(url, "backup", WithSpool(dir), WithLogger(slog.New(slog.NewTextHandler(&logged, nil))),
			WithRetry(Retry{Attempts: 1}), WithTimeout(time.Millisecond))
		p.Flush(t.Context())
		noErr(t, p.Close(t.Context()))
		return logged.String()
	}
	for _, c := range []struct {
		url  string
		told bool
	}{{"a.invalid:1", false}, {"http://a.invalid:1", false}, {"http://u:secret@b.invalid:1", true}, {"http://u:other@b.invalid:1", false}} {
		said := use(c.url)
		if told := strings.Contains(said, "another gateway"); told != c.told || strings.Contains(said, "secret") {
			t.Errorf("%s: said %q", c.url, said)
		}
	}
}
