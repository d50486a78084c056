package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/lint/file"
)

// The dashboards that Grafana reads are those of this code.
func TestDashboardsAreUpToDate(t *testing.T) {
	const dir = "../dashboards"
	written := map[string]bool{}
	for _, d := range dashboards() {
		written[d.file()] = true
		want, err := d.text()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, d.file()))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not what the code says: go generate ./deploy/grafana/... (%v)", d.file(), err)
		}
	}
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !written[f.Name()] {
			t.Errorf("%s: no code makes it", f.Name())
		}
	}
}

// A panel shows each job and instance for itself, unless it counts them.
func TestPanelsKeepJobAndInstance(t *testing.T) {
	for _, d := range dashboards() {
		text, err := d.text()
		if err != nil {
			t.Fatal(err)
		}
		found, err := file.Check(d.file(), text, file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Error(f)
		}
	}
}

// Grafana finds a panel by its id, and lays out what doesn't overlap.
func TestPanelsHaveTheirPlaces(t *testing.T) {
	for _, d := range dashboards() {
		ids := map[int]bool{}
		taken := map[[2]int]string{}
		for _, p := range d.Panels {
			if p.ID == 0 || ids[p.ID] {
				t.Errorf("%s: panel %q: id %d: want one of its own", d.UID, p.Title, p.ID)
			}
			ids[p.ID] = true
			if p.GridPos.X+p.GridPos.W > columns || p.GridPos.W == 0 || p.GridPos.H == 0 {
				t.Errorf("%s: panel %q: place %+v", d.UID, p.Title, p.GridPos)
			}
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other, ok := taken[[2]int{x, y}]; ok {
						t.Errorf("%s: panel %q lies on %q", d.UID, p.Title, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
	}
}

// What a panel shows is what the reader has chosen: the data source, and each variable somewhere.
func TestVariablesAreUsed(t *testing.T) {
	for _, d := range dashboards() {
		text, err := d.text()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range d.Templating.List[1:] {
			if !strings.Contains(string(text), `=~\"$`+v.Name+`\"`) {
				t.Errorf("%s: no query uses $%s", d.UID, v.Name)
			}
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if q.Datasource != selected {
					t.Errorf("%s: panel %q: data source %+v: want the one that is chosen", d.UID, p.Title, q.Datasource)
				}
			}
		}
	}
}
