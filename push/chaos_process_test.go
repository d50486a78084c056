package push

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a Flush has seen counts once, though the process is killed at any moment; what
// it hasn't counts once or not at all. The next process on the spool sends what one
// left, and two may share it.
//
// These are real processes: the test's own program, which TestMain makes a client.
func TestChaosOfProcesses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGKILL, and a spool is locked in another way")
	}
	eachSeed(t, 40, func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 0))
		k := &killer{t: t, seed: seed, spool: t.TempDir(), random: random}
		k.gateway = newUnruly(t, rand.New(rand.NewPCG(seed, 1)), plan{
			Severity: random.Float64() * 0.6, Timeout: processTimeout, Stale: true, Up: 100 * time.Millisecond, Down: 30 * time.Millisecond,
		})
		for k.lives < 5 {
			k.live(1 + random.IntN(2))
		}
		k.gateway.calm()
		k.last()
		k.check()
	})
}

// killer starts processes and kills them.
type killer struct {
	t       *testing.T
	seed    uint64
	random  *rand.Rand
	gateway *unruly
	spool   string
	lives   int

	mu   sync.Mutex
	sure []string // what has to arrive
}

// live runs some processes at a time and kills most of them.
func (k *killer) live(n int) {
	var all sync.WaitGroup
	for range n {
		k.lives++
		p := process{url: k.gateway.URL(), spool: k.spool, seed: k.seed, life: k.lives, steps: 1 + k.random.IntN(1000)}
		flushes, more := k.random.IntN(12), upTo(k.random, 4*time.Millisecond)
		all.Go(func() { k.run(p, flushes, more) })
	}
	all.Wait()
}

// run runs a process until it has ended, or so many flushes and a bit more have passed.
func (k *killer) run(p process, flushes int, more time.Duration) {
	cmd := p.command(k.t)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		k.t.Error(err)
		return
	}
	said := bufio.NewScanner(out)
	seen, ended := 0, false
	for n := 0; said.Scan(); n++ {
		word, number, _ := strings.Cut(said.Text(), " ")
		if seen, err = strconv.Atoi(number); err != nil {
			k.t.Errorf("life %d said %q", p.life, said.Text())
		}
		ended = word == "closed"
		if n == flushes {
			time.AfterFunc(more, func() { cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() && (err != nil || !ended) {
		k.t.Errorf("life %d ended by itself, closed: %t, %v", p.life, ended, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range seen {
		k.sure = append(k.sure, p.hit(i+1))
	}
}

// last runs a process to its end, which leaves nothing behind.
func (k *killer) last() {
	p := process{url: k.gateway.URL(), spool: k.spool, seed: k.seed, life: k.lives + 1}
	out, err := p.command(k.t).Output()
	if string(out) != "closed 0\n" || err != nil {
		k.t.Errorf("the last life: %v, said %q", err, out)
	}
}

func (k *killer) check() {
	got := amountsOf(familiesOf(k.gateway.Gateway))
	for series, v := range got {
		if v != 1 {
			k.t.Errorf("%s is %v, was recorded once", series, v)
		}
	}
	for _, hit := range k.sure {
		if got["hits_total,"+hit] == 0 {
			k.t.Errorf("hit %s was flushed and did not arrive", hit)
		}
	}
	checkPushes(k.t, primaryName, k.gateway.Gateway)
	if len(k.sure) == 0 {
		k.t.Log("no process lived to say that it has flushed")
	}
}

// process is one life of a client in a process of its own.
type process struct {
	url, spool string
	seed       uint64
	life       int
	steps      int
}

const (
	processVariable = "HEADGATE_CHAOS_PROCESS"
	processTimeout  = 50 * time.Millisecond
)

func (p process) command(t *testing.T) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	// The race detector has a process sleep for a second at its end.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", fmt.Sprintf("%s=%s %s %d %d %d", processVariable, p.url, p.spool, p.seed, p.life, p.steps))
	cmd.Stderr = os.Stderr
	return cmd
}

func (p process) hit(i int) string { return fmt.Sprint(p.life, "-", i) }

// runProcess is what TestMain calls: in a process that is to be a client it is that.
func runProcess() bool {
	var p process
	if _, err := fmt.Sscan(os.Getenv(processVariable), &p.url, &p.spool, &p.seed, &p.life, &p.steps); err != nil {
		return false
	}
	if err := p.run(os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "life %d: %v\n", p.life, err)
		os.Exit(1)
	}
	return true
}

// run records and flushes, and says how much of it was flushed.
func (p process) run(out io.Writer) error {
	random := rand.New(rand.NewPCG(p.seed, uint64(p.life)))
	pusher := New(p.url, "chaos", silent(), WithSpool(p.spool), WithInterval(5*time.Millisecond), WithFlushAt(7),
		WithTimeout(processTimeout), WithRetry(Retry{Base: time.Millisecond, Max: 20 * time.Millisecond, MaxRetryAfter: 20 * time.Millisecond}),
		WithBreaker(Breaker{Failures: -1}), WithCloseTimeout(10*time.Second))
	if p.steps > 0 && random.IntN(2) == 0 {
		WithCloseTimeout(20 * time.Millisecond)(&pusher.config)
	}
	hits := pusher.Recorder().Counter("hits_total", "What happened once.", "n")
	if err := pusher.Start(context.Background()); err != nil {
		return err
	}
	for i := range p.steps {
		hits.Inc(p.hit(i + 1))
		if random.IntN(10) > 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), upTo(random, 20*time.Millisecond))
		err := pusher.Flush(ctx)
		cancel()
		if err == nil || !strings.Contains(err.Error(), "waiting for another push") { // else it may have seen nothing
			fmt.Fprintln(out, "flushed", i+1)
		}
	}
	err := pusher.Close(context.Background())
	fmt.Fprintln(out, "closed", p.steps)
	return err
}
