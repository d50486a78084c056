package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/headgate/headgate/examples/internal/stage"
)

func TestMain(m *testing.M) { stage.Main(m, main) }

// The gateway has what a scrape of the service has, until the service is stopped.
func TestService(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		process := stage.Start(t, gw.URL(), "-listen", "localhost:0", "-interval", "20ms")
		address := process.After("listening on ")
		for range 3 {
			if resp := stage.Get(t, "http://"+address); resp.StatusCode != http.StatusOK {
				t.Fatalf("the service answers %s", resp.Status)
			}
		}
		stage.Eventually(t, "the greetings are pushed", func() bool {
			v, _ := gw.Lookup("greeter_greetings_total", "job", "greeter", "instance", address)
			return v == 3
		})
		scraped, err := io.ReadAll(stage.Get(t, "http://"+address+"/metrics").Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"\ngreeter_greetings_total 3\n", "\nheadgate_client_batches_total{"} {
			if !strings.Contains(string(scraped), want) {
				t.Errorf("a scrape lacks %q", want)
			}
		}
		stage.Eventually(t, "a push tells of the success of one before it", func() bool {
			_, ok := gw.Lookup("headgate_client_last_success_timestamp_seconds")
			return ok
		})

		process.Stop()
		if got := process.Wait(); got.Code != 0 {
			t.Errorf("want a service that was stopped to end well, got %+v", got)
		}
		if _, ok := gw.Lookup("greeter_greetings_total"); ok {
			t.Error("the group of a service that was stopped is still there")
		}
	})
}

// A gateway that is away, or comes late, doesn't keep the service from its work.
func TestServiceWithoutGateway(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		gw.Down()
		process := stage.Start(t, gw.URL(), "-listen", "localhost:0", "-interval", "20ms")
		address := process.After("listening on ")
		if resp := stage.Get(t, "http://"+address); resp.StatusCode != http.StatusOK {
			t.Fatalf("the service answers %s", resp.Status)
		}
		gw.Up()
		stage.Eventually(t, "the greeting is pushed", func() bool {
			v, _ := gw.Lookup("greeter_greetings_total")
			return v == 1
		})
	})
}
