package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const alertmanagerConfig = deployed + "alertmanager/alertmanager.yml"

// Each alert goes to those who can do something about it, and only what is critical wakes them.
func TestAlertRoutes(t *testing.T) {
	check(t, amtoolBinary, "check-config", alertmanagerConfig)
	for alert, want := range map[string]string{
		"severity=critical component=gateway job=headgate": "platform-page",
		"severity=warning component=gateway job=headgate":  "platform-tickets",
		"severity=critical component=gateway":              "platform-page", // HeadgateAbsent has no job
		"severity=critical component=job job=backup":       "database-page",
		"severity=warning component=job job=backup-eu":     "database-tickets",
		"severity=critical component=client job=restore":   "database-page",
		"severity=critical component=job job=ci-build":     "ci-tickets",
		"severity=critical component=job job=backups":      "page",
		"severity=critical component=service job=shop":     "page",
		"severity=warning component=service job=shop":      "tickets",
	} {
		args := append([]string{"config", "routes", "test", "--config.file=" + alertmanagerConfig}, strings.Fields(alert)...)
		if got := strings.TrimSpace(check(t, amtoolBinary, args...)); got != want {
			t.Errorf("{%s} goes to %q: want %q", alert, got, want)
		}
	}
}

// firing are the labels of alerts, as Alertmanager gets them.
type firing []map[string]string

// Of one cause one alert is told: what it brings about is kept back, and nothing else is.
func TestAlertInhibition(t *testing.T) {
	program := filepath.Join(t.TempDir(), "inhibited")
	runTool(t, "tools/alertmanager", "go", "build", "-buildvcs=false", "-o", program, "./inhibited")
	for _, test := range []struct {
		name       string
		told, kept string // alerts, one a line
	}{
		{"a gateway that is down silences its jobs",
			`alertname=HeadgateDown severity=critical component=gateway cluster=a job=headgate instance=gw
			 alertname=HeadgateDiskFilling severity=warning component=gateway cluster=a job=headgate instance=gw`,
			`alertname=JobMissing severity=critical component=job cluster=a job=backup
			 alertname=PusherCircuitOpen severity=warning component=client cluster=a job=backup
			 alertname=ServiceErrors severity=critical component=service cluster=a job=shop instance=web-1`},
		{"but no other cluster's, and nothing that isn't pushed",
			`alertname=HeadgateDown severity=critical component=gateway cluster=a job=headgate instance=gw
			 alertname=JobMissing severity=critical component=job cluster=b job=backup
			 alertname=NodeDown severity=critical cluster=a job=node`,
			``},
		{"a scrape that has gone silences them, too",
			`alertname=HeadgateAbsent severity=critical component=gateway cluster=a`,
			`alertname=JobMissing severity=critical component=job cluster=a job=backup`},
		{"a journal that can't be written explains overdue jobs, and no failing ones",
			`alertname=HeadgateJournalFailing severity=critical component=gateway cluster=a job=headgate instance=gw
			 alertname=JobFailing severity=warning component=job cluster=a job=report`,
			`alertname=JobOverdue severity=warning component=job cluster=a job=backup instance=db-1
			 alertname=HeadgatePushesFailing severity=critical component=gateway cluster=a job=headgate instance=gw reason=disk_full`},
		{"a stuck job is overdue as well, and another job is another matter",
			`alertname=JobStuck severity=warning component=job cluster=a job=backup
			 alertname=JobOverdue severity=warning component=job cluster=a job=report`,
			`alertname=JobOverdue severity=critical component=job cluster=a job=backup instance=db-1`},
		{"what is said twice of a job is told once",
			`alertname=JobLate severity=warning component=job cluster=a job=backup instance=db-1`,
			`alertname=JobOverdue severity=critical component=job cluster=a job=backup instance=db-1`},
		{"critical is enough",
			`alertname=JobOverdue severity=critical component=job cluster=a job=backup instance=db-1
			 alertname=JobOverdue severity=warning component=job cluster=a job=backup instance=db-2`,
			`alertname=JobOverdue severity=warning component=job cluster=a job=backup instance=db-1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			kept := alerts(test.kept)
			got := inhibited(t, program, append(alerts(test.told), kept...))
			if !slices.EqualFunc(got, kept, maps.Equal) {
				t.Errorf("kept back %v: want %v", got, kept)
			}
		})
	}
}

func alerts(lines string) (all firing) {
	for line := range strings.Lines(lines) {
		labels := map[string]string{}
		for _, field := range strings.Fields(line) {
			name, value, _ := strings.Cut(field, "=")
			labels[name] = value
		}
		all = append(all, labels)
	}
	return all
}

func inhibited(t *testing.T, program string, all firing) (kept firing) {
	t.Helper()
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, alertmanagerConfig)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err == nil {
		err = json.Unmarshal(out, &kept)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return kept
}
