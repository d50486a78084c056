// Package pushtest is a push gateway inside a test. It shows what a program has
// pushed, and fails on order, as a network and a gateway do.
//
//	func TestBackup(t *testing.T) {
//		gw := pushtest.New(t)
//		gw.Respond(pushtest.Status(503).Times(2), pushtest.CutAfterApply())
//
//		runBackup(gw.URL())
//
//		if rows := gw.Value("backup_rows_total", "job", "backup", "table", "orders"); rows != 1000 {
//			t.Errorf("want 1000 rows, got %v", rows)
//		}
//	}
//
// # What it does
//
// It takes the push API of Pushgateway and of Headgate: PUT, POST and DELETE of
// groups, text, OpenMetrics and delimited protobuf, gzip, snappy and zstd; JSON at
// /api/v1/push; increments, each at most once. GET /metrics is what it holds, and
// /-/healthy and /-/ready answer as long as it isn't killed. What a gateway
// refuses it refuses: timestamps, series given twice, types that contradict.
//
// It keeps everything that arrives until Reset, and nothing on disk. It adds
// classic histograms of the same bounds only, and lets no group expire.
//
// # Order of events
//
// A push is in Pushes as soon as its header has arrived. Whatever an answer
// implies is visible before the answer leaves, so a test need not wait between
// the end of a push and a look at the gateway. Wait is for pushes that the test
// doesn't see the end of.
//
// # Time
//
// Delays run on the clock of package time. A goroutine that waits for a socket
// keeps the clock of a testing/synctest bubble from moving, so there use InMemory.
package pushtest
