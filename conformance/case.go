// Package conformance holds black-box cases for the push API and runs them
// against any server that speaks it. README.md describes the files in testdata.
package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Case is one case: a sequence of requests that starts from an empty gateway.
type Case struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Profile string `json:"profile"` // how the gateway is started
	Steps   []Step `json:"steps"`
}

// Step is one request and what is expected of its answer.
type Step struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"` // sent as it stands, query included
	Headers map[string]string `json:"headers"`

	// At most one of these four makes the body.
	Body          *string  `json:"body"`
	BodyBase64    *string  `json:"body_base64"`
	BodyProtoText []string `json:"body_prototext"` // MetricFamily messages, sent delimited
	BodyLines     []string `json:"body_lines"`     // joined, each ended by a newline
	// BodyEncoding is applied to the body: gzip, snappy (framed), snappy-block or zstd.
	// It sets no header.
	BodyEncoding string `json:"body_encoding"`

	ExpectStatus          Statuses          `json:"expect_status"`
	ExpectBody            *string           `json:"expect_body"`
	ExpectBodyContains    []string          `json:"expect_body_contains"`
	ExpectBodyAbsent      []string          `json:"expect_body_absent"`
	ExpectBodyRegex       []string          `json:"expect_body_regex"`
	ExpectBodyRegexAbsent []string          `json:"expect_body_regex_absent"`
	ExpectHeaders         map[string]string `json:"expect_headers"`   // substrings of the values
	ExpectProtoText       []string          `json:"expect_prototext"` // families in a delimited body
}

// Statuses are the allowed status codes; the JSON is one number or a list.
type Statuses []int

// UnmarshalJSON reads one number or a list of them.
func (s *Statuses) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("[")) {
		return json.Unmarshal(b, (*[]int)(s))
	}
	var one int
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*s = Statuses{one}
	return nil
}

// Load reads a file of cases. An unknown field, an id given twice or a case
// without steps is an error, so that a misspelt expectation cannot pass silently.
func Load(path string) ([]Case, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var cases []Case
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&cases); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: data after the list of cases", path)
	}
	seen := map[string]bool{}
	for _, c := range cases {
		if c.ID == "" || seen[c.ID] || len(c.Steps) == 0 {
			return nil, fmt.Errorf("%s: case %q: want a unique id and at least one step", path, c.ID)
		}
		seen[c.ID] = true
	}
	return cases, nil
}
