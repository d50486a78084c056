package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
)

//go:embed style.css
var styleSheet string

//go:embed icon.svg
var iconImage string

// version is a hash of a static file. Pages link to the file by it, so that a
// browser keeps the file until the gateway brings another.
func version(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:6])
}

// static serves one embedded file.
func static(contentType, content string) http.HandlerFunc {
	tag := version(content)
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Etag", `"`+tag+`"`)
		h.Set("Cache-Control", "no-cache")
		if r.URL.Query().Get("v") == tag {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", contentType)
		w.Write([]byte(content))
	}
}
