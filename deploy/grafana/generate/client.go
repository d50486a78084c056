package main

// ofClients selects the metrics of Pushers, toTarget those that are of one target.
const (
	ofClients = `{job=~"$job",instance=~"$instance"}`
	toTarget  = `{job=~"$job",instance=~"$instance",target=~"$target"}`
	byTarget  = "{{job}} {{instance}} {{target}}"
)

func toTargetWith(matchers string) string {
	return `{job=~"$job",instance=~"$instance",target=~"$target",` + matchers + `}`
}

func client() dashboard {
	return compose("headgate-client", "Headgate client", "Programs that push with package push and register their Pusher.", "now-3h",
		[]variable{
			values("job", "headgate_client_batches_total"),
			values("instance", `headgate_client_batches_total{job=~"$job"}`),
			values("target", `headgate_client_batches_total{job=~"$job",instance=~"$instance"}`),
		},
		section{"At a glance", clientGlance()},
		section{"Delivery", delivery()},
		section{"What waits", waiting()},
		section{"What is pushed", pushed()},
	)
}

func clientGlance() []panel {
	failing := "sum without (result) (rate(headgate_client_attempts_total" + toTargetWith(`result!="ok"`) + "[$__rate_interval]))" +
		" / sum without (result) (rate(headgate_client_attempts_total" + toTarget + "[$__rate_interval]))"
	all := []panel{
		stat("Pushers", "short", "Programs, by target.", "0", plain(), query{"count(headgate_client_circuit_open" + toTarget + ")", ""}),
		stat("Circuits open", "short", "Pushers that have given up on a target for now.", "0", zero(),
			query{"count(headgate_client_circuit_open" + toTarget + " == 1)", ""}),
		stat("Worst failure ratio", "percentunit", "Of the attempts of one Pusher.", "0 %", rising(0.01, 0.5), query{"topk(1, " + failing + ")", byTarget}),
		stat("Longest queue", "short", "Batches of one Pusher that wait.", "0", rising(10, 1000),
			query{"topk(1, headgate_client_waiting_batches" + toTarget + ")", byTarget}),
	}
	for i := range all {
		all[i].GridPos.W = columns / 4
	}
	return all
}

func delivery() []panel {
	quantile := func(q string) string {
		return "histogram_quantile(" + q + ", rate(headgate_client_attempt_duration_seconds_bucket" + toTarget + "[$__rate_interval]))"
	}
	return []panel{
		graph("Batches by state", "ops", "The states that they came into.",
			query{"rate(headgate_client_batches_total" + toTarget + "[$__rate_interval])", byTarget + " {{state}}"}),
		graph("Attempts by result", "ops", "ok, or the class of the error.",
			query{"rate(headgate_client_attempts_total" + toTarget + "[$__rate_interval])", byTarget + " {{result}}"}),
		graph("Attempt duration", "s", "", query{quantile("0.5"), byTarget + " median"}, query{quantile("0.99"), byTarget + " 99 %"}),
	}
}

func waiting() []panel {
	circuits := strip("Circuit breakers", "Red while a Pusher only probes its target.", map[string]meaning{
		"0": {"closed", "green", 0}, "1": {"open", "red", 1},
	}, query{"headgate_client_circuit_open" + toTarget, byTarget})
	circuits.GridPos.W = columns
	return []panel{
		graph("Waiting batches", "short", "In the spool or in memory.", query{"headgate_client_waiting_batches" + toTarget, byTarget}),
		graph("Waiting bytes", "bytes", "", query{"headgate_client_waiting_bytes" + toTarget, byTarget}),
		graph("Since the last success", "s", "", query{"time() - headgate_client_last_success_timestamp_seconds" + toTarget, byTarget}),
		circuits,
	}
}

func pushed() []panel {
	per := func(title, description, metric, legend string) panel {
		return graph(title, "ops", description, query{"rate(" + metric + ofClients + "[$__rate_interval])", legend})
	}
	return []panel{
		graph("Time between pushes", "s", "It grows while the machine or the gateway is busy, if the Pusher is adaptive.",
			query{"headgate_client_interval_seconds" + ofClients, byGroup}),
		per("Recorded samples", "That a Recorder took.", "headgate_client_recorded_samples_total", byGroup),
		graph("Series of Recorders", "short", "", query{"headgate_client_recorder_series" + ofClients, byGroup}),
		per("Refused samples", "That a Recorder did not take, or dropped.", "headgate_client_refused_samples_total", byGroup+" {{reason}}"),
		graph("Warnings of the gateway", "ops", "By the rule that found something in a push.",
			query{"rate(headgate_client_warnings_total" + toTarget + "[$__rate_interval])", byTarget + " {{rule}}"}),
		graph("Failures of the program's own", "ops", "Of collectors, and of the spool.",
			query{"rate(headgate_client_gather_failures_total" + ofClients + "[$__rate_interval])", byGroup + " gather"},
			query{"rate(headgate_client_spool_failures_total" + ofClients + "[$__rate_interval])", byGroup + " spool"}),
	}
}
