package main

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/headgate/headgate/internal/load"
)

// A gateway behind TLS, a password and a route prefix is loaded as any other.
func TestBenchTarget(t *testing.T) {
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "ann" || password != "s3cret" || r.URL.Path != "/prefix/metrics" {
			http.Error(w, "no", http.StatusUnauthorized)
		}
	}))
	defer web.Close()
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	ca := write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}))
	var r remote
	r.URL, r.CA, r.User, r.Password = web.URL+"/prefix/", ca, "ann", write("password", []byte("s3cret\n"))
	target, err := r.target()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Scrape(t.Context(), load.Query{}, io.Discard); err != nil {
		t.Error(err)
	}
	r.Password = write("wrong", []byte("two\nlines"))
	if _, err := r.target(); err == nil {
		t.Error("a password of two lines, which would break the header, is taken")
	}
}
