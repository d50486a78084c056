package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/config"
)

// tokenCmd is about the tokens that a gateway may ask for.
type tokenCmd struct {
	New tokenNewCmd `cmd:"" help:"Make a token, and what the gateway's configuration needs to know of it."`
}

type tokenNewCmd struct {
	Name       string   `arg:"" help:"What logs, metrics and the list of deletes call it."`
	Rights     []string `required:"" help:"What it is for: push, read, delete, admin; several with commas between them."`
	Match      string   `placeholder:"SELECTOR" help:"The groups that it may push to or delete, as in '{job=\"backup\"}'."`
	Expires    string   `placeholder:"WHEN" help:"From when on it is none: a date, a time with its zone, or how long from now, as in 90d."`
	SecretFile string   `placeholder:"FILE" help:"Write the token to a new file, which only its owner can read, instead of showing it."`
	Format     string   `name:"output" short:"o" enum:"text,json" default:"text" help:"text or json."`
}

// Help is shown below the usage.
func (tokenNewCmd) Help() string {
	return `Examples:
  headgate token new ci --rights push --match '{job=~"ci-.*"}' --expires 90d
  headgate token new prometheus --rights read --secret-file /etc/prometheus/headgate-token

Exit codes: 0 made, 1 the file could not be written, 2 usage. docs/security.md says what the rights are.`
}

// tokenEntry is a token as the configuration file has it.
type tokenEntry struct {
	Name    string   `yaml:"name" json:"name"`
	SHA256  string   `yaml:"sha256" json:"sha256"`
	Rights  []string `yaml:"rights,flow" json:"rights"`
	Match   string   `yaml:"match,omitempty" json:"match,omitempty"`
	Expires string   `yaml:"expires,omitempty" json:"expires,omitempty"`
}

// Run shows the token's secret once: nobody keeps it.
func (c *tokenNewCmd) Run(s *streams) error {
	secret := access.NewSecret()
	hash, _ := access.HashOf(secret)
	entry := tokenEntry{c.Name, hex.EncodeToString(hash[:]), c.Rights, c.Match, expiry(c.Expires, time.Now())}
	text, err := entry.yaml()
	if err != nil {
		return err
	}
	if c.SecretFile != "" {
		if err := keep(c.SecretFile, secret); err != nil {
			return err
		}
		secret = ""
	}
	if c.Format == "json" {
		return printJSON(s.out, struct {
			Token string `json:"token,omitempty"`
			tokenEntry
		}{secret, entry})
	}
	if secret != "" {
		_, err = fmt.Fprintf(s.out, "The token, which is shown this once:\n\n%s\n\nFor the gateway's configuration file, below \"tokens:\":\n\n", secret)
	}
	if err == nil {
		_, err = io.WriteString(s.out, text)
	}
	return err
}

// yaml is the entry as an item of a list, once the gateway's own reader has taken it.
func (e *tokenEntry) yaml() (string, error) {
	var text strings.Builder
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode([]*tokenEntry{e}); err != nil {
		return "", err
	}
	item := "  " + strings.ReplaceAll(strings.TrimSuffix(text.String(), "\n"), "\n", "\n  ") + "\n"
	_, err := config.Parse("", []byte("tokens:\n"+item))
	faulty, ok := errors.AsType[*config.Error](err)
	if !ok {
		return item, err
	}
	var faults []string
	for _, f := range faulty.Faults {
		faults = append(faults, strings.TrimPrefix(strings.TrimPrefix(f.Text, "tokens."), "tokens: "))
	}
	return "", &failure{errors.New(strings.Join(faults, "; ")), "headgate token new --help shows the flags", exitUsage}
}

// expiry is when a token ends, as the configuration file says it. What is no duration
// is for the file's reader to look at.
func expiry(text string, now time.Time) string {
	d, err := model.ParseDuration(text)
	if err != nil {
		return text
	}
	return now.Add(time.Duration(d)).UTC().Format(time.RFC3339)
}

// keep writes a secret to a file that wasn't there.
func keep(name, secret string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return hint(err, "--secret-file wants a new file: what is in one that is there may be in use")
	}
	_, err = f.WriteString(secret + "\n")
	return errors.Join(err, f.Close())
}
