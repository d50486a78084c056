package push_test

import (
	"fmt"
	"log/slog"

	"github.com/headgate/headgate/push/pushtest"
)

// newGateway starts a gateway for an example, which closes it. A test gives pushtest.New
// its *testing.T instead.
func newGateway() *pushtest.Gateway { return pushtest.New(console{}) }

// console has an example say what would make a test fail.
type console struct{}

func (console) Helper()                           {}
func (console) Cleanup(func())                    {}
func (console) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// quiet keeps failures that an example provokes out of the tests' output.
var quiet = slog.New(slog.DiscardHandler)
