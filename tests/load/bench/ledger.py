"""POST /transfers beside one function call a transfer, Express with pg and a raw loop of batches; or beside any other
server that takes one POST a transfer (--url). The targets are in tests/load/README.md."""

import re
import socket
import threading
from urllib.parse import urlsplit

from bench import measure, transfers
from bench.bursar import Client
from bench.processes import Failure, say, wait_for
from bench.workloads import REQUESTS_ALONE, SHARE_OF_PEAK

FEW_ACCOUNTS, MANY_ACCOUNTS, MANY_ENTRIES = 1000, 1_000_000, 10_000_000
SEALED = 5000  # transfers, when sealing is counted


def ledger(bench):
    """The work: against the peers, or against --url."""
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if bench.cluster.sql(f"show {name}") != "on":
            raise Failure(f"PostgreSQL's {name} is off; only durable transfers are counted here")
    bench.report.about["ledger"] = (
        f"{transfers.CONNECTIONS} connections, {bench.options.accounts:,} accounts; every commit durable, 8 KiB flushed"
        f" in {measure.flush_us(bench.cluster):,} µs")
    if bench.options.url:
        with bench.programs("ledger") as programs:
            _race(bench, programs)
        return
    with bench.programs("ledger") as programs:
        _beside_peers(bench, programs)
    with bench.programs("ledger-sizes") as programs:
        _sizes(bench, programs)


def _beside_peers(bench, programs):
    count, seconds = bench.options.accounts, bench.options.seconds
    single = transfers.bursar(bench, programs, count)
    batches = transfers.batches(bench, single)
    express = transfers.express(bench, programs, count)
    loop, two_loops = transfers.raw_loops(bench, count)
    runs = single.runs(seconds) | batches.runs(seconds, ["uniform"]) | two_loops.runs(seconds, ["uniform"])
    for peer in (transfers.function_call(bench, count), loop, express):
        runs |= peer.runs(seconds)
    found = bench.interleave("ledger", "transfers/s", runs)
    for contestant in (single, batches, express):
        contestant.report_slowest(bench.report)
    p99 = _at_share_of_peak(bench, single, found["bursar, uniform"])
    _check(bench, found, p99)
    bench.report.check("ledger", "seal lag at full load, s", _longest_seal_lag(bench, single), "<=", 1)
    single.server.stop()
    counted = bench.instructions("ledger", lambda server, n: single.at(server).ask("uniform", 600, requests=n), 5_000,
                                 single.books.url)
    bench.report.about["instructions a transfer"] = f"{counted:,.0f} (user space, whole chain; no target)"
    sealed = _sealing(bench, single)
    bench.report.about["instructions to seal one"] = f"{sealed:,.0f} (user space, later, beside the requests; no target)"


def _longest_seal_lag(bench, single):
    """The age of the oldest transfer beyond the chain, while transfers come as fast as they are answered."""
    lags, over = [], threading.Event()

    def look():
        operator = Client(single.server.port)
        while not over.wait(0.2):
            _, _, text = operator.send("GET", "/metrics")
            lags.append(float(re.search(r"^bursar_ledger_seal_lag_seconds (\S+)", text, re.MULTILINE)[1]))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        single.ask("uniform", 3 * bench.options.seconds)
    finally:
        over.set()
        watcher.join()
    bench.report.measure("ledger", "seal lag at full load", "s", lags)
    return max(lags)


def _sealing(bench, single):
    """What a transfer costs once more when it is sealed: two processes that do nothing else."""
    backlogs, names = iter((SEALED, 2 * SEALED)), iter("abcd")

    def serve(wrapper):
        server = bench.bursar(programs, single.books.url, name=f"writing-{next(names)}", settings=REQUESTS_ALONE)
        single.at(server).ask("uniform", 600, requests=next(backlogs))
        server.stop()
        return bench.bursar(programs, single.books.url, name=f"sealing-{next(names)}", wrapper=wrapper,
                            settings=REQUESTS_ALONE | {"BURSAR_SEAL_INTERVAL": "0.1"})

    def sealed():
        return single.books.sealed() == single.books.transfers

    say("ledger: counting instructions of sealing")
    with bench.programs("sealing") as programs:
        server = bench.bursar(programs, single.books.url, name="catching-up")
        wait_for(sealed, 300, "the transfers so far to be sealed")
        server.stop()
        return bench.report.measure("ledger", "sealing under callgrind", "instructions/transfer", [measure.instructions(
            serve, lambda server, n: wait_for(sealed, 300, "the transfers to be sealed"), SEALED)])


def _check(bench, found, p99):
    def ratio(name, above, below, target):
        bench.report.check("ledger", name, found[above] / found[below], ">=", target)

    ratio("bursar / function call, uniform", "bursar, uniform", "function call, uniform", 1.5)
    ratio("bursar / raw loop, uniform", "bursar, uniform", "raw loop, uniform", 0.6)
    ratio("raw loop / function call, uniform", "raw loop, uniform", "function call, uniform", 2.5)
    ratio("bursar / express + pg, uniform", "bursar, uniform", "express + pg, uniform", 8)
    ratio("bursar, hot / uniform", "bursar, hot", "bursar, uniform", 1.0)
    ratio("bursar / function call, hot", "bursar, hot", "function call, hot", 6)
    ratio("bursar's batches / raw loop, uniform", "bursar, batches, uniform", "raw loop, uniform", 0.85)
    bench.report.check("ledger", "p99 at 70% of peak, ms", p99, "<=", 50)
    share = found["bursar, uniform"] / found["raw loop on two connections, uniform"]
    bench.report.about["bursar / raw loop on two connections"] = f"{share:.2f} (no target)"


def _at_share_of_peak(bench, contestant, peak):
    rate = peak * SHARE_OF_PEAK
    return bench.at_a_constant_rate(
        "ledger", contestant.name, rate,
        lambda: contestant.ask("uniform", bench.options.seconds, rate=rate, warmup=1))


def _sizes(bench, programs):
    """What the same transfers cost when the ledger is large."""
    sizes = {"1,000 accounts": (FEW_ACCOUNTS, "few", 0), "1,000,000 accounts": (MANY_ACCOUNTS, "many", 0)}
    if bench.options.full:
        sizes["10,000,000 entries"] = (MANY_ACCOUNTS, "aged", MANY_ENTRIES)
    runs = {}
    for name, (count, database, entries) in sizes.items():
        single = transfers.bursar(bench, programs, count, database, entries)
        runs[f"bursar, {name}"] = (lambda s=single: s.make("uniform", bench.options.seconds), single.server)
    found = bench.interleave("ledger", "transfers/s", runs)
    few, *larger = sizes
    for name in larger:
        bench.report.check("ledger", f"cost: {name} / {few}",
                           found[f"bursar, {few}"] / found[f"bursar, {name}"], "<=", 1.3)


def _race(bench, programs):
    """The server at --url, and bursar in the same rounds unless --alone."""
    options = bench.options
    parts = urlsplit(options.url)
    if parts.scheme != "http" or parts.path not in ("", "/") or not parts.hostname:
        raise Failure(f"--url {options.url}: give http://HOST:PORT; the path stands in the template")
    other = transfers.OverHttp("other", parts.port or 80, options.template, options.ids,
                               host=socket.gethostbyname(parts.hostname)).warm_up()
    contestants = [other]
    if not options.alone:
        contestants.append(transfers.bursar(bench, programs, options.accounts))
    runs = {}
    for contestant in contestants:
        runs |= contestant.runs(options.seconds)
    found = bench.interleave("ledger", "transfers/s", runs)
    for contestant in contestants:
        contestant.report_slowest(bench.report)
        _at_share_of_peak(bench, contestant, found[f"{contestant.name}, uniform"])
    bench.report.about["other"] = f"{options.url}; its sums were not looked at"
    if not options.alone:
        for spread in transfers.SPREADS:
            bench.report.compare("ledger", f"bursar / other, {spread}",
                                 found[f"bursar, {spread}"] / found[f"other, {spread}"])
