package journal

// Commit does what the writer and the deliverer do with one batch, in the caller's
// goroutine, so that a seed alone decides what happens. The Disk must not be started.
func (d *Disk) Commit(batch []*Entry) {
	d.w.commit(batch)
	d.opt.Deliver(batch)
}

// SyncWritten is the tick of SyncInterval.
func (d *Disk) SyncWritten() { d.w.syncWritten() }

// Durable is the last record that the writer takes for durable.
func (d *Disk) Durable() uint64 { return d.w.durable }
