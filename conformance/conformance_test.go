package conformance

import (
	"flag"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

var (
	urlFlag  = flag.String("url", "", "run against the server at this `URL` instead of an in-process gateway; what it holds is deleted")
	utf8Flag = flag.Bool("utf8", false, "the server at -url was started with --push.enable-utf8-names: run the cases of that profile")
)

// server is where the cases of a profile are sent.
type server struct {
	base   *url.URL
	prefix string // of all routes
	scrape string // path of the scrape, prefix included
}

// A gateway behaves case by case as the files in testdata say, and whatever
// a case did to it, its exposition is valid afterwards.
func TestCases(t *testing.T) {
	byProfile := map[string][]Case{}
	for _, file := range []string{"cases.json", "own.json"} {
		cases, err := Load(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			byProfile[c.Profile] = append(byProfile[c.Profile], c)
		}
	}
	for profile, cases := range byProfile {
		t.Run(profile, func(t *testing.T) {
			s := serverFor(t, profile)
			for _, c := range cases {
				t.Run(c.ID, func(t *testing.T) { run(t, s, &c) })
			}
		})
	}
}

func serverFor(t *testing.T, profile string) server {
	if *urlFlag == "" {
		return startGateway(t, profile)
	}
	if want := map[bool]string{false: "default", true: "utf8"}[*utf8Flag]; profile != want {
		t.Skipf("the server at -url is taken to be of profile %q", want)
	}
	base, err := url.Parse(*urlFlag)
	if err != nil {
		t.Fatal(err)
	}
	prefix := strings.TrimSuffix(base.Path, "/")
	return server{base: base, prefix: prefix, scrape: prefix + "/metrics"}
}

func run(t *testing.T, s server, c *Case) {
	if err := Wipe(t.Context(), s.base, s.prefix); err != nil {
		t.Fatalf("case %s: empty the gateway: %v", c.ID, err)
	}
	for i, step := range c.Steps {
		body, err := step.RequestBody()
		if err != nil {
			t.Fatalf("case %s, step %d: body: %v", c.ID, i+1, err)
		}
		answer, err := Send(t.Context(), s.base, step.Method, step.Path, step.Headers, body)
		if err != nil {
			t.Fatalf("case %s (%s), step %d: %v", c.ID, c.Title, i+1, err)
		}
		if err := step.Check(answer); err != nil {
			t.Errorf("case %s (%s), step %d: %s %s\n%v\nanswer: %d %v\n%s",
				c.ID, c.Title, i+1, step.Method, step.Path, err, answer.Status, answer.Header, step.Excerpt(answer))
		}
	}
	answer, err := Send(t.Context(), s.base, http.MethodGet, s.scrape, nil, nil)
	if err != nil {
		t.Fatalf("case %s: final scrape: %v", c.ID, err)
	}
	if answer.Status != http.StatusOK {
		t.Errorf("case %s: final scrape: want status 200, got %d: %.400s", c.ID, answer.Status, answer.Body)
	} else if _, err := ParseExposition(answer.Body); err != nil {
		t.Errorf("case %s: final scrape is not valid: %v", c.ID, err)
	}
}
