package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// scrapeTimeout bounds one scrape; a Pushgateway takes ten seconds for the large state.
const scrapeTimeout = 5 * time.Minute

// Accept headers of the two text formats.
const (
	acceptText        = "text/plain;version=0.0.4"
	acceptOpenMetrics = "application/openmetrics-text;version=1.0.0"
)

// scrapeQuery is one way to ask for /metrics.
type scrapeQuery struct {
	accept string
	gzip   bool
}

// scraped is what came back from a scrape.
type scraped struct {
	took        time.Duration // from the request to the last byte
	bytes       int64         // of the body as sent
	contentType string
}

// scrape reads /metrics over a connection of its own and hands the body, as it
// was sent, to sink. The buffer is large: the reader shall not be what is measured.
func scrape(ctx context.Context, addr string, q scrapeQuery, sink io.Writer) (got scraped, err error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return got, err
	}
	defer conn.Close()
	unblock := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	encoding := "identity"
	if q.gzip {
		encoding = "gzip"
	}
	began := time.Now()
	if _, err := fmt.Fprintf(conn, "GET /metrics HTTP/1.1\r\nHost: %s\r\nAccept: %s\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n",
		addr, q.accept, encoding); err != nil {
		return got, err
	}
	got, err = readScrape(bufio.NewReaderSize(conn, 256<<10), q, sink)
	got.took = time.Since(began)
	if err != nil {
		return got, fmt.Errorf("scraping %s: %w", addr, err)
	}
	return got, nil
}

func readScrape(r *bufio.Reader, q scrapeQuery, sink io.Writer) (got scraped, err error) {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return got, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 500)) // the status says enough
		return got, fmt.Errorf("answer %s: %q", resp.Status, body)
	}
	if zipped := resp.Header.Get("Content-Encoding") == "gzip"; zipped != q.gzip {
		return got, fmt.Errorf("content encoding %q, but gzip asked for: %t", resp.Header.Get("Content-Encoding"), q.gzip)
	}
	got.contentType = resp.Header.Get("Content-Type")
	// Hides io.Discard's ReadFrom, whose buffer is small.
	got.bytes, err = io.CopyBuffer(struct{ io.Writer }{sink}, resp.Body, make([]byte, 256<<10))
	return got, err
}

// meanScrape averages n scrapes of which nothing is kept.
func meanScrape(ctx context.Context, addr string, q scrapeQuery, n int) (float64, error) {
	var total time.Duration
	for range n {
		got, err := scrape(ctx, addr, q, io.Discard)
		if err != nil {
			return 0, err
		}
		total += got.took
	}
	return total.Seconds() / float64(n), nil
}

// countSeries scrapes and counts the series of the benchmark's groups, among
// them the two push_… series that a gateway adds to each group.
func countSeries(ctx context.Context, addr string, zipped bool) (int, error) {
	pr, pw := io.Pipe()
	go func() {
		_, err := scrape(ctx, addr, scrapeQuery{accept: acceptText, gzip: zipped}, pw)
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
		l := lines.Bytes()
		if !bytes.HasPrefix(l, []byte("#")) && bytes.Contains(l, []byte(`instance="`+instancePrefix)) {
			count++
		}
	}
	return count, lines.Err()
}
