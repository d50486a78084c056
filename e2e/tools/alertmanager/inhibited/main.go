// Command inhibited says which of some firing alerts Alertmanager's own code keeps back
// under the inhibit rules of a configuration. amtool has routes only.
//
//	inhibited alertmanager.yml < alerts.json
//
// Both the alerts and the answer are JSON lists of objects of labels.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/labelset"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/common/model"
)

func main() {
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string) error {
	c, err := config.LoadFile(file)
	if err != nil {
		return err
	}
	var firing []model.LabelSet
	if err := json.NewDecoder(os.Stdin).Decode(&firing); err != nil {
		return err
	}
	log, events := slog.New(slog.DiscardHandler), eventrecorder.NopRecorder()
	alerts, err := mem.NewAlerts(ctx, time.Hour, 0, nil, log, events, nil, nil)
	if err != nil {
		return err
	}
	defer alerts.Close()
	for _, labels := range firing {
		now := time.Now()
		a := alert.New(model.Alert{Labels: labels, StartsAt: now, EndsAt: now.Add(time.Hour)}, now, false)
		if err := alerts.Put(ctx, a); err != nil {
			return err
		}
	}
	inhibitor := inhibit.NewInhibitor(alerts, c.InhibitRules, log, events)
	go inhibitor.Run()
	defer inhibitor.Stop()
	inhibitor.WaitForLoading()
	muted := []model.LabelSet{}
	for _, labels := range firing {
		if inhibitor.Mutes(ctx, labelset.New(labels, labels.Fingerprint())) {
			muted = append(muted, labels)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(muted)
}
