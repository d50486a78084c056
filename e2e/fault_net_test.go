package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/headgate/headgate/push"
)

func slowlorises(t *testing.T) string {
	g := startGateway(t, t.TempDir())
	began := time.Now()
	slow := startSlow(t, g)
	for range 200 {
		conn := dialGateway(t, g) // says nothing, ever
		t.Cleanup(func() { conn.Close() })
	}
	longest := pushMany(t, g, 500)
	slow.awaitCut(t)
	return fmt.Sprintf("%d that drip a byte each %s are cut off within %s; 500 pushes meanwhile take %s at most, beside 200 connections that say nothing",
		slow.n, slowly, round(time.Since(began)), round(longest))
}

// pushMany pushes one after the other and returns the longest time that one took.
func pushMany(t *testing.T, g *gateway, n int) (longest time.Duration) {
	t.Helper()
	for i := range n {
		began := time.Now()
		g.do(t, http.MethodPut, "/metrics/job/beside", fmt.Sprintf("beside_m %d\n", i), http.StatusOK)
		longest = max(longest, time.Since(began))
	}
	return longest
}

// manyConnections holds connections open on which one push was made each. In a short
// run they are a tenth.
func manyConnections(t *testing.T) string {
	n := 1_000
	if *reliabilityFlag != "" {
		n = 10_000
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < uint64(n)+500 {
		t.Skipf("skipped: it needs %d open files, and the limit is %d (%v)", n+500, limit.Cur, err)
	}
	g := startGateway(t, t.TempDir())
	conns := make([]*net.TCPConn, n)
	var all sync.WaitGroup
	for part := range slices.Chunk(conns, n/50) {
		all.Go(func() {
			for i := range part {
				if part[i] = connectAndPush(t, g); part[i] == nil {
					return
				}
			}
		})
	}
	all.Wait()
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}()
	if t.Failed() {
		t.FailNow()
	}
	longest := pushMany(t, g, 200)
	began := time.Now()
	g.scrape(t)
	return fmt.Sprintf("%d open: 200 pushes take %s at most, a scrape %s; the gateway has %d MB", n, round(longest), round(time.Since(began)), memoryOf(t, g, "VmRSS"))
}

func connectAndPush(t *testing.T, g *gateway) *net.TCPConn {
	const text = "PUT /metrics/job/many HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nmany_m 1\n"
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err == nil {
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, err = io.WriteString(conn, text)
	}
	if err == nil {
		head := make([]byte, len("HTTP/1.1 200"))
		if _, err = io.ReadFull(conn, head); err == nil && string(head) != "HTTP/1.1 200" {
			err = fmt.Errorf("answered %q", head)
		}
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	return conn.(*net.TCPConn) //nolint:forcetypeassert // that is what "tcp" means
}

// memoryOf is a line of the gateway's /proc status, in MB.
func memoryOf(t *testing.T, g *gateway, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", g.cmd.Process.Pid))
	if err != nil {
		t.Skipf("skipped: it needs Linux's /proc: %v", err)
	}
	_, line, _ := strings.Cut(string(text), name+":")
	kb := 0
	if _, err := fmt.Sscan(line, &kb); err != nil {
		t.Fatalf("%s in %q: %v", name, line, err)
	}
	return kb >> 10
}

// bombs sends bodies of a gigabyte in a megabyte, many at once.
func bombs(t *testing.T) string {
	const at, rounds = 16, 4
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	chunk := bytes.Repeat([]byte("bomb_m{l=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"} 1\n"), 20_000)
	for range 1 << 30 / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	g := startGateway(t, t.TempDir())
	pushIntact(t, g)
	before := memoryOf(t, g, "VmRSS")
	var all sync.WaitGroup
	var refused atomic.Int64
	for range at {
		all.Go(func() {
			for range rounds {
				status, answer, err := request(http.MethodPut, g.url+"/metrics/job/bomb", map[string]string{"Content-Encoding": "gzip"}, bomb.Bytes())
				if err == nil && status != http.StatusRequestEntityTooLarge && status != http.StatusTooManyRequests {
					t.Errorf("want 413 or 429, got %d: %.200s", status, answer)
				}
				refused.Add(1)
			}
		})
	}
	all.Wait()
	checkIntact(t, g)
	peak := memoryOf(t, g, "VmHWM")
	const budget = 3 * 256 // three times limits.in_flight_bytes: buffers grow by doubling, and the collector lags behind
	if peak-before > budget {
		t.Errorf("memory grew from %d to %d MB", before, peak)
	}
	return fmt.Sprintf("%d bodies of 1 GiB in %d MiB, %d at once: all refused, memory %d MB at most (%d before)", refused.Load(), bomb.Len()>>20, at, peak, before)
}

// routes are what random requests are sent to; half of them get a few bytes changed.
var routes = []string{
	"/metrics/job/r", "/metrics/job/r/instance/i", "/metrics/job@base64/cg", "/metrics/job/r/a@base64/=", "/metrics", "/metrics?shard=1/2",
	"/metrics?match[]={job=\"r\"}", "/api/v1/push?job=r", "/api/v1/groups", "/api/v1/groups?match[]={job=\"r\"}", "/api/v1/groups/undo",
	"/api/v1/groups/job/r/pushers", "/api/v1/runs", "/runs", "/api/v1/metrics", "/api/v1/lint", "/api/v1/audit", "/api/v1/status", "/", "/status", "/deletes", "/lint",
	"/groups/delete?group=x", "/groups/undo", "/-/healthy", "/-/ready", "/-/reload", "/static/style.css", "/debug/pprof/cmdline", "/nothing/here",
}

func randomBytes(t *testing.T) string {
	g := startGateway(t, t.TempDir())
	pushIntact(t, g)
	ctx, cancel := context.WithTimeout(t.Context(), *bytesFlag)
	defer cancel()
	const senders = 4
	var answers [6]atomic.Int64 // by hundreds of the status; 0 for none
	var all sync.WaitGroup
	for s := range senders {
		rng := rand.New(rand.NewPCG(*seedFlag, 100+uint64(s)))
		all.Go(func() {
			for ctx.Err() == nil {
				answers[sendGarbage(g, rng)/100].Add(1)
			}
		})
	}
	all.Wait()
	if n := answers[5].Load(); n > 0 {
		t.Errorf("seed %d: %d answers of 5xx", *seedFlag, n)
	}
	g.do(t, http.MethodPut, "/metrics/job/intact/slot/a", "", http.StatusOK)
	pushIntact(t, g)
	checkIntact(t, g)
	total := int64(0)
	for i := range answers {
		total += answers[i].Load()
	}
	return fmt.Sprintf("%d requests in %s: %d taken, %d refused, %d cut off, none 5xx; the scrape after it is valid and complete",
		total, *bytesFlag, answers[2].Load()+answers[3].Load(), answers[4].Load(), answers[0].Load())
}

// sendGarbage makes one random request on a connection of its own and returns the status, 0 for none.
func sendGarbage(g *gateway, rng *rand.Rand) int {
	methods := []string{"GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "\x00"}
	path := []byte(routes[rng.IntN(len(routes))])
	if rng.IntN(2) == 0 {
		for range 1 + rng.IntN(4) {
			path[rng.IntN(len(path))] = byte(rng.Uint32())
		}
	}
	body := make([]byte, rng.IntN(2000))
	for i := range body {
		body[i] = byte(rng.Uint32())
	}
	if rng.IntN(2) == 0 {
		body = []byte("# TYPE garbage_total counter\ngarbage_total{a=\"b\"} 1\ngarbage_h_bucket{le=\"1\"} 2\n")
		for range 1 + rng.IntN(5) {
			body[rng.IntN(len(body))] = byte(rng.Uint32())
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	if err != nil {
		return 0
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	var req bytes.Buffer
	fmt.Fprintf(&req, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n", methods[rng.IntN(len(methods))], path, len(body))
	for range rng.IntN(3) {
		names := []string{"Content-Type", "Content-Encoding", "Headgate-TTL", "Headgate-Aggregate", "Headgate-Run", "Headgate-Producer", "Headgate-Sequence", "Accept", "X"}
		values := []string{"gzip", "zstd", "snappy", "delta", "1h", "1", "application/json", "application/openmetrics-text", "application/vnd.google.protobuf", string(body[:min(len(body), 5)])}
		fmt.Fprintf(&req, "%s: %s\r\n", names[rng.IntN(len(names))], values[rng.IntN(len(values))])
	}
	req.WriteString("\r\n")
	req.Write(body)
	if _, err := conn.Write(req.Bytes()); err != nil {
		return 0
	}
	answer, _ := io.ReadAll(io.LimitReader(conn, 1<<20))
	status := 0
	if _, err := fmt.Sscanf(string(answer), "HTTP/1.1 %d", &status); err != nil || status >= 600 {
		return 0
	}
	return status
}

// inNamespace is set for the part of packetLoss that runs where packets are lost.
const inNamespace = "HEADGATE_E2E_NAMESPACE"

// inFull is its value for the long form, inShort for the short one.
const inShort, inFull = "short", "full"

// packetLoss runs this very test again in a network of its own that drops every other packet.
func packetLoss(t *testing.T) string {
	if os.Getenv(inNamespace) != "" {
		return pushThroughLoss(t)
	}
	for _, tool := range []string{"unshare", "ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: it needs %s", tool)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	length := inShort
	if *reliabilityFlag != "" {
		length = inFull
	}
	const enter = `ip link set lo up && nft add table inet t && nft 'add chain inet t i { type filter hook input priority 0; }' || exit 77
export ` + inNamespace + `="$3"; exec "$0" -test.v -test.run '^TestFaults$/^half_of_all' -gateway "$1" -seed "$2"`
	cmd := exec.Command("unshare", "--net", "sh", "-c", enter, self, binary, fmt.Sprint(*seedFlag), length)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 77 || cmd.ProcessState == nil || strings.Contains(string(out), "unshare failed") {
		t.Skipf("skipped: it needs a network namespace with a packet filter: %v: %.300s", err, out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, measured, ok := strings.Cut(string(out), "measured: ")
	if !ok {
		t.Fatalf("the test inside says nothing:\n%s", out)
	}
	measured, _, _ = strings.Cut(measured, "\n")
	return measured
}

func pushThroughLoss(t *testing.T) string {
	g := startGateway(t, t.TempDir())
	// From here on; the start would only be slow.
	if out, err := exec.Command("nft", "add", "rule", "inet", "t", "i", "numgen", "random", "mod", "100", "<", "50", "drop").CombinedOutput(); err != nil {
		t.Skipf("skipped: it needs nft's random numbers: %v: %s", err, out)
	}
	const increments = 1000
	flushes := 2 // TCP takes seconds for each
	if os.Getenv(inNamespace) == inFull {
		flushes = 10
	}
	began := time.Now()
	p := push.New(g.url, "lossy", push.WithInterval(0), push.WithSpool(t.TempDir()), push.WithTimeout(3*time.Second), push.WithCloseTimeout(2*time.Minute))
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	counter := p.Recorder().Counter("lossy_total", "Counted through the loss.")
	for i := range increments {
		counter.Add(1)
		if i%(increments/flushes) == 0 {
			_ = p.Flush(t.Context()) // what fails now goes with the next
		}
	}
	err := p.Close(context.Background())
	took := time.Since(began)
	if out, flushErr := exec.Command("nft", "flush", "chain", "inet", "t", "i").CombinedOutput(); flushErr != nil {
		t.Fatalf("%v: %s", flushErr, out)
	}
	if err != nil {
		t.Fatal(err)
	}
	shown := series(g.scrape(t))
	var got float64
	for name, v := range shown {
		if strings.HasPrefix(name, "lossy_total{") {
			got += v
		}
	}
	if got != increments {
		t.Errorf("%d increments, %v shown: %v", increments, got, shown)
	}
	fmt.Printf("measured: %d increments in %d batches, each counted once, after %s\n", increments, flushes+1, round(took))
	return ""
}
