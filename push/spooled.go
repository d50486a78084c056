package push

// ReadSpooled returns the batch that a spool's entry or dead letter holds as its payload,
// for tools. The batch aliases it.
func ReadSpooled(payload []byte) (*Batch, error) { return readEnvelope(payload) }

// SpooledJob returns the job of a spool's entry or dead letter by its key, for tools,
// "" if the key has none. What has no payload any more has its key.
func SpooledJob(key string) string {
	if key == "" {
		return ""
	}
	r := reader{rest: []byte(key[1:])}
	return r.text()
}
