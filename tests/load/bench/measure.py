"""One measurement each: wrk, our generator, pgbench, the raw loop, callgrind. All fail rather than report a run with
errors in it."""

import json
import re
import subprocess

from bench.bursar import PEERS
from bench.processes import GENERATOR_CPU, Failure, as_database_user, pinned, run

CONNECTIONS = 64


def wrk(port, path, seconds):
    text = run(pinned(GENERATOR_CPU, ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
                                      f"http://127.0.0.1:{port}{path}"]))
    if "Non-2xx" in text or "Socket errors" in text:
        raise Failure(f"wrk met errors:\n{text}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def generator(port, *, cpu=None, key=None, **options):
    """What tests/load/peers/generator.cpp reports. The options are the program's own (target, seconds, rate …)."""
    command = [PEERS / "bursar_load_generator", "--port", port]
    for name, value in ({"connections": CONNECTIONS} | options).items():
        command += ["--" + name, value]
    if key:
        command += ["--header", f"Authorization: Bearer {key}"]
    report = json.loads(run(pinned(cpu, map(str, command))))
    if report["not_2xx"] or (report["errors"] and not options.get("rate")):
        raise Failure(f"the generator met errors: {report}")
    return report


def pgbench(cluster, script, seconds, clients=8, database="bursar"):
    """Transactions: how many, and how many a second."""
    text = run([cluster.binaries / "pgbench", "-h", cluster.folder, "-U", "postgres", "-n", "-M", "prepared", "-c",
                str(clients), "-j", "2", "-T", str(seconds), "-f", script, database], cwd=cluster.programs.folder)
    failed = int(re.search(r"number of failed transactions: (\d+)", text)[1])
    if failed:
        raise Failure(f"pgbench met {failed} failures:\n{text}")
    return {"transactions": int(re.search(r"actually processed: (\d+)", text)[1]),
            "per_second": float(re.search(r"tps = ([\d.]+)", text)[1])}


def ledger_loop(database_url, **options):
    """What tests/load/peers/ledger_loop.cpp reports."""
    command = [PEERS / "bursar_ledger_loop", "--database", database_url]
    for name, value in options.items():
        command += ["--" + name, value]
    return json.loads(run(list(map(str, command))))


def flush_us(cluster):
    """How long the disk takes to make 8 KiB durable, in microseconds: the floor of every commit."""
    text = run(as_database_user([cluster.binaries / "pg_test_fsync", "-s", "1", "-f", cluster.folder / "flush"]),
               cwd=cluster.folder)
    return int(re.search(r"fdatasync\s+[\d.]+ ops/sec\s+(\d+) usecs/op", text)[1])


def instructions(serve, ask, requests):
    """User-space instructions a request: the difference of two runs under callgrind, the second with twice the
    requests, so that start-up and shutdown cancel.

    serve(wrapper) starts the server, ask(server, n) sends n requests."""
    totals = [_collected(serve, ask, n) for n in (requests, 2 * requests)]
    return (totals[1] - totals[0]) / requests


def _collected(serve, ask, requests):
    server = serve(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
    try:
        ask(server, requests)
    finally:
        server.stop()
    found = re.search(r"Collected : (\d+)", server.program.err.read_text(errors="replace"))
    if not found:
        raise Failure(f"callgrind reported nothing:\n{server.program.tail()}")
    return int(found[1])


def version(command):
    """The first line a tool says of itself, for the report."""
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[0] if done.stdout or done.stderr else ""
