package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// client is somebody else's client library: how its program is made ready, and run.
type client struct {
	name    string
	needs   []string                    // commands; without one of them the client is skipped
	prepare func(t *testing.T) []string // the command; the gateway's URL and the job follow
}

var clients = []client{
	{"go", nil, prepareGo},
	{"python", []string{"python3"}, preparePython},
	{"node", []string{"node", "npm"}, prepareNode},
	{"java-text", []string{"java", "javac", "mvn"}, prepareJava("text")},
	{"java-protobuf", []string{"java", "javac", "mvn"}, prepareJava("protobuf")},
}

// What the official clients and curl push arrives in Prometheus's answers,
// what they delete does not.
func TestClientsToPrometheus(t *testing.T) {
	g := startGateway(t, t.TempDir())
	p := startPrometheus(t, g)
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			for _, command := range c.needs {
				if _, err := exec.LookPath(command); err != nil {
					t.Skipf("client %s is skipped: this machine has no %s", c.name, command)
				}
			}
			runTool(t, "", append(c.prepare(t), g.url, c.name)...)
			checkPushed(t, p, c.name)
		})
	}
	t.Run("curl", func(t *testing.T) {
		if _, err := exec.LookPath("curl"); err != nil {
			t.Skip("client curl is skipped: this machine has no curl")
		}
		pushWithCurl(t, g)
		p.expect(t, `e2e_curl{job="curl",line="a b/c"}`, 5)
	})
	p.expect(t, `up{job="gateway"}`, 1)
}

// checkPushed wants what every client program pushes.
func checkPushed(t *testing.T, p *promServer, job string) {
	t.Helper()
	group := fmt.Sprintf(`job=%q,path="/var/tmp",shift="night"`, job)
	p.expect(t, `e2e_done_total{stage="load",`+group+`}`, 3)
	p.expect(t, `e2e_temperature_celsius{`+group+`}`, 37.5)
	p.expect(t, `e2e_latency_seconds_count{`+group+`}`, 2)
	p.expect(t, `e2e_latency_seconds_sum{`+group+`}`, 3.25)
	p.expect(t, `e2e_latency_seconds_bucket{le="0.5",`+group+`}`, 1)
	p.expect(t, `push_failure_time_seconds{`+group+`}`, 0)
	p.expect(t, `absent(e2e_temperature_celsius{deleted="yes",job="`+job+`"})`, 1)
}

func pushWithCurl(t *testing.T, g *gateway) {
	t.Helper()
	push := exec.Command("curl", "--silent", "--show-error", "--fail", "--data-binary", "@-", g.url+"/metrics/job/curl/line@base64/YSBiL2M")
	push.Stdin = strings.NewReader("# TYPE e2e_curl gauge\ne2e_curl 5\n")
	if out, err := push.CombinedOutput(); err != nil {
		t.Fatalf("curl: %v\n%s", err, out)
	}
}

// runTool runs a command in dir ("" for here) and shows what it said if it failed.
func runTool(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}
