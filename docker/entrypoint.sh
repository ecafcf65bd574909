#!/usr/bin/env bash
# The complete image's first process: gives the companion its folder and the admin address that the health check asks, and is
# replaced by it, so that signals reach it. `docker run IMAGE translate -f /manifests` and the other commands work too.
set -eu
node --version >/dev/null 2>&1 || export LD_LIBRARY_PATH=/opt/loadstar/lib
loadstar=(node /opt/loadstar/loadstar.mjs)
case ${1-run} in
  run)
    shift || true
    if [ "$#" = 0 ] && [ -z "$(ls -A /manifests)" ]; then
      echo "loadstar: /manifests is empty: give it your manifests, -v ./manifests:/manifests:ro" >&2
      exit 2
    fi
    exec "${loadstar[@]}" run -f /manifests --admin "$LOADSTAR_ADMIN" "$@"
    ;;
  translate | check | explain | simulate | serve | bootstrap | status | help | --help | --version) exec "${loadstar[@]}" "$@" ;;
  *) exec "$@" ;;
esac
