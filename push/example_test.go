package push_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/headgate/headgate/push"
	"github.com/headgate/headgate/push/labels"
	"github.com/headgate/headgate/push/pushtest"
)

// The recommended use: one Pusher for the life of the process. What the process did
// last arrives by Close, even if it was told to stop.
func Example() {
	gateway := newGateway()
	defer gateway.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	registry := prometheus.NewRegistry()
	rows := prometheus.NewCounter(prometheus.CounterOpts{Name: "backup_rows_total", Help: "Rows saved."})
	registry.MustRegister(rows)

	p := push.New(gateway.URL(), "backup").Grouping("instance", "db-1").Gatherer(registry)
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	rows.Add(1000)
	stop() // as SIGTERM would
	if err := p.Close(ctx); err != nil {
		fmt.Println(err)
	}

	fmt.Println(gateway.Value("backup_rows_total", "job", "backup", "instance", "db-1"))
	// Output: 1000
}

// A program that has all there is to say at once pushes once.
func ExamplePusher_Push() {
	gateway := newGateway()
	defer gateway.Close()

	finished := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "backup_last_success_timestamp_seconds", Help: "When the last backup succeeded."})
	finished.Set(1.7e9)
	if err := push.New(gateway.URL(), "backup").Collector(finished).Push(); err != nil {
		fmt.Println(err)
	}

	fmt.Println(gateway.Pushes()[0])
	// Output: PUT /metrics/job/backup, applied, answered 200
}

// What a Recorder counts is added to what the gateway has, so that processes which
// share a group make one sum.
func ExamplePusher_Recorder() {
	gateway := newGateway()
	defer gateway.Close()

	for range 3 {
		worker := push.New(gateway.URL(), "resize")
		images := worker.Recorder().Counter("resize_images_total", "Images resized.", "format")
		images.Add(2, "png")
		images.Inc("jpeg")
		if err := worker.Close(context.Background()); err != nil {
			fmt.Println(err)
		}
	}

	fmt.Println(gateway.Value("resize_images_total", "format", "png"))
	fmt.Println(gateway.Value("resize_images_total", "format", "jpeg"))
	// Output:
	// 6
	// 3
}

// A metric that has no handle is a gauge. What can't be recorded is an error that says
// why.
func ExampleRecorder_Record() {
	p := push.New("http://headgate:9091", "sensors", push.WithLogger(quiet))
	err := p.Recorder().Record(push.Metric{
		Name:   "room_temperature_celsius",
		Value:  21.5,
		Labels: []push.Label{{Name: "room", Value: "kitchen"}},
	})
	fmt.Println(err)

	err = p.Recorder().Record(push.Metric{Name: "room-temperature", Value: 21.5})
	fmt.Println(errors.Is(err, push.ErrInvalidMetric), err)
	// Output:
	// <nil>
	// true metric "room-temperature": want a name that matches [a-zA-Z_:][a-zA-Z0-9_:]*
}

// The next process delivers what the last one couldn't, each increment once.
func ExampleWithSpool() {
	gateway := newGateway()
	defer gateway.Close()
	dir, err := os.MkdirTemp("", "spool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	process := func() error {
		p := push.New(gateway.URL(), "import", push.WithSpool(dir), push.WithCloseTimeout(time.Second), push.WithLogger(quiet))
		p.Recorder().Counter("import_orders_total", "Orders imported.").Add(10)
		return p.Close(context.Background())
	}

	gateway.Kill()
	fmt.Println(process())
	gateway.Restart(pushtest.KeepUnanswered)
	fmt.Println(process())
	fmt.Println(gateway.Value("import_orders_total"))
	// Output:
	// <nil>
	// <nil>
	// 20
}

// Without a spool Close says what nobody will deliver any more.
func ExampleLostError() {
	gateway := newGateway()
	defer gateway.Close()
	gateway.Kill()

	p := push.New(gateway.URL(), "import", push.WithCloseTimeout(100*time.Millisecond), push.WithLogger(quiet))
	p.Recorder().Counter("import_orders_total", "Orders imported.").Inc()
	err := p.Close(context.Background())

	if lost, ok := errors.AsType[*push.LostError](err); ok {
		fmt.Println(lost.Batches, lost.Samples)
	}
	// Output: 1 1
}

// A hook sees what becomes of each batch. Here the first attempt fails.
func ExampleWithHook() {
	gateway := newGateway()
	defer gateway.Close()
	gateway.Respond(pushtest.Status(503))

	p := push.New(gateway.URL(), "backup",
		push.WithLogger(quiet),
		push.WithHook(func(e push.Event) { fmt.Println(e.Target, e.State, "after", e.Attempt, "attempts") }))
	size := prometheus.NewGauge(prometheus.GaugeOpts{Name: "backup_size_bytes", Help: "Size of the backup."})
	if err := p.Collector(size).Push(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// gateway pending after 0 attempts
	// gateway retrying after 1 attempts
	// gateway succeeded after 2 attempts
}

// A policy gives the labels of all that is pushed few values.
func ExampleWithPolicy() {
	gateway := newGateway()
	defer gateway.Close()

	policy, err := labels.New(labels.Template("path", "/users/:id").Else(labels.OtherValue))
	if err != nil {
		fmt.Println(err)
		return
	}
	p := push.New(gateway.URL(), "web", push.WithPolicy(policy))
	requests := p.Recorder().Counter("http_requests_total", "Requests answered.", "path")
	requests.Inc("/users/17")
	requests.Inc("/users/18")
	requests.Inc("/wp-login.php")
	if err := p.Close(context.Background()); err != nil {
		fmt.Println(err)
	}

	fmt.Println(gateway.Value("http_requests_total", "path", "/users/:id"))
	fmt.Println(gateway.Value("http_requests_total", "path", "other"))
	// Output:
	// 2
	// 1
}

// printer is a Transport that prints what it is sent.
type printer struct{}

func (printer) Send(_ context.Context, b *push.Batch) error {
	families, err := b.Families()
	if err != nil {
		return &push.SendError{Class: push.Final, Err: err} // sending it again won't mend it
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(os.Stdout, f); err != nil {
			return err
		}
	}
	return nil
}

func (printer) Close() error { return nil }

// A Transport takes batches to where they are to go. Here is one that prints them.
func ExampleWithTarget() {
	gateway := newGateway()
	defer gateway.Close()

	p := push.New(gateway.URL(), "backup", push.WithTarget("console", printer{}))
	p.Recorder().Counter("backup_rows_total", "Rows saved.", "table").Add(12, "orders")
	if err := p.Close(context.Background()); err != nil {
		fmt.Println(err)
	}

	fmt.Println(gateway.Applied(), "batch has reached the gateway, too")
	// Output:
	// # HELP backup_rows_total Rows saved.
	// # TYPE backup_rows_total counter
	// backup_rows_total{table="orders"} 12
	// 1 batch has reached the gateway, too
}

// A function that is run now and then: the gateway is told of each run.
func ExampleJob() {
	gateway := newGateway()
	defer gateway.Close()

	err := push.Job(context.Background(), "backup", func(context.Context) error {
		return nil // the work
	}, push.WithURL(gateway.URL()), push.WithInstance("db-1"), push.WithExpect(26*time.Hour))
	if err != nil {
		fmt.Println(err)
	}

	fmt.Println(gateway.Value("job_run_success", "job", "backup", "instance", "db-1"))
	fmt.Println(gateway.Value("job_runs_total", "job", "backup"))
	// Output:
	// 1
	// 1
}
