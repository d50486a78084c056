// Package push sends metrics to a gateway (Headgate or Pushgateway) without losing
// or repeating them.
//
// # Recommended use
//
// Make one Pusher for the life of the process, start it, and close it when the
// work is done:
//
//	p := push.New("http://headgate:9091", "backup").Grouping("instance", host).Gatherer(registry)
//	if err := p.Start(ctx); err != nil { … }
//	defer p.Close(ctx)
//
// It pushes at once, then every 15 s, and once more in Close, even if ctx was
// cancelled meanwhile. A push that fails is tried again with growing waits; newer
// values take the place of those that could not be delivered. With [WithSpool] what
// couldn't be delivered outlives the process and goes out with the next run.
//
// A program that has no registry records what happens:
//
//	p := push.New("http://headgate:9091", "backup")
//	rows := p.Recorder().Counter("backup_rows_total", "Rows saved.", "table")
//	rows.Add(12, "orders")
//
// It travels as increments that the gateway adds up over all processes of the group,
// each exactly once. That takes a gateway that aggregates, as Headgate and the one of
// pushtest do; others are an error that wraps [ErrNotAggregating]. With [WithTotals] it
// travels as running totals of this process, which any gateway takes.
//
// A program that is run now and then has its work in a function. [Job] runs it, and tells
// the gateway of HEADGATE_URL when it began, how it ended and how long it took:
//
//	err := push.Job(ctx, "backup", work)
//
// # Moving from client_golang
//
// The package has all of client_golang's package of the same name, with the same
// meaning and the same bytes on the wire: change the import path. A single [Pusher.Push]
// then has a timeout (10 s, see [WithTimeout]), is tried again within it, may be called by
// several goroutines, and leaves the connection usable for the next one. [WithRetry] with
// one attempt makes it return as soon as client_golang's.
//
// # What is pushed
//
// A grouping key names what one process is responsible for: job, and most often
// instance. Choose labels that few values are known of beforehand. [labels.Policy]
// (by [WithPolicy]) rewrites labels that aren't, and [labels.Vet] tells which those are.
//
// # What happens to a batch
//
// Each target (the gateway, and what [WithTarget] names besides) has its own queue.
// A batch there is Pending, maybe Retrying, and in the end Succeeded, Failed,
// Superseded by newer state, or Spooled: [WithHook] sees each change, and the
// Pusher counts them when it is registered as a prometheus.Collector. Nothing is
// dropped unseen.
//
// A gateway may warn of what it takes, such as a user's id as the value of a label. The
// Pusher logs each such [Warning] once an hour, and counts it.
package push
