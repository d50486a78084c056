package push

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// homeName is the file in a target's spool that says to whom it was last sent.
const homeName = "sent-to"

// checkHome warns when a spool holds what another gateway was meant to get: the
// gateway may have moved, or two programs for two gateways name one folder. It holds
// nobody up: a job must not end because its gateway has got another name. The caller
// holds mu.
func (p *Pusher) checkHome(dir, target string) {
	address := p.address(target)
	if address == "" {
		return
	}
	name := filepath.Join(dir, homeName)
	before, err := os.ReadFile(name)
	if err == nil && string(before) != address {
		p.logger.Warn("push: the spool was filled for another gateway; what it holds goes to this one now",
			"folder", dir, "before", string(before), "now", address)
	}
	if err == nil && string(before) != address || errors.Is(err, fs.ErrNotExist) {
		err = os.WriteFile(name, []byte(address), 0o600)
	}
	if err != nil {
		p.report.spoolTrouble(target, err)
	}
}

// address is where a target's batches go, without a password, "" if only its
// transport knows.
func (p *Pusher) address(target string) string {
	var t Transport
	for _, n := range p.targets {
		if n.name == target {
			t = n.transport
		}
	}
	if target == primaryName {
		if p.primary == nil {
			return redact(withScheme(p.http.URL))
		}
		t = p.primary
	}
	switch t := t.(type) {
	case *HTTP:
		return redact(t.base)
	case *JSON:
		return redact(t.url)
	}
	return ""
}
