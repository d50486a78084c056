package pushtest_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/headgate/headgate/push/pushtest"
)

// A test has its *testing.T for this; an example has none.
type t struct{}

func (t) Helper()                           {}
func (t) Cleanup(func())                    {}
func (t) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func Example() {
	gw := pushtest.New(t{})
	defer gw.Close()

	// The first push is turned away, the second gets lost on the way back.
	gw.Respond(pushtest.Status(http.StatusTooManyRequests), pushtest.CutAfterApply())

	// The program under test pushes to gw.URL(), and tries until it succeeds.
	for range 3 {
		body := strings.NewReader("# TYPE rows gauge\nrows{table=\"orders\"} 1000\n")
		resp, err := http.Post(gw.URL()+"/metrics/job/backup", "text/plain", body)
		if err == nil {
			resp.Body.Close()
		}
	}

	fmt.Println(gw.Value("rows", "job", "backup", "table", "orders"))
	for _, p := range gw.Pushes() {
		fmt.Println(p)
	}
	// Output:
	// 1000
	// POST /metrics/job/backup, not applied, answered 429: ordered
	// POST /metrics/job/backup, applied, not answered
	// POST /metrics/job/backup, applied, answered 200
}
