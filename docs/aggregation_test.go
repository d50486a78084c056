package docs

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/gateway"
)

// session is a block with commands, and the output of all of them behind the last.
var session = regexp.MustCompile("(?ms)^```console\n\\$ (.*?)^```$")

// The commands on the page, one after the other against one gateway with the page's
// configuration, print what the page says.
func TestAggregationCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skipf("the commands of the page need curl: %v", err)
	}
	page, err := os.ReadFile("aggregation.md")
	if err != nil {
		t.Fatal(err)
	}
	url := aggregating(t, string(page))
	found := session.FindAllStringSubmatch(string(page), -1)
	if len(found) < 3 {
		t.Fatalf("%d sessions, want several", len(found))
	}
	for _, s := range found {
		commands, output := untilOutput(s[1])
		c := exec.Command("sh", "-c", strings.ReplaceAll(commands, "http://localhost:9091", url))
		if out, err := c.CombinedOutput(); err != nil || string(out) != output {
			t.Errorf("%s: %v, printed\n%s\nwant\n%s", commands, err, out, output)
		}
	}
}

// untilOutput cuts a session in two: commands are all lines up to the last with a curl.
func untilOutput(session string) (commands, output string) {
	at := strings.LastIndex(session, "curl -sS http://")
	end := at + strings.Index(session[at:], "\n") + 1
	return session[:end], session[end:]
}

// aggregating is the URL of a gateway with the page's configuration.
func aggregating(t *testing.T, page string) string {
	t.Helper()
	file := named.FindStringSubmatch(page)
	if file == nil {
		t.Fatal("the page has no configuration file")
	}
	path := filepath.Join(t.TempDir(), file[1])
	if err := os.WriteFile(path, []byte(file[2]), 0o600); err != nil {
		t.Fatal(err)
	}
	return serving(t, path)
}

// serving is the URL of a gateway with a configuration file, or without one.
func serving(t *testing.T, config string) string {
	t.Helper()
	g, err := gateway.New(t.Context(), gateway.Config{DataDir: t.TempDir(), ConfigFile: config})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(g.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := g.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return web.URL
}
