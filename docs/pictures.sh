#!/usr/bin/env bash
# Makes the pictures of the README: draws what headgate demo shows on a terminal, then
# starts a gateway, pushes a few invented jobs, and takes a screenshot of the page with a
# headless Chromium (CHROMIUM=name).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'kill "${pid:-}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

go build -o "$work/headgate" ./cmd/headgate
TERM=xterm script -qec "$work/headgate demo --for 12s --seed 1" /dev/null | go run ./docs/terminal >docs/demo.svg
echo "docs/demo.svg"

"$work/headgate" --data.dir="$work/data" --web.listen-address=127.0.0.1:0 2>"$work/log" &
pid=$!
until url=$(sed -n 's/.*msg=listening address=\(.*\)/http:\/\/\1/p' "$work/log") && [ -n "$url" ] &&
	curl -fs "$url/-/ready" >/dev/null; do kill -0 "$pid"; done

push() { curl -s --data-binary @- "$url/metrics/$1" || true; }
for host in db-1 db-2 db-3; do
	for database in orders users audit; do
		printf 'backup_size_bytes{database="%s"} %s\n' "$database" "$((RANDOM * 4096))"
	done | push "job/backup/instance/$host"
done
printf '# TYPE ci_duration_seconds gauge\nci_duration_seconds{step="build"} 41\nci_duration_seconds{step="test"} 187\n' | push 'job/ci/pipeline/4711'
printf '# TYPE cert_expiry_timestamp_seconds gauge\ncert_expiry_timestamp_seconds 1.8e9\n' | push 'job/cert-renewal/zone/eu-central'
printf 'report_rows_total 12\n' | push 'job/nightly-report'
printf 'report_rows_total 12 1700000000000\n' | push 'job/nightly-report' >/dev/null

"${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars \
	--disable-background-networking --disable-component-update --disable-sync --user-data-dir="$work/chromium" \
	--window-size=1100,640 --screenshot=docs/page.png "$url/" >/dev/null 2>&1
echo "docs/page.png"
