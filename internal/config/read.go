package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Fault is one thing that is wrong with a configuration file.
type Fault struct {
	Line int // from 1; 0 if the fault has no place
	Text string
}

// Error is all that is wrong with a configuration file, in the order of its lines.
type Error struct {
	File   string
	Faults []Fault // at least one
}

// Lines are the faults, each with file and line in front.
func (e *Error) Lines() []string {
	var lines []string
	for _, f := range e.Faults {
		place := e.File
		if f.Line > 0 {
			place += ":" + strconv.Itoa(f.Line)
		}
		lines = append(lines, place+": "+f.Text)
	}
	return lines
}

// Error has a line for each fault, below a first that counts them if there are several.
func (e *Error) Error() string {
	text := strings.Join(e.Lines(), "\n")
	if n := len(e.Faults); n > 1 {
		return fmt.Sprintf("%d faults in the configuration file:\n%s", n, text)
	}
	return text
}

// Load reads the configuration file at path; "" means that there is none, and all
// defaults hold. What
// is wrong with its content comes as an *Error, and no settings with it.
func Load(path string) (Settings, error) {
	if path == "" {
		return byDefault(), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Settings{}, fmt.Errorf("configuration file: %w", err)
	}
	return Parse(path, text)
}

// Parse reads the text of a configuration file. The name is for messages.
func Parse(name string, text []byte) (Settings, error) {
	s := byDefault()
	s.set = map[string]bool{}
	r := reader{root: s.schema(), set: s.set}
	if n := r.document(text); n != nil {
		r.root.read(&r, "", n)
	}
	if len(r.faults) > 0 {
		// What keys say together comes out after what each says.
		slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		return Settings{}, &Error{File: name, Faults: r.faults}
	}
	s.Limits.bodies()
	return s, nil
}

// reader gathers the faults of one file.
type reader struct {
	root   section
	set    map[string]bool // the paths of the keys seen
	faults []Fault
}

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	r.faultAt(n.Line, format, args...)
}

// faultAt takes care that a fault is one line, whatever a library quotes of the file.
func (r *reader) faultAt(line int, format string, args ...any) {
	text := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, fmt.Sprintf(format, args...))
	r.faults = append(r.faults, Fault{Line: line, Text: text})
}

// document returns what the file's one document holds, nil if it is empty or not YAML.
func (r *reader) document(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		r.syntax(err)
		return nil
	}
	// A second one would be read by nobody.
	if err := decoder.Decode(&second); err == nil {
		r.fault(&second, "a second document begins here: want one")
	} else {
		r.syntax(err)
	}
	if len(r.faults) > 0 || len(first.Content) == 0 {
		return nil
	}
	return follow(first.Content[0])
}

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`)

// syntax reports what the YAML parser doesn't like; the end of the file is no fault.
func (r *reader) syntax(err error) {
	if errors.Is(err, io.EOF) {
		return
	}
	line, text, where := 0, err.Error(), ""
	if m := yamlError.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1]) // none is 0
		text = m[2]
	}
	if line > 0 {
		where = " here or below" // the line is often where the mapping begins that has the fault
	}
	r.faultAt(line, "not YAML%s: %s", where, text)
}
