"""GET /api/v1/accounts/{id}/balance beside the plainest read that a database can be asked for."""

from bench import books, measure
from bench.books import Books
from bench.bursar import prepare
from bench.processes import say

PLAIN_SHARE = 0.8


def load(bench, programs, database, name="bursar", binary=None):
    """A server whose books have accounts, and what asks it for balances: (how many a second, the server)."""
    say(f"balance: {bench.options.accounts:,} accounts in {database}")
    org, key = prepare(bench.cluster.create(database), binary=binary)
    its_books = Books(bench.cluster, database, bench.options.accounts, org)
    server = bench.bursar(programs, its_books.url, name=name, binary=binary)
    targets = bench.folder / f"{database}.targets"
    targets.write_text("".join(f"/api/v1/accounts/{books.account_id(n)}/balance\n"
                               for n in range(bench.options.accounts)))

    def ask(at=server, **more):
        return measure.generator(at.port, targets=targets, key=key, **({"seconds": bench.options.seconds} | more))

    return ask, server


def balance(bench):
    """Balances of random accounts beside pgbench of one row by its key, without HTTP."""
    with bench.programs("balance") as programs:
        ask, server = load(bench, programs, "balance")
        script = bench.folder / "balance.sql"
        bench.cluster.sql("create table bench_plain as select id, balance from accounts;"
                          "alter table bench_plain add primary key (id); vacuum analyze bench_plain", "balance")
        script.write_text(books.pgbench_read("bench_plain", bench.options.accounts))
        script.chmod(0o644)
        ask()  # connections and caches
        found = bench.interleave("balance", "reads/s", {
            "bursar": (lambda: ask()["per_second"], server),
            "pgbench, a plain row": (lambda: measure.pgbench(
                bench.cluster, script, bench.options.seconds, database="balance")["per_second"], None)})
        url = bench.cluster.url_of("balance")
        server.stop()
    counted = bench.instructions("balance", lambda at, n: ask(at, seconds=600, requests=n), 5_000, url)
    bench.report.check("balance", "bursar / pgbench of a plain row", found["bursar"] / found["pgbench, a plain row"], ">=",
                       PLAIN_SHARE)
    bench.report.about["instructions a balance read"] = f"{counted:,.0f} (user space, whole chain; no target)"
