"""What a change costs: three works of scripts/bench with this build beside the bursar of another (--before), in the same
rounds, each with a database of its own. Who is not measured stands still: what a build leaves for later (sealing) is
done in its own time."""

from bench import balances, measure, tickets, transfers
from bench.bursar import prepare
from bench.processes import say

NOT_WORSE = 0.95


def _builds(bench):
    return {"after": None, "before": bench.options.before}


def _race(bench, work, load):
    """load(programs, name, binary): what asks for reads, and the server."""
    with bench.programs(work) as programs:
        runs = {}
        for name, binary in _builds(bench).items():
            ask, server = load(programs, name, binary)
            ask()  # connections and caches
            server.program.pause()

            def one(ask=ask, server=server):
                server.program.go_on()
                found = ask()
                server.program.pause()
                return found["per_second"]

            runs[name] = (one, server)
        found = bench.interleave(work, "reads/s", runs)
    bench.report.check(work, "after / before", found["after"] / found["before"], ">=", NOT_WORSE)


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
        return lambda: measure.generator(server.port, targets=targets, key=key, seconds=bench.options.seconds), server

    _race(bench, "ticket", load)


def balance(bench):
    """GET /api/v1/accounts/{id}/balance."""
    _race(bench, "balance", lambda programs, name, binary: balances.load(bench, programs, f"balance_{name}", name, binary))


def ledger(bench):
    """POST /transfers over uniform, Zipf and hot accounts."""
    with bench.programs("ledger") as programs:
        runs = {}
        for name, binary in _builds(bench).items():
            build = transfers.bursar(bench, programs, bench.options.accounts, f"ledger_{name}", name=name, binary=binary)
            build.ended = build.server.program.pause
            build.ended()
            for spread, (make, server) in build.runs(bench.options.seconds).items():
                runs[spread] = (lambda make=make, server=server: server.program.go_on() or make(), server)
        found = bench.interleave("ledger", "transfers/s", runs)
    for spread in transfers.SPREADS:
        bench.report.check("ledger", f"after / before, {spread}",
                           found[f"after, {spread}"] / found[f"before, {spread}"], ">=", NOT_WORSE)


WORKS = {"ticket": ticket, "balance": balance, "ledger": ledger}
