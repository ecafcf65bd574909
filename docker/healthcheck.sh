#!/usr/bin/env bash
# Healthy when Envoy's admin says LIVE. By bash's /dev/tcp, since the image has neither curl nor wget; with HTTP/1.1, since
# Envoy answers 426 to HTTP/1.0.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/${LOADSTAR_ADMIN##*:}"
printf 'GET /ready HTTP/1.1\r\nHost: health\r\nConnection: close\r\n\r\n' >&3
grep -q '^LIVE' <&3
