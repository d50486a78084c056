package push

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// mostToken is the length of a token from which on a file is taken for another one, in bytes.
const mostToken = 4 << 10

var errTwoLogins = errors.New("a user for basic authentication and a bearer token exclude each other: want one of them")

// bearer is the value of the Authorization header with the token in a file. The file is
// read for each request, which is cheap beside it: what is mounted into a container
// changes while the process runs. No error has any of its content.
func bearer(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("bearer token: %w", err)
	}
	token := strings.TrimSpace(string(content))
	switch {
	case token == "":
		return "", fmt.Errorf("bearer token: %s is empty: want the token in it", file)
	case len(token) > mostToken, strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return "", fmt.Errorf("bearer token: %s has more in it: want a token of at most %d characters, and nothing else", file, mostToken)
	}
	return "Bearer " + token, nil
}
