// Pushes, adds and deletes with prom-client: client.mjs URL JOB.
import client from "prom-client";

const [url, job] = process.argv.slice(2);
const groupings = { path: "/var/tmp", shift: "night" };

const registry = new client.Registry();
const registers = [registry];
const done = new client.Counter({ name: "e2e_done_total", help: "What was done.", labelNames: ["stage"], registers });
done.inc({ stage: "load" }, 3);
new client.Gauge({ name: "e2e_temperature_celsius", help: "How warm it was.", registers }).set(36.6);
const latency = new client.Histogram({ name: "e2e_latency_seconds", help: "How long it took.", buckets: [0.5, 1], registers });
latency.observe(0.25);
latency.observe(3);

const later = new client.Registry();
new client.Gauge({ name: "e2e_temperature_celsius", help: "How warm it was.", registers: [later] }).set(37.5);

await new client.Pushgateway(url, {}, registry).push({ jobName: job, groupings });
const gateway = new client.Pushgateway(url, {}, later);
await gateway.pushAdd({ jobName: job, groupings });
await gateway.push({ jobName: job, groupings: { deleted: "yes" } });
await gateway.delete({ jobName: job, groupings: { deleted: "yes" } });
