"""What a change costs: four works of scripts/bench with this build beside the bursar of another (--before), in the same
rounds, each with a database of its own. Who is not measured stands still, and has sealed what it made: a build that
leaves sealing for later would have it done, or not, in its next round."""

import time

from bench import balances, measure, tickets, transfers
from bench.bursar import prepare
from bench.processes import GENERATOR_CPU, SERVER_CPU, say, wait_for
from bench.workloads import LIVEZ

NOT_WORSE = 0.95
COUNTED = 5_000  # requests under callgrind


def _builds(bench):
    return {"after": None, "before": bench.options.before}


def _go_on(server):
    """And lets it notice that it stood still: builds up to November 2026 held that against whoever connected at once."""
    server.program.go_on()
    time.sleep(0.5)


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
        found = bench.interleave(work, "reads/s", runs)
    bench.report.check(work, "after / before", found["after"] / found["before"], ">=", NOT_WORSE)
    _count(bench, work, counts)


def _count(bench, work, counts):
    """Instructions a request, which do not depend on what else the machine does."""
    after, before = (bench.instructions(work, *count) for count in counts)
    bench.report.check(work, "instructions, before / after", before / after, ">=", NOT_WORSE)


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
    counts = []
    with bench.programs("ledger") as programs:
        runs = {}
        for name, binary in _builds(bench).items():
            build = transfers.bursar(bench, programs, bench.options.accounts, f"ledger_{name}", name=name, binary=binary)

            def end(build=build):
                wait_for(build.books.all_sealed, 60, f"the transfers of {build.name} to be sealed")
                build.server.program.pause()

            build.ended = end
            end()
            for spread, (make, server) in build.runs(bench.options.seconds).items():
                runs[spread] = (lambda make=make, server=server: _go_on(server) or make(), server)

            def ask(server, n, build=build):
                alone = build.at(server)
                alone.ended = lambda: None
                return alone.ask("uniform", 600, requests=n)

            counts.append((ask, COUNTED, build.books.url, name, binary))
        found = bench.interleave("ledger", "transfers/s", runs)
    for spread in transfers.SPREADS:
        bench.report.check("ledger", f"after / before, {spread}",
                           found[f"after, {spread}"] / found[f"before, {spread}"], ">=", NOT_WORSE)
    _count(bench, "ledger", counts)


WORKS = {"http": http, "ticket": ticket, "balance": balance, "ledger": ledger}
