package relabel

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// mostLiterals is how many texts are compared one by one; a look-up among more is
// no slower than in a memo.
const mostLiterals = 8

// literals returns all texts that the anchored regex matches, if it is a choice of
// plain texts such as prod|prd or (prod|prd).
func literals(regex string) ([]string, bool) {
	if inner, ok := strings.CutPrefix(regex, "("); ok {
		regex = strings.TrimSuffix(inner, ")") // what isn't balanced now is no plain text
	}
	texts := strings.Split(regex, "|")
	for _, text := range texts {
		// The replacement character matches any byte that isn't UTF-8, too.
		if regexp.QuoteMeta(text) != text || strings.ContainsRune(text, utf8.RuneError) {
			return nil, false
		}
	}
	return texts, len(texts) <= mostLiterals
}
