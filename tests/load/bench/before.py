"""What a change costs: two works of scripts/bench with this build beside the bursar of another (--before), in the same
rounds, each with a database of its own. Who is not measured stands still: what a build leaves for later (sealing) is
done in its own time."""

from bench import measure, tickets, transfers
from bench.bursar import prepare
from bench.processes import say

NOT_WORSE = 0.95


def _builds(bench):
    return {"after": None, "before": bench.options.before}


def ticket(bench):
    """GET /api/v1/tickets/{id}."""
    with bench.programs("ticket") as programs:
        runs = {}
        for name, binary in _builds(bench).items():
            say(f"ticket: loading {bench.options.tickets:,} tickets, {name}")
            database = f"ticket_{name}"
            url = bench.cluster.create(database)
            _, key = prepare(url, binary=binary)
            server = bench.bursar(programs, url, name=name, binary=binary)
            targets = bench.folder / f"{name}.targets"
            targets.write_text("\n".join(
                tickets.load(bench.cluster, server.port, key, bench.options.tickets, database)) + "\n")

            def load(server=server, targets=targets, key=key):
                server.program.go_on()
                found = measure.generator(server.port, targets=targets, key=key, seconds=bench.options.seconds)
                server.program.pause()
                return found["per_second"]

            load()  # connections and caches
            runs[name] = (load, server)
        found = bench.interleave("ticket", "reads/s", runs)
    bench.report.check("ticket", "after / before", found["after"] / found["before"], ">=", NOT_WORSE)


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


WORKS = {"ticket": ticket, "ledger": ledger}
