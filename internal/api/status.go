package api

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// status answers /api/v1/status.
func (a *API) status(w http.ResponseWriter, _ *http.Request) {
	b := []byte(`{"status":"success","data":{"build_information":`)
	b = appendJSONMap(b, a.Build)
	b = append(b, `,"flags":`...)
	b = appendJSONMap(b, a.Flags)
	b = append(b, `,"start_time":`...)
	b = appendJSONTime(b, a.StartTime)
	b = append(b, `}}`...)
	w.Header().Set("Content-Type", "application/json")
	w.Write(b)
}

func appendJSONMap(dst []byte, m map[string]string) []byte {
	dst = append(dst, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONString(dst, k), ':')
		dst = appendJSONString(dst, m[k])
	}
	return append(dst, '}')
}

// appendJSONTime appends t in UTC as encoding/json does, or null for the zero time.
func appendJSONTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}
