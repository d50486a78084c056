package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// childDir is the environment variable that makes the test binary a process with a
// session in that folder.
const childDir = "SPOOL_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

func child(dir string) {
	s, err := Open(dir, Options{})
	if err == nil {
		_, err = s.Put(ordered("of the child"))
	}
	fmt.Println(err)
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
}

// TestProcesses guards the lock between processes: the session of a running one is left
// alone by Open, Adopt and Drop, and that of a killed one is taken over.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	in, _ := cmd.StdinPipe()
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "<nil>\n" {
		t.Fatalf("child says %q, %v", line, err)
	}

	s := mustOpen(t, dir, quiet)
	if e := head(t, s); e != nil {
		t.Fatalf("took %q from a running process", e.Payload)
	}
	sessions, err := List(dir)
	if err != nil || len(sessions) != 2 || !sessions[0].Live || sessions[0].Entries != 1 || sessions[0].Samples != 1 {
		t.Fatalf("list: %+v, %v", sessions, err)
	}
	if err := Drop(dir, sessions[0].Name); !errors.Is(err, ErrLive) {
		t.Fatalf("drop: %v", err)
	}

	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if n, err := s.Adopt(); n != 1 || err != nil {
		t.Fatalf("adopted %d, %v", n, err)
	}
	if e := head(t, s); e.Producer != sessions[0].Producer || !e.Unsure {
		t.Fatalf("entry of %q, unsure %v", e.Producer, e.Unsure)
	}
	wantDrained(t, s, "1 of the child")
}

// TestOverlap guards that processes which come and go over one folder deliver each entry
// exactly once between them. (Locks are of the open file, so within one process they
// work as between several.)
func TestOverlap(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	var got, want []string
	run := func(worker int) {
		for life := range 15 {
			s, err := Open(dir, quiet)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range 3 {
				name := fmt.Sprintf("%d.%d.%d", worker, life, i)
				if lost, err := s.Put(ordered(name)); err != nil || len(lost) > 0 {
					t.Errorf("lost %v, %v", lost, err)
				}
				mu.Lock()
				want = append(want, name)
				mu.Unlock()
			}
			for range worker + life%3 {
				e, err := s.Head()
				if e == nil || err != nil {
					break
				}
				mu.Lock()
				got = append(got, string(e.Payload))
				mu.Unlock()
				if err := s.Done(e); err != nil {
					t.Error(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() { run(worker) })
	}
	all.Wait()
	for _, line := range drain(t, mustOpen(t, dir, quiet)) {
		_, payload, _ := strings.Cut(line, " ")
		got = append(got, payload)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%d put, %d delivered", len(want), len(got))
	}
}

// TestConcurrentUse guards, under the race detector, that many may put while one sends.
func TestConcurrentUse(t *testing.T) {
	s := mustOpen(t, t.TempDir(), quiet)
	const putters, each = 4, 25
	var all sync.WaitGroup
	for range putters {
		all.Go(func() {
			for i := range each {
				if _, err := s.Put(ordered(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
				s.Stats()
			}
		})
	}
	for next := uint64(1); next <= putters*each; {
		e, err := s.Head()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			runtime.Gosched()
			continue
		}
		if e.Sequence != next || s.Done(e) != nil {
			t.Fatalf("got %d, want %d", e.Sequence, next)
		}
		next++
	}
	all.Wait()
}

// TestModes guards that nobody else on the machine can read what is spooled.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	dir := t.TempDir() + "/spool/target"
	s := mustOpen(t, dir, quiet)
	put(t, s, ordered("a"))
	if err := s.Fail(head(t, s), "no"); err != nil {
		t.Fatal(err)
	}
	put(t, s, ordered("a"))
	var look func(path string)
	look = func(path string) {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, st.Mode())
		}
		if names, err := (osFS{}).readDir(path); err == nil {
			for _, name := range names {
				look(path + "/" + name)
			}
		}
	}
	look(dir)
}
