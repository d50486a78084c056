package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// Only the last screen is drawn, in its colours, as well-formed XML.
func TestDraws(t *testing.T) {
	var out bytes.Buffer
	if err := run(strings.NewReader("first\r\n\x1b[1A\x1b[J\x1b[?7l\x1b[1mtitle\x1b[0m <a & b>\r\n\x1b[31mbad\x1b[0m\r\n\x1b[?7h"), &out); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(out.Bytes())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v:\n%s", err, &out)
		}
	}
	for _, want := range []string{`font-weight="bold" fill="#fff">title<`, ">\u00a0&lt;a\u00a0&amp;\u00a0b&gt;<", `fill="#ff7b72">bad<`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "first") || strings.Contains(out.String(), "\x1b") {
		t.Errorf("what was erased, or an escape sequence, is in:\n%s", &out)
	}
}
