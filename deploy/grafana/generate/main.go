// Command generate writes the dashboards of this folder's neighbour from code, so that a
// change of them can be read.
//
//	go generate ./deploy/grafana/...
package main

//go:generate go run . ../dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate FOLDER")
		os.Exit(2)
	}
	for _, d := range dashboards() {
		text, err := d.text()
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], d.file()), text, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}

func dashboards() []dashboard { return []dashboard{gateway(), jobs(), client()} }

// file is the name of the dashboard's file.
func (d *dashboard) file() string { return d.UID + ".json" }

// text is the dashboard as Grafana reads it from a file.
func (d *dashboard) text() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
