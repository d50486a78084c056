#!/bin/sh
# Debian says "remove", RPM the number of installations that stay; an upgrade goes on running.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now headgate.service
	fi
	;;
esac
