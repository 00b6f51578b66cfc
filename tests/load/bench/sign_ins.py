"""Everybody tries passwords at once; what /livez and a tenant's reads see of it."""

import concurrent.futures
import json
import http.client
import time

from bench import measure
from bench.bursar import Bursar, prepare
from bench.processes import say

CLIENTS = 64
RATE, CONNECTIONS = 200, 8
LIMIT = 20  # ms


def sign_ins(bench):
    """p99 of /livez at a modest constant rate, without and beside a flood of sign-ins with wrong passwords."""
    url = bench.cluster.create("sign_ins")
    prepare(url, "sign_ins")
    bench.report.about["sign_ins"] = f"{CLIENTS} clients try passwords; /livez is asked {RATE} times a second"
    with bench.programs("sign_ins") as programs:
        server = Bursar(programs, url, settings={"BURSAR_RATE_LIMIT_LOGIN": "0"})
        quiet, flooded, tried, refused = [], [], [], []
        for turn in range(bench.options.rounds):
            quiet.append(_p99(server.port, bench.options.seconds))
            p99, outcomes = _under_flood(server.port, bench.options.seconds)
            flooded.append(p99)
            tried.append(outcomes.get(401, 0) / bench.options.seconds)
            refused.append(outcomes.get(503, 0) / bench.options.seconds)
            say(f"sign_ins round {turn + 1}/{bench.options.rounds}: quiet {quiet[-1]:.2f} ms, flooded {p99:.2f} ms, "
                f"{tried[-1]:.0f} passwords a second, {refused[-1]:.0f} refused with 503")
    bench.report.measure("sign_ins", "passwords tried", "1/s", tried)
    bench.report.measure("sign_ins", "refused with 503", "1/s", refused)
    bench.report.measure("sign_ins", "p99 of /livez, quiet", "ms", quiet)
    median = bench.report.measure("sign_ins", "p99 of /livez, flooded", "ms", flooded)
    bench.report.check("sign_ins", "p99 of /livez under a flood of sign-ins, ms", median, "<=", LIMIT)


def _p99(port, seconds):
    return measure.generator(port, target="/livez", seconds=seconds, rate=RATE, warmup=1,
                             connections=CONNECTIONS)["p99_us"] / 1000


def _under_flood(port, seconds):
    until = time.monotonic() + seconds + 2
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        flood = [clients.submit(_try_passwords, port, until) for _ in range(CLIENTS)]
        time.sleep(0.5)
        p99 = _p99(port, seconds)
        outcomes = {}
        for each in flood:
            for status, count in each.result().items():
                outcomes[status] = outcomes.get(status, 0) + count
    return p99, outcomes


def _try_passwords(port, until):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"email": "nobody@example.com", "password": "not the right one"})
    outcomes = {}
    while time.monotonic() < until:
        connection.request("POST", "/api/v1/sessions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        outcomes[answer.status] = outcomes.get(answer.status, 0) + 1
        if answer.status == 503:
            time.sleep(0.05)  # as the answer asks, but sooner
    return outcomes
