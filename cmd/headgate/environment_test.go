package main

import (
	"regexp"
	"testing"

	"github.com/alecthomas/kong"
)

// Each flag has a variable of its own name, or shares it with serve's flag of that name
// or by a tag; and none that Kubernetes sets for a service whose name begins with headgate.
func TestFlagsHaveVariables(t *testing.T) {
	var e environment
	parser := kong.Must(&cli{}, kong.Vars{"version": ""})
	tagged := map[*kong.Flag]bool{}
	visitFlags(parser.Model.Node, func(_ *kong.Node, f *kong.Flag) { tagged[f] = len(f.Tag.Envs) > 0 })
	e.name(parser.Model)
	ofKubernetes := regexp.MustCompile(`_(PORT|SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP).*)$`)
	wellFormed := regexp.MustCompile(`^HEADGATE(_[A-Z0-9]+)+$`)
	owner := map[string]string{}
	visitFlags(parser.Model.Node, func(node *kong.Node, f *kong.Flag) {
		flag := node.FullPath() + " --" + f.Name
		for _, name := range f.Envs {
			if !wellFormed.MatchString(name) || ofKubernetes.MatchString(name) {
				t.Errorf("%s reads %s: want HEADGATE_…, and nothing that Kubernetes sets", flag, name)
			}
			if other, taken := owner[name]; taken && !tagged[f] && other != f.Name {
				t.Errorf("%s reads %s, which is also --%s", flag, name, other)
			}
			owner[name] = f.Name
		}
	})
	for name, flag := range map[string]string{
		"HEADGATE_WEB_LISTEN_ADDRESS": "web.listen-address", "HEADGATE_DATA_DIR": "data.dir", "HEADGATE_PUSH_ENABLE_UTF8_NAMES": "push.enable-utf8-names",
		"HEADGATE_LINT_IGNORE": "ignore", "HEADGATE_RELABEL_TEST_RULES": "rules",
	} {
		if owner[name] != flag {
			t.Errorf("%s is --%s, want --%s", name, owner[name], flag)
		}
	}
}

func visitFlags(node *kong.Node, visit func(*kong.Node, *kong.Flag)) {
	for _, f := range node.Flags {
		visit(node, f)
	}
	for _, child := range node.Children {
		visitFlags(child, visit)
	}
}
