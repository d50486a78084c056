package runs

import (
	"fmt"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/schedule"
)

// full is a history of 50 runs that are due each minute, and its schedule.
func full(b *testing.B) (*Book, *History, *schedule.Schedule) {
	b.Helper()
	s, err := schedule.Parse("* * * * *", "Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	var book Book
	for i := range int64(60) {
		e := ending(fmt.Sprint("run", i), 60*i, 60*i+7, Success)
		e.Plan = Plan{Schedule: "* * * * *", Timezone: "Europe/Berlin"}
		book.Note("k", e, e.End)
	}
	return &book, book.histories["k"].Value.(*History), s
}

// BenchmarkNote is what a start and an end add to their pushes.
func BenchmarkNote(b *testing.B) {
	book, _, _ := full(b)
	b.ReportAllocs()
	for i := range int64(b.N) {
		id := fmt.Sprint("n", i)
		book.Note("k", starting(id, 10_000+60*i), sec(10_000+60*i))
		book.Note("k", ending(id, 10_000+60*i, 10_007+60*i, Success), sec(10_007+60*i))
	}
}

// BenchmarkStatus is what a job costs whose metrics or row are made anew.
func BenchmarkStatus(b *testing.B) {
	_, h, s := full(b)
	b.ReportAllocs()
	for range b.N {
		h.Status(s, time.Unix(3600, 0))
	}
}

// BenchmarkVerdict is what the keeper's look at a job costs after a restart.
func BenchmarkVerdict(b *testing.B) {
	_, h, s := full(b)
	b.ReportAllocs()
	for range b.N {
		h.Verdict(s, time.Time{}, time.Unix(3600, 0))
	}
}

// BenchmarkParseHeader is what the header costs at the door.
func BenchmarkParseHeader(b *testing.B) {
	const value = "id=3f2a&event=end&start=1732790000.123&end=1732790042.5&outcome=success&code=0&host=db1&schedule=15+3+*+*+*&timezone=Europe%2FBerlin&expect=26h&attempts=1"
	var schedules schedule.Cache
	b.ReportAllocs()
	for range b.N {
		if _, err := ParseHeader(value, &schedules, today); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSave is how long the store's lock is held at the beginning of a snapshot for
// ten thousand histories.
func BenchmarkSave(b *testing.B) {
	var book Book
	for i := range mostHistories {
		book.Note(fmt.Sprint("k", i), starting("r", 1), sec(1))
	}
	for b.Loop() {
		book.Save()
	}
}
