"""What a change costs: four works of scripts/bench with this build beside the bursar of another (--before), in the same
rounds, each with a database of its own. Who is not measured stands still. A round measures the two one right after the
other, in turns who is first, and what counts is the median of their ratios: a machine that is now fast and now slow is
the same for both. Nothing is sealed beside the requests, since builds leave more or less of that for later; how fast each
seals is a figure of its own."""

import time

from bench import balances, measure, tickets, transfers
from bench.bursar import prepare
from bench.processes import GENERATOR_CPU, SERVER_CPU, say, wait_for
from bench.workloads import LIVEZ, REQUESTS_ALONE

NOT_WORSE = 0.95
COUNTED = 5_000  # requests under callgrind


def _builds(bench):
    return {"after": None, "before": bench.options.before}


def _go_on(server):
    """And lets it notice that it stood still: builds up to November 2026 held that against whoever connected at once."""
    server.program.go_on()
    time.sleep(0.5)


def _pairs(bench, work, unit, runs, of=("",)):
    """runs: by "after" and "before", with each ending in `of`, what Bench.rounds takes."""
    pairs = {end: (f"after{end}", f"before{end}") for end in of}

    def order(turn):
        return [name for pair in pairs.values() for name in (reversed(pair) if turn % 2 else pair)]

    found = bench.rounds(work, unit, runs, order)
    for end, (after, before) in pairs.items():
        ratios = [a / b for a, b in zip(found[after], found[before])]
        median = bench.report.measure(work, f"after / before{end}", "of a pair", ratios)
        bench.report.check(work, f"after / before{end}", median, ">=", NOT_WORSE)


def _race(bench, work, load):
    """load(programs, name, binary): what asks a server for reads, the server, and its database."""
    counts = []
    with bench.programs(work) as programs:
        runs = {}
        for name, binary in _builds(bench).items():
            ask, server, url = load(programs, name, binary)
            ask(server)  # connections and caches
            server.program.pause()

            def one(ask=ask, server=server):
                _go_on(server)
                found = ask(server)
                server.program.pause()
                return found["per_second"]

            runs[name] = (one, server)
            counts.append((lambda at, n, ask=ask: ask(at, seconds=600, requests=n), COUNTED, url, name, binary))
        _pairs(bench, work, "reads/s", runs)
    _count(bench, work, counts)


def _count(bench, work, counts):
    """Instructions a request, which do not depend on what else the machine does."""
    after, before = (bench.instructions(work, *count) for count in counts)
    bench.report.check(work, "instructions, before / after", before / after, ">=", NOT_WORSE)


def _seal(bench, name, binary, books):
    """How fast one seals all that it made."""
    say(f"ledger: sealing of {name}")
    with bench.programs(f"sealing-{name}") as programs:
        begun = time.monotonic()
        bench.bursar(programs, books.url, name=name, binary=binary, settings=REQUESTS_ALONE | {"BURSAR_SEAL_INTERVAL": "0.1"})
        wait_for(books.all_sealed, 600, f"the transfers of {name} to be sealed")
        bench.report.measure("ledger", f"{name}, sealed", "transfers/s",
                             [books.transfers / (time.monotonic() - begun)])


def http(bench):
    """GET /livez through the whole chain."""
    def load(programs, name, binary):
        url = bench.cluster.create(f"http_{name}")
        prepare(url, binary=binary)
        server = bench.bursar(programs, url, name=name, binary=binary, cpu=SERVER_CPU)

        def ask(at, **more):
            return measure.generator(at.port, target=LIVEZ, cpu=GENERATOR_CPU,
                                     **({"seconds": bench.options.seconds} | more))

        return ask, server, url

    _race(bench, "http", load)


def ticket(bench):
    """GET /api/v1/tickets/{id}."""
    def load(programs, name, binary):
        say(f"ticket: loading {bench.options.tickets:,} tickets, {name}")
        database = f"ticket_{name}"
        url = bench.cluster.create(database)
        _, key = prepare(url, binary=binary)
        server = bench.bursar(programs, url, name=name, binary=binary)
        targets = bench.folder / f"{name}.targets"
        targets.write_text("\n".join(tickets.load(bench.cluster, server.port, key, bench.options.tickets, database)) + "\n")

        def ask(at, **more):
            return measure.generator(at.port, targets=targets, key=key, **({"seconds": bench.options.seconds} | more))

        return ask, server, url

    _race(bench, "ticket", load)


def balance(bench):
    """GET /api/v1/accounts/{id}/balance."""
    def load(programs, name, binary):
        database = f"balance_{name}"
        return *balances.load(bench, programs, database, name, binary), bench.cluster.url_of(database)

    _race(bench, "balance", load)


def ledger(bench):
    """POST /transfers over uniform, Zipf and hot accounts."""
    counts, books = [], {}
    with bench.programs("ledger") as programs:
        runs = {}
        for name, binary in _builds(bench).items():
            build = transfers.bursar(bench, programs, bench.options.accounts, f"ledger_{name}", name=name, binary=binary,
                                     settings=REQUESTS_ALONE)
            build.ended = build.server.program.pause
            build.ended()
            for spread, (make, server) in build.runs(bench.options.seconds).items():
                runs[spread] = (lambda make=make, server=server: _go_on(server) or make(), server)

            def ask(server, n, build=build):
                alone = build.at(server)
                alone.ended = lambda: None
                return alone.ask("uniform", 600, requests=n)

            counts.append((ask, COUNTED, build.books.url, name, binary))
            books[name, binary] = build.books
        _pairs(bench, "ledger", "transfers/s", runs, [f", {spread}" for spread in transfers.SPREADS])
    for (name, binary), of in books.items():
        _seal(bench, name, binary, of)
    _count(bench, "ledger", counts)


WORKS = {"http": http, "ticket": ticket, "balance": balance, "ledger": ledger}
