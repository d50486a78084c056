package shadow

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// exposition is what a gateway shows: the values of the series that were pushed, and
// the types of their families. Both gateways write the text format the same way, labels
// sorted and numbers in their shortest form, so the text itself can be compared.
type exposition struct {
	values map[string]string // by series as text
	types  map[string]string // by family
}

// readExposition reads the text format. Series without a job are a gateway's own.
func readExposition(r io.Reader) (*exposition, error) {
	e := &exposition{values: map[string]string{}, types: map[string]string{}}
	lines := bufio.NewReaderSize(r, 64<<10)
	name, typ := "", ""
	for {
		line, err := lines.ReadString('\n')
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, typ, _ = strings.Cut(strings.TrimSpace(rest), " ")
		} else if len(line) > 1 && line[0] != '#' && e.add(strings.TrimSpace(line)) {
			e.types[name] = typ
		}
		if err == io.EOF {
			return e, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the scrape: %w", err)
		}
	}
}

// add takes a sample line and reports whether it is a pushed one.
func (e *exposition) add(line string) bool {
	at := strings.LastIndexByte(line, ' ')
	if at < 0 {
		return false
	}
	series, value := line[:at], line[at+1:]
	if !strings.Contains(series, `{job="`) && !strings.Contains(series, `,job="`) {
		return false
	}
	if strings.HasPrefix(series, "push_time_seconds{") || strings.HasPrefix(series, "push_failure_time_seconds{") {
		value = whether(value) // the moments differ
	}
	e.values[series] = value
	return true
}

// whether stands for a time: 0 for never.
func whether(value string) string {
	if value == "0" {
		return "never"
	}
	return "at some time"
}
