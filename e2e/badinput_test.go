package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"github.com/headgate/headgate/conformance"
)

// Bounds of the gateway under test, small enough to reach.
const (
	maxBody    = 1 << 20
	maxDecoded = 4 << 20
	maxSamples = 50_000
)

const (
	protobufType = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
	intactSeries = 500
)

// badInput is a request that must be answered with one of these statuses, or,
// with 0 among them, may be cut off without an answer.
type badInput struct {
	name     string
	path     string // of the push; /metrics/job/bad if empty
	headers  map[string]string
	body     []byte
	statuses []int
}

// After each hostile, broken or unlucky request the next scrape is valid and
// complete, for Prometheus's parser and, in the end, for Prometheus.
func TestBadInput(t *testing.T) {
	config := filepath.Join(t.TempDir(), "headgate.yml")
	limits := fmt.Sprintf("limits: {body_bytes: %d, decoded_body_bytes: %d, push_samples: %d}\n", maxBody, maxDecoded, maxSamples)
	if err := os.WriteFile(config, []byte(limits), 0o644); err != nil {
		t.Fatal(err)
	}
	// At this level the log has the panics too that net/http survives.
	g := startGateway(t, t.TempDir(), "--config.file="+config, "--log.level=debug")
	pushIntact(t, g)
	slow := startSlow(t, g)
	for _, b := range badInputs(t) {
		t.Run(b.name, func(t *testing.T) {
			b.send(t, g)
			checkIntact(t, g)
		})
	}
	for _, raw := range rawInputs() {
		t.Run(raw.name, func(t *testing.T) {
			raw.send(t, g)
			checkIntact(t, g)
		})
	}
	t.Run("random bytes", func(t *testing.T) { sendRandom(t, g) })
	t.Run("slow clients", func(t *testing.T) {
		slow.awaitCut(t)
		checkIntact(t, g)
	})
	t.Run("prometheus", func(t *testing.T) { checkPrometheus(t, g) })
}

func (b *badInput) send(t *testing.T, g *gateway) {
	t.Helper()
	base, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	path := b.path
	if path == "" {
		path = "/metrics/job/bad"
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := conformance.Send(ctx, base, http.MethodPut, path, b.headers, b.body)
	if err != nil {
		if !slices.Contains(b.statuses, 0) {
			t.Errorf("want an answer: %v", err)
		}
		return
	}
	if !slices.Contains(b.statuses, answer.Status) {
		t.Errorf("want status %v, got %d: %.300s", b.statuses, answer.Status, answer.Body)
	}
	if answer.Status >= 400 && len(bytes.TrimSpace(answer.Body)) == 0 {
		t.Errorf("status %d: want a message", answer.Status)
	}
}

func badInputs(t *testing.T) []badInput {
	encoding := func(name string) map[string]string { return map[string]string{"Content-Encoding": name} }
	contentType := func(name string) map[string]string { return map[string]string{"Content-Type": name} }
	sample := []byte("bad_m 1\n")
	comments := bytes.Repeat([]byte("#\n"), 32<<20)
	refused, tooLarge := []int{400}, []int{413}
	return []badInput{
		{"body beyond its bound", "", nil, bytes.Repeat([]byte("# a comment line\n"), maxBody/8), []int{413, 0}},
		{"more samples than allowed", "", nil, manySamples(maxSamples + 1), []int{400, 413, 422}},
		{"gzip bomb", "", encoding("gzip"), packed(comments), tooLarge},
		{"zstd bomb", "", encoding("zstd"), zstdOf(t, comments), tooLarge},
		{"snappy bomb", "", encoding("snappy"), snappyOf(t, comments[:8<<20]), tooLarge},
		{"gzip bomb as protobuf", "", map[string]string{"Content-Encoding": "gzip", "Content-Type": protobufType}, packed(make([]byte, 64<<20)), []int{400, 413}},
		{"gzip cut short", "", encoding("gzip"), packed(manySamples(1000))[:300], refused},
		{"zstd cut short", "", encoding("zstd"), zstdOf(t, manySamples(1000))[:300], refused},
		{"snappy cut short", "", encoding("snappy"), snappyOf(t, manySamples(1000))[:300], refused},
		{"gzip said to be zstd", "", encoding("zstd"), packed(sample), refused},
		{"zstd said to be gzip", "", encoding("gzip"), zstdOf(t, sample), refused},
		{"gzip said to be snappy", "", encoding("snappy"), packed(sample), refused},
		{"plain text said to be gzip", "", encoding("gzip"), sample, refused},
		{"gzip said to be plain text", "", nil, packed(sample), refused},
		{"an encoding nobody knows", "", encoding("lzma"), sample, []int{415}},
		{"text said to be protobuf", "", contentType(protobufType), sample, refused},
		{"protobuf said to be text", "", contentType("text/plain"), []byte("\x15\n\x04bad_\x18\x01\"\v\x12\t\t\x00\x00\x00\x00\x00\x00\xf0?"), refused},
		{"JSON", "", contentType("application/json"), []byte(`{"metrics": [1]}`), refused},
		{"HTML", "", contentType("text/html"), []byte("<!doctype html>\n<title>bad</title>\n"), refused},
		{"a protobuf message of 2^60 bytes", "", contentType(protobufType), []byte("\x80\x80\x80\x80\x80\x80\x80\x80\x10x"), []int{400, 413}},
		{"label value that is not UTF-8", "", nil, []byte("bad_m{a=\"\xff\xfe\"} 1\n"), refused},
		{"metric name that is not UTF-8", "", nil, []byte("bad\xff_m 1\n"), refused},
		{"help that is not UTF-8", "", nil, []byte("# HELP bad_m \xff\nbad_m 1\n"), []int{200, 400}},
		{"job that is not UTF-8", "/metrics/job/%ff", nil, sample, refused},
		{"job with a NUL", "/metrics/job/a%00b", nil, sample, []int{200, 400}},
		{"grouping label __name__", "/metrics/job/bad/__name__/x", nil, sample, refused},
		{"series of another group", "/metrics/job/intact", nil, []byte("intact_m{i=\"7\",slot=\"a\"} 9\n"), refused},
		{"type of another group's family", "", nil, []byte("# TYPE intact_m counter\nintact_m 9\n"), refused},
		{"type of the gateway's own family", "", nil, []byte("# TYPE go_goroutines counter\ngo_goroutines 9\n"), refused},
		{"suffix that collides", "", nil, []byte("# TYPE intact_h_count gauge\nintact_h_count 9\n"), refused},
		{"a series twice", "", nil, []byte("bad_m 1\nbad_m 1\n"), refused},
		{"a timestamp", "", nil, []byte("bad_m 1 1395066363000\n"), refused},
		{"a label value of a megabyte, nearly", "", nil, []byte("bad_m{a=\"" + strings.Repeat("x", 1_000_000) + "\"} 1\n"), []int{200, 400, 422}},
		{"a thousand labels", "", nil, manyLabels(1000), []int{200, 400, 422}},
		{"one line without an end", "", nil, bytes.Repeat([]byte("x"), maxBody), []int{400}},
		{"every control character", "", nil, []byte("bad_m{a=\"\x00\x01\x02\x7f\u2028\u202e\"} 1\n"), []int{200, 400}},
	}
}

func manySamples(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "bad_m{i=\"%d\"} 1\n", i)
	}
	return b.Bytes()
}

func manyLabels(n int) []byte {
	var b bytes.Buffer
	b.WriteString("bad_m{")
	for i := range n {
		fmt.Fprintf(&b, "l%d=\"x\",", i)
	}
	b.WriteString("} 1\n")
	return b.Bytes()
}

func zstdOf(t *testing.T, raw []byte) []byte {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	return enc.EncodeAll(raw, nil)
}

func snappyOf(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := snappy.NewBufferedWriter(&b)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sendRandom sends random bytes, and good bodies with a few bytes changed, under all labels.
func sendRandom(t *testing.T, g *gateway) {
	rng := rand.New(rand.NewPCG(*seedFlag, 2))
	good := [][]byte{manySamples(20), []byte("# TYPE bad_h histogram\nbad_h_bucket{le=\"1\"} 1\nbad_h_sum 1\nbad_h_count 1\n"),
		[]byte("\x15\n\x04bad_\x18\x01\"\v\x12\t\t\x00\x00\x00\x00\x00\x00\xf0?")}
	types := []string{"", protobufType, "application/openmetrics-text; version=1.0.0"}
	encodings := []string{"", "", "", "gzip", "zstd", "snappy"}
	for range 300 {
		body := slices.Clone(good[rng.IntN(len(good))])
		for range 1 + rng.IntN(6) {
			body[rng.IntN(len(body))] = byte(rng.Uint32())
		}
		b := badInput{body: body, statuses: []int{200, 400, 413}, headers: map[string]string{
			"Content-Type": types[rng.IntN(len(types))], "Content-Encoding": encodings[rng.IntN(len(encodings))]}}
		b.send(t, g)
		if t.Failed() {
			t.Fatalf("seed %d: body %q, headers %q", *seedFlag, body, b.headers)
		}
	}
	checkIntact(t, g)
}
