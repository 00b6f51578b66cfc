"""Who makes transfers in scripts/bench ledger: bursar and Express over HTTP, one function call a transfer under
pgbench, the raw loop of batches. Each keeps books of its own, and every run ends with a look at their sums."""

import copy

from bench import books, measure, peers
from bench.books import Books
from bench.bursar import prepare
from bench.processes import Failure, say

SPREADS = ("uniform", "zipf", "hot")
CONNECTIONS, PGBENCH_CLIENTS = 256, 32
BATCH, BATCH_CONNECTIONS = 1000, 4
WARM_UP_SECONDS = 5
PATIENCE_SECONDS = 60  # for what a slow peer still has to do at the end

HEAD = """POST /api/v1/{path} HTTP/1.1
Authorization: Bearer {key}
Idempotency-Key: {{key}}
Content-Type: application/json

"""
TRANSFER = '{"debit_account_id":"{debit}","credit_account_id":"{credit}","amount":{amount}}'


class Contestant:
    """make(spread, seconds) makes transfers and returns how many a second; server's processor time counts, if any."""

    def __init__(self, name, make, its_books, server=None):
        self.name, self.make, self.books, self.server = name, make, its_books, server

    def warm_up(self):
        """Fills caches, lets V8 compile, and tells the planner how large the tables are."""
        self.make("uniform", WARM_UP_SECONDS)
        if self.books:
            self.books.ready()
        return self

    def runs(self, seconds, spreads=SPREADS):
        """For Bench.interleave."""
        return {f"{self.name}, {spread}": (lambda s=spread: self.make(s, seconds), self.server) for spread in spreads}


class OverHttp(Contestant):
    """One that the generator asks. Without books nothing but its answers is known of it."""

    def __init__(self, name, port, template, ids, its_books=None, *, host="127.0.0.1", server=None, batch=1,
                 connections=CONNECTIONS):
        super().__init__(name, self._rate, its_books, server)
        self.batch = batch
        self.fixed = {"host": host, "template": template, "accounts": ids, "batch": batch, "connections": connections,
                      "patience": PATIENCE_SECONDS}
        self.port = port
        self.ended = lambda: None  # called when the last answer is there, before the sums are looked at
        self.slowest = {}  # by spread: the 99th percentile of each run, in milliseconds

    def warm_up(self):
        super().warm_up()
        self.slowest.clear()
        return self

    def at(self, server):
        """The same requests and books, another process."""
        other = copy.copy(self)
        other.port, other.server = server.port, server
        return other

    def ask(self, spread, seconds, **more):
        """The generator's report, once the sums were looked at."""
        found = measure.generator(self.port, spread=spread, seconds=seconds, **self.fixed, **more)
        self.ended()
        if self.books:
            if self.batch == 1 and set(found["statuses"]) != {"201"}:
                raise Failure(f"{self.name} answered {found['statuses']}")
            self.books.settle(sum(found["statuses"].values()) * self.batch)
        return found

    def _rate(self, spread, seconds):
        found = self.ask(spread, seconds)
        self.slowest.setdefault(spread, []).append(found["p99_us"] / 1000)
        return found["per_second"] * self.batch

    def report_slowest(self, report):
        for spread, values in self.slowest.items():
            report.measure("ledger", f"{self.name}, {spread}, p99 at peak", "ms", values)


def template(bench, name, key, path="transfers", body=TRANSFER):
    file = bench.folder / f"{name}.http"
    file.write_text(HEAD.format(path=path, key=key) + body + "\n")
    return file


def bursar(bench, programs, count, database="ledger", entries=0, name="bursar", **more):
    """bursar with accounts in a database of its own. `more`: of Bench.bursar."""
    say(f"ledger: {count:,} accounts" + (f" and {entries:,} entries" if entries else "") + f" in {database}")
    org, key = prepare(bench.cluster.create(database), binary=more.get("binary"))
    its_books = Books(bench.cluster, database, count, org)
    if entries:
        its_books.add_history(entries)
    server = bench.bursar(programs, its_books.url, name=database, **more)
    ids = books.write_ids(bench.folder / f"{database}.ids", count)
    made = OverHttp(name, server.port, template(bench, database, key), ids, its_books, server=server).warm_up()
    made.key = key
    return made


def batches(bench, single):
    """The same bursar, asked for batches."""
    each = template(bench, "batches", single.key, "transfers/batch",
                    '{"atomic":false,"transfers":[{each}' + TRANSFER + "{/each}]}")
    return OverHttp("bursar, batches", single.port, each, single.fixed["accounts"], single.books, server=single.server,
                    batch=BATCH, connections=BATCH_CONNECTIONS)


def express(bench, programs, count):
    bench.cluster.create("express")
    its_books = Books(bench.cluster, "express", count)
    bench.know_key("express", bench.key, bench.org)
    peers.install_express()
    server = peers.express(programs, "{}", ledger=its_books.url)
    ids = books.write_ids(bench.folder / "express.ids", count)
    return OverHttp("express + pg", server.port, template(bench, "express", bench.key), ids, its_books,
                    server=server).warm_up()


def function_call(bench, count):
    bench.cluster.create("function")
    its_books = Books(bench.cluster, "function", count)

    def make(spread, seconds):
        script = bench.folder / f"{spread}.sql"
        script.write_text(books.pgbench_script(spread, count))
        script.chmod(0o644)
        found = measure.pgbench(bench.cluster, script, seconds, PGBENCH_CLIENTS, "function")
        its_books.settle(found["transactions"])
        return found["per_second"]

    return Contestant("function call", make, its_books).warm_up()


def raw_loops(bench, count):
    """The loop on one connection, which the targets are of, and on two, which is what two cores give at most."""
    bench.cluster.create("raw_loop")
    its_books = Books(bench.cluster, "raw_loop", count)

    def loop(name, connections):
        def make(spread, seconds):
            found = measure.ledger_loop(its_books.url, accounts=count, spread=spread, seconds=seconds, batch=BATCH,
                                        connections=connections)
            its_books.settle(found["committed"])
            return found["per_second"]
        return Contestant(name, make, its_books)

    return loop("raw loop", 1).warm_up(), loop("raw loop on two connections", 2)
