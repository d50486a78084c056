package load

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// scrapeTimeout bounds one scrape; a Pushgateway takes ten seconds for the large state.
const scrapeTimeout = 5 * time.Minute

// Accept headers of the two text formats.
const (
	AcceptText        = "text/plain;version=0.0.4"
	AcceptOpenMetrics = "application/openmetrics-text;version=1.0.0"
)

// Query is one way to ask for /metrics.
type Query struct {
	Accept string
	Gzip   bool
}

// Scraped is what came back from a scrape.
type Scraped struct {
	Took        time.Duration // from the request to the last byte
	Bytes       int64         // of the body as sent
	ContentType string
}

// Scrape reads /metrics over a connection of its own and hands the body, as it
// was sent, to sink. The buffer is large: the reader shall not be what is measured.
func (t *Target) Scrape(ctx context.Context, q Query, sink io.Writer) (got Scraped, err error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	conn, err := t.Connect(ctx)
	if err != nil {
		return got, err
	}
	defer conn.Close()
	unblock := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	encoding := "identity"
	if q.Gzip {
		encoding = "gzip"
	}
	began := time.Now()
	if _, err := fmt.Fprintf(conn, "GET %s/metrics HTTP/1.1\r\n%sAccept: %s\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n",
		t.Path, t.head(), q.Accept, encoding); err != nil {
		return got, err
	}
	got, err = readScrape(bufio.NewReaderSize(conn, 256<<10), q, sink)
	got.Took = time.Since(began)
	if err != nil {
		return got, fmt.Errorf("scraping %s: %w", t.Addr, err)
	}
	return got, nil
}

func readScrape(r *bufio.Reader, q Query, sink io.Writer) (got Scraped, err error) {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return got, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 500)) // the status says enough
		return got, fmt.Errorf("answered %s: %q", resp.Status, bytes.TrimSpace(body))
	}
	if zipped := resp.Header.Get("Content-Encoding") == "gzip"; zipped != q.Gzip {
		return got, fmt.Errorf("%w: %q, but gzip asked for: %t", ErrEncoding, resp.Header.Get("Content-Encoding"), q.Gzip)
	}
	got.ContentType = resp.Header.Get("Content-Type")
	// Hides io.Discard's ReadFrom, whose buffer is small.
	got.Bytes, err = io.CopyBuffer(struct{ io.Writer }{sink}, resp.Body, make([]byte, 256<<10))
	return got, err
}

// MeanScrape averages n scrapes of which nothing is kept.
func (t *Target) MeanScrape(ctx context.Context, q Query, n int) (float64, error) {
	var total time.Duration
	for range n {
		got, err := t.Scrape(ctx, q, io.Discard)
		if err != nil {
			return 0, err
		}
		total += got.Took
	}
	return total.Seconds() / float64(n), nil
}

// ErrEncoding is a scrape that came compressed, or not, against what was asked for.
var ErrEncoding = errors.New("unexpected content encoding")

// CountSeries scrapes and counts the series of a load's groups, among them the two
// push_… series that a gateway adds to each group.
func (t *Target) CountSeries(ctx context.Context, zipped bool) (int, error) {
	return t.countLines(ctx, zipped, func(line []byte) bool {
		return !bytes.HasPrefix(line, []byte("#")) && bytes.Contains(line, []byte(`instance="`+InstancePrefix))
	})
}

// CountGroups scrapes and counts all groups.
func (t *Target) CountGroups(ctx context.Context) (int, error) {
	return t.countLines(ctx, false, func(line []byte) bool { return bytes.HasPrefix(line, []byte("push_time_seconds{")) })
}

func (t *Target) countLines(ctx context.Context, zipped bool, counts func([]byte) bool) (int, error) {
	pr, pw := io.Pipe()
	go func() {
		_, err := t.Scrape(ctx, Query{Accept: AcceptText, Gzip: zipped}, pw)
		pw.CloseWithError(err)
	}()
	defer pr.Close() // ends the scrape if counting failed
	var body io.Reader = pr
	if zipped {
		zr, err := gzip.NewReader(pr)
		if err != nil {
			return 0, err
		}
		body = zr
	}
	count := 0
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 256<<10), 1<<20)
	for lines.Scan() {
		if counts(lines.Bytes()) {
			count++
		}
	}
	return count, lines.Err()
}
