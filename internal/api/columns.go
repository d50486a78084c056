package api

import (
	"cmp"
	"slices"
	"time"

	"github.com/headgate/headgate/internal/store"
)

// column is a column of the groups' table. Those that sort have a link.
type column struct {
	Title, Link string
	Number      bool
	Sorted      string // aria-sort: "", ascending or descending
}

// columns are the table's columns, with the links that sort by them.
func columns(base, query, sort string) []column {
	all := []column{
		{Title: "Group", Sorted: "ascending"}, {Title: "Last push", Sorted: "ascending"}, {Title: "Last failure", Sorted: "descending"},
		{Title: "Stays", Sorted: "ascending"},
		{Title: "Families", Number: true}, {Title: "Series", Number: true, Sorted: "descending"}, {Title: "Size", Number: true, Sorted: "descending"},
	}
	for i, by := range []string{"", "push", "failure", "stays", "-", "series", "size"} {
		if by != "-" {
			all[i].Link = pageLink(base, query, by, 1)
		}
		if by != sort {
			all[i].Sorted = ""
		}
	}
	return all
}

// sortGroups sorts what comes in the order of the grouping keys: what needs attention,
// the latest or stalest push, the latest failure or the largest group first. It returns
// the order that it took, "" if it does not know by.
func sortGroups(groups []store.GroupInfo, by string) string {
	compare := comparison(by)
	if compare == nil {
		return ""
	}
	// Numbers are sorted, since a group is large to move about.
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(compare(&groups[i], &groups[j]), cmp.Compare(i, j)) })
	sorted := make([]store.GroupInfo, len(groups))
	for i, from := range order {
		sorted[i] = groups[from]
	}
	copy(groups, sorted)
	return by
}

// comparison is how an order compares two groups, nil for one that it does not know.
func comparison(by string) func(a, b *store.GroupInfo) int {
	switch by {
	case "push":
		return func(a, b *store.GroupInfo) int { return a.LastPush.Compare(b.LastPush) }
	case "recent":
		return func(a, b *store.GroupInfo) int { return b.LastPush.Compare(a.LastPush) }
	case "attention":
		now := time.Now()
		return func(a, b *store.GroupInfo) int { return cmp.Compare(concern(a, now), concern(b, now)) }
	case "failure":
		return func(a, b *store.GroupInfo) int { return b.LastFailure.Compare(a.LastFailure) }
	case "stays":
		return compareStays
	case "series":
		return func(a, b *store.GroupInfo) int { return cmp.Compare(b.Series, a.Series) }
	case "size":
		return func(a, b *store.GroupInfo) int { return cmp.Compare(b.Bytes, a.Bytes) }
	}
	return nil
}

// concern is 0 for groups whose last push failed, 1 for those whose next is late, and 2
// for the others.
func concern(g *store.GroupInfo, now time.Time) int {
	switch {
	case !g.LastPushOK:
		return 0
	case g.Overdue(now):
		return 1
	}
	return 2
}

// compareStays puts what expires first before the rest, and what stays for good last.
func compareStays(a, b *store.GroupInfo) int {
	switch {
	case a.Expires.IsZero() && b.Expires.IsZero():
		return 0
	case a.Expires.IsZero():
		return 1
	case b.Expires.IsZero():
		return -1
	}
	return a.Expires.Compare(b.Expires)
}
