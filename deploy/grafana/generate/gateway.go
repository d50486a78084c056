package main

// own selects the gateway's own metrics, which have the scrape's job; see deploy/prometheus.
const own = `{job=~"headgate(-.+)?",instance=~"$instance"}`

func ownWith(matchers string) string {
	return `{job=~"headgate(-.+)?",instance=~"$instance",` + matchers + `}`
}

const onInstance = "{{instance}}"

func gateway() dashboard {
	return compose("headgate-gateway", "Headgate", "What comes in, what is resident, and whether the disk keeps up.", "now-3h",
		[]variable{values("instance", "headgate_build_info")},
		section{"At a glance", glance()},
		section{"Pushes", pushes()},
		section{"Resident", resident()},
		section{"Journal", journal()},
		section{"Scrapes and process", scrapes()},
	)
}

func glance() []panel {
	return []panel{
		stat("Up", "bool_yes_no", "Whether the last scrape got an answer.", "no target", one(), query{"up" + own, onInstance}),
		stat("Pushes", "ops", "Pushes and deletes that were accepted.", "0", plain(),
			query{`sum without (method, reason) (rate(headgate_pushes_total` + ownWith(`result="accepted"`) + `[$__rate_interval]))`, onInstance}),
		stat("Not accepted", "percentunit", "The part of all pushes that was refused or failed.", "0 %", rising(0.001, 0.1), query{
			`sum without (method, reason, result) (rate(headgate_pushes_total` + ownWith(`result!="accepted"`) + `[$__rate_interval]))` +
				` / sum without (method, reason, result) (rate(headgate_pushes_total` + own + `[$__rate_interval]))`, onInstance}),
		stat("Groups", "short", "", "", plain(), query{"headgate_groups" + own, onInstance}),
		stat("Series", "short", "", "", plain(), query{"headgate_series" + own, onInstance}),
		stat("Fullest limit", "percentunit", "Beyond 100 % pushes are refused.", "", rising(0.8, 0.95),
			query{"max without (limit) (headgate_limit_usage_ratio" + own + ")", onInstance}),
		stat("Disk free", "percentunit", "Of the data folder's file system.", "unknown", falling(0.05, 0.2),
			query{"headgate_disk_free_bytes" + own + " / headgate_disk_size_bytes" + own, onInstance}),
		stat("Journal failing", "bool_yes_no", "Whether the last write failed, and pushes with it.", "", zero(),
			query{"headgate_journal_failing" + own, onInstance}),
	}
}

func pushes() []panel {
	quantile := func(q string) string {
		return `histogram_quantile(` + q + `, sum without (method) (rate(headgate_push_duration_seconds_bucket` + own + `[$__rate_interval])))`
	}
	return []panel{
		stacked(graph("Pushes by result", "ops", "", query{
			`sum without (method, reason) (rate(headgate_pushes_total` + own + `[$__rate_interval]))`, "{{instance}} {{result}}"})),
		graph("Pushes not accepted by reason", "ops", "The client's doing (refused) or the gateway's (failed).", query{
			`sum without (method) (rate(headgate_pushes_total` + ownWith(`result!="accepted"`) + `[$__rate_interval])) > 0`, "{{instance}} {{reason}}"}),
		graph("Requests refused for who sent them", "ops", "For want of a token, or of the right.",
			query{"rate(headgate_refused_requests_total" + own + "[$__rate_interval])", "{{instance}} {{reason}}"}),
		graph("Push duration", "s", "From the headers to the answer: reading the body and the sync to disk included.",
			query{quantile("0.5"), "{{instance}} median"}, query{quantile("0.99"), "{{instance}} 99 %"}),
		graph("Mean size of a body", "bytes", "As received, and after decompression.",
			query{mean("headgate_push_size_bytes"), "{{instance}} received"}, query{mean("headgate_push_decoded_size_bytes"), "{{instance}} decoded"}),
		graph("Pushes that repeat one", "ops", "Retries that were recognised and counted once.",
			query{"rate(headgate_duplicate_pushes_total" + own + "[$__rate_interval])", onInstance}),
	}
}

// mean is that of a histogram's or a summary's observations.
func mean(metric string) string {
	return "rate(" + metric + "_sum" + own + "[$__rate_interval]) / rate(" + metric + "_count" + own + "[$__rate_interval])"
}

func resident() []panel {
	limits := bars("Limits", "percentunit", "How full the fullest job, group or push makes each.", rising(0.8, 0.95),
		query{"headgate_limit_usage_ratio" + own, "{{limit}}"})
	limits.FieldConfig.Defaults.Max = number(1)
	return []panel{
		graph("Series", "short", "", query{"headgate_series" + own, onInstance}),
		graph("Groups that went", "ops", "At their ttl, or after all scrapers had read them.",
			query{"rate(headgate_groups_expired_total" + own + "[$__rate_interval])", "{{instance}} expired"},
			query{"rate(headgate_groups_scraped_total" + own + "[$__rate_interval])", "{{instance}} scraped"}),
		graph("Memory", "bytes", "", query{"process_resident_memory_bytes" + own, "{{instance}} process"}, query{"headgate_resident_bytes" + own, "{{instance}} series"}),
		limits,
		bars("Jobs near a limit", "percentunit", "Those that use half of one or more.", rising(0.8, 0.95),
			query{"headgate_limit_job_usage_ratio" + own, "{{pushed_job}} {{limit}}"}),
		bars("Groups with findings", "short", "By lint's rule; the page has them by group.", plain(),
			query{"headgate_lint_groups" + own + " > 0", "{{rule}}"}),
	}
}

func journal() []panel {
	quantile := func(q string) string {
		return `histogram_quantile(` + q + `, rate(headgate_journal_sync_duration_seconds_bucket` + own + `[$__rate_interval]))`
	}
	return []panel{
		graph("Sync duration", "s", "Each push waits for one.", query{quantile("0.5"), "{{instance}} median"}, query{quantile("0.99"), "{{instance}} 99 %"}),
		graph("Pushes that share a sync", "short", "", query{mean("headgate_journal_batch_entries"), onInstance}),
		graph("Written", "Bps", "", query{"rate(headgate_journal_written_bytes_total" + own + "[$__rate_interval])", onInstance}),
		graph("Journal and snapshot", "bytes", "A snapshot is due when the journal is three times the last one.",
			query{"headgate_journal_unsnapshotted_bytes" + own, "{{instance}} journal"}, query{"headgate_journal_snapshot_bytes" + own, "{{instance}} snapshot"}),
		graph("Entries that could not be written", "ops", "", query{"rate(headgate_journal_append_failures_total" + own + "[$__rate_interval])", onInstance}),
		graph("Disk free", "bytes", "", query{"headgate_disk_free_bytes" + own, onInstance}),
	}
}

func scrapes() []panel {
	return []panel{
		graph("Scrape duration", "s", "As Prometheus measures it.", query{"scrape_duration_seconds" + own, onInstance}),
		graph("Pages built anew", "ops", "A scrape costs what changed.", query{"rate(headgate_scrape_pages_rebuilt_total" + own + "[$__rate_interval])", onInstance}),
		graph("Scrapers", "short", "Seen in the last ten minutes: groups kept until scraped wait for them.", query{"headgate_scrapers" + own, onInstance}),
		graph("CPU", "percentunit", "Of one processor.", query{"rate(process_cpu_seconds_total" + own + "[$__rate_interval])", onInstance}),
		graph("Goroutines", "short", "", query{"go_goroutines" + own, onInstance}),
		graph("Requests being answered", "short", "", query{"headgate_http_requests_in_flight" + own, onInstance}),
	}
}
