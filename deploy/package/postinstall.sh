#!/bin/sh
# Nothing is enabled or started: who installs a gateway decides when it takes pushes.
set -e
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart headgate.service
fi
