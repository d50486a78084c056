"""Pushes, adds and deletes with the official Python client: client.py URL JOB."""

import sys

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import delete_from_gateway, push_to_gateway, pushadd_to_gateway

url, job = sys.argv[1], sys.argv[2]
group = {"path": "/var/tmp", "shift": "night"}

registry = CollectorRegistry()
done = Counter("e2e_done", "What was done.", ["stage"], registry=registry)
done.labels("load").inc(3)
Gauge("e2e_temperature_celsius", "How warm it was.", registry=registry).set(36.6)
latency = Histogram("e2e_latency_seconds", "How long it took.", buckets=[0.5, 1.0], registry=registry)
latency.observe(0.25)
latency.observe(3)
push_to_gateway(url, job, registry, group)

later = CollectorRegistry()
Gauge("e2e_temperature_celsius", "How warm it was.", registry=later).set(37.5)
pushadd_to_gateway(url, job, later, group)

push_to_gateway(url, job, later, {"deleted": "yes"})
delete_from_gateway(url, job, {"deleted": "yes"})
