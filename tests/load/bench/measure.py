"""One measurement each: wrk, our generator, pgbench, callgrind. All return requests (or transactions) a second and
fail rather than report a run with errors in it."""

import json
import re
import subprocess

from bench.bursar import PEERS
from bench.processes import GENERATOR_CPU, Failure, pinned, run

CONNECTIONS = 64


def wrk(port, path, seconds):
    text = run(pinned(GENERATOR_CPU, ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
                                      f"http://127.0.0.1:{port}{path}"]))
    if "Non-2xx" in text or "Socket errors" in text:
        raise Failure(f"wrk met errors:\n{text}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


def generator(port, *, seconds, target=None, targets=None, key=None, rate=0, requests=0, warmup=0, cpu=None):
    """What tests/load/peers/generator.cpp reports."""
    command = [PEERS / "bursar_load_generator", "--port", port, "--connections", CONNECTIONS, "--seconds", seconds,
               "--rate", rate, "--requests", requests, "--warmup", warmup]
    command += ["--target", target] if target else ["--targets", targets]
    if key:
        command += ["--header", f"Authorization: Bearer {key}"]
    report = json.loads(run(pinned(cpu, map(str, command))))
    if report["not_2xx"] or (report["errors"] and not rate):
        raise Failure(f"the generator met errors: {report}")
    return report


def pgbench(cluster, script, seconds):
    text = run([cluster.binaries / "pgbench", "-h", cluster.folder, "-U", "postgres", "-n", "-M", "prepared", "-c", "8",
                "-j", "2", "-T", str(seconds), "-f", script, "bursar"], cwd=cluster.programs.folder)
    return float(re.search(r"tps = ([\d.]+)", text)[1])


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
