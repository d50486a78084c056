package push

// SpooledJob returns the job of a dead letter by its key, for tools, "" if there is none.
func SpooledJob(key string) string {
	if key == "" {
		return ""
	}
	r := reader{rest: []byte(key[1:])} // behind the mode, see Batch.key
	return r.text()
}
