# What every script shares: where the checkout is, plain progress lines, and commands that a signal can end.
# Sourced, never run. Sets `root`; leaves the working folder alone.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
started_at=${EPOCHREALTIME/[.,]/}

# "[  12.3 s] text": seconds since the script began.
say() {
    local tenths=$(((${EPOCHREALTIME/[.,]/} - started_at) / 100000))
    printf '[%5d.%d s] %s\n' $((tenths / 10)) $((tenths % 10)) "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# The comment block at the head of the calling script is its help.
help() {
    sed -n '2,/^\([^#]\|$\)/{/^# shellcheck/d;/^#/s/^# \{0,1\}//p}' "$0"
    exit 0
}

# Runs a long command in a session of its own, so that end_attended can end it with everything it started; without
# this a signal to the script would wait until the command is done.
attended_pid=
attended() {
    local code=0
    setsid "$@" </dev/null 9>&- &
    attended_pid=$!
    wait "$attended_pid" || code=$?
    attended_pid=
    return "$code"
}

end_attended() {
    [[ -n $attended_pid ]] || return 0
    kill -TERM -- "-$attended_pid" 2>/dev/null || true
    wait "$attended_pid" 2>/dev/null || true
    attended_pid=
}

# Tests and benches hold thousands of connections; most machines start a shell with 1,024 descriptors.
raise_descriptors() {
    local wanted=65536 hard
    ulimit -n "$wanted" 2>/dev/null && return
    hard=$(ulimit -H -n)
    ulimit -S -n "$hard" 2>/dev/null || true
}

# First port from $1 on at which nothing answers on the loopback address.
free_port() {
    local port=$1 last=$(($1 + 200))
    for (( ; port < last && port < 65536; port++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || {
            echo "$port"
            return
        }
    done
    die "no free port from $1 on"
}
