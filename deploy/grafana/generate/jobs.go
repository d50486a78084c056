package main

// ofGroups selects the series of the jobs' groups. A run history is of a job, and so has
// no instance.
const (
	ofGroups  = `{job=~"$job",instance=~"$instance"}`
	ofHistory = `{job=~"$job"}`
	byJob     = "{{job}}"
	byGroup   = "{{job}} {{instance}}"
)

func jobs() dashboard {
	return compose("headgate-jobs", "Headgate jobs", "Batch jobs: how their runs went, how long they took, and when the next is due.", "now-24h",
		[]variable{values("job", "push_time_seconds"), values("instance", `push_time_seconds{job=~"$job"}`)},
		section{"At a glance", jobsGlance()},
		section{"Runs", runs()},
		section{"Due", due()},
		section{"What runs cost", costs()},
	)
}

func jobsGlance() []panel {
	count := func(title, description string, steps []step, of string) panel {
		return stat(title, "short", description, "0", steps, query{"count(" + of + ")", ""})
	}
	return []panel{
		count("Groups", "Grouping keys that have been pushed.", plain(), "push_time_seconds"+ofGroups),
		count("Running", "Jobs of which a run has started and not ended.", plain(), "headgate_job_running"+ofHistory+" > 0"),
		count("Overdue", "Groups that said how often they push, and haven't.", zero(), "headgate_group_overdue"+ofGroups+" == 1"),
		count("Failed", "Groups whose last run failed.", zero(), "job_run_success"+ofGroups+" == 0"),
		count("Refused", "Groups whose last push was refused.", zero(), "push_failure_time_seconds"+ofGroups+" > push_time_seconds"+ofGroups),
		count("Stuck", "Jobs with a run that should have ended.", zero(), "headgate_job_stuck_runs"+ofHistory+" > 0"),
		count("Missed a run today", "Jobs that did not start when they were due, within 24 hours.", zero(),
			"increase(headgate_job_missed_runs_total"+ofHistory+"[1d]) > 0"),
		count("Overlapped today", "Jobs that started while they ran, within 24 hours.", zero(),
			"increase(headgate_job_overlapping_runs_total"+ofHistory+"[1d]) > 0"),
	}
}

func runs() []panel {
	durations := graph("Duration of the last run", "s", "", query{"job_run_duration_seconds" + ofGroups, byGroup})
	durations.GridPos.W = columns / 2
	failures := graph("Failures within a day", "short", "Counted over all instances of a job.",
		query{"increase(job_run_failures_total" + ofHistory + "[1d])", byJob})
	failures.GridPos.W = columns / 2
	return []panel{
		strip("Outcome of the last run", "Green while the last run that ended was a success.", map[string]meaning{
			"0": {"failed", "red", 0}, "1": {"succeeded", "green", 1},
		}, query{"job_run_success" + ofGroups, byGroup}),
		strip("Running", "Blue while a run is under way, orange while several are.", map[string]meaning{
			"0": {"idle", "transparent", 0}, "1": {"running", "blue", 1}, "2": {"several", "orange", 2},
		}, query{"clamp_max(headgate_job_running" + ofHistory + ", 2)", byJob}),
		durations, failures,
	}
}

func due() []panel {
	next := bars("Next run due in", "s", "By the schedule that the job declared; below zero it is late.", []step{{"red", nil}, {"green", number(0)}},
		query{"headgate_job_next_run_timestamp_seconds" + ofHistory + " - time()", byJob})
	next.FieldConfig.Defaults.Min = nil
	next.GridPos = gridPos{H: 9, W: columns / 3}
	histories := table("Jobs", "Of the run history that the gateway keeps.",
		column{"Last success", "dateTimeFromNow", "headgate_job_last_success_timestamp_seconds" + ofHistory + " * 1000"},
		column{"Last duration", "s", "headgate_job_last_duration_seconds" + ofHistory},
		column{"Exit code", "none", "headgate_job_last_exit_code" + ofHistory},
		column{"Next run", "dateTimeFromNow", "headgate_job_next_run_timestamp_seconds" + ofHistory + " * 1000"},
	)
	histories.GridPos.W = columns - columns/3
	return []panel{
		next, histories,
		table("Groups", "Each grouping key, whether it is a batch job's or not.",
			column{"Last push", "dateTimeFromNow", "(push_time_seconds" + ofGroups + " > 0) * 1000"},
			column{"Last failure", "dateTimeFromNow", "(push_failure_time_seconds" + ofGroups + " > 0) * 1000"},
			column{"Overdue", "bool_yes_no", "headgate_group_overdue" + ofGroups},
			column{"Last success", "dateTimeFromNow", "job_last_success_timestamp_seconds" + ofGroups + " * 1000"},
		),
	}
}

func costs() []panel {
	return []panel{
		graph("Age of the last push", "s", "", query{"time() - (push_time_seconds" + ofGroups + " > 0)", byGroup}),
		graph("CPU time of the last run", "s", "", query{"sum without (mode) (job_run_cpu_seconds" + ofGroups + ")", byGroup}),
		graph("Memory of the last run", "bytes", "At its largest.", query{"job_run_max_resident_memory_bytes" + ofGroups, byGroup}),
	}
}
