"""Three of the works of scripts/bench (the fourth is ledger.py). Each starts its servers, measures them in interleaved
rounds, and checks the ratios against the targets (tests/load/README.md)."""

import resource
import socket
import statistics

from bench import measure, peers, tickets
from bench.bursar import Bursar, Client, prepare
from bench.processes import GENERATOR_CPU, SERVER_CPU, Failure, Programs, say

LIVEZ = "/livez"
IDLE_CONNECTIONS = 10_000
SHARE_OF_PEAK = 0.7
# The defaults, access log included; only idle connections must outlive their measurement.
SETTINGS = {"BURSAR_IDLE_TIMEOUT": "300"}
# Where instructions are counted: nothing is sealed or proved beside, of which each run would do another share.
REQUESTS_ALONE = {"BURSAR_SEAL_INTERVAL": "0", "BURSAR_PROVER_INTERVAL": "0"}


class Bench:
    def __init__(self, folder, cluster, options, report):
        self.folder, self.cluster, self.options, self.report = folder, cluster, options, report
        self.org, self.key = prepare(cluster.url)

    def programs(self, name):
        folder = self.folder / name
        folder.mkdir()
        folder.chmod(0o755)
        return Programs(folder)

    def bursar(self, programs, database_url=None, settings=None, **more):
        return Bursar(programs, database_url or self.cluster.url, settings=SETTINGS | (settings or {}), **more)

    def know_key(self, database, key, org):
        """Lets Express know the key, in the table where it looks."""
        self.cluster.sql("create schema if not exists bench;"
                         "create table if not exists bench.keys (hash bytea primary key, org uuid not null);"
                         f"insert into bench.keys values (sha256('{key}'), '{org}') on conflict do nothing", database)

    def interleave(self, work, unit, contestants):
        """Medians by name. Each round measures every contestant, and the next round starts one further on."""
        names = list(contestants)
        found = self.rounds(work, unit, contestants, lambda turn: names[turn % len(names):] + names[:turn % len(names)])
        return {name: statistics.median(rates) for name, rates in found.items()}

    def rounds(self, work, unit, contestants, order):
        """The rates of every round by name. contestants: by name what measures (a rate) and the server whose processor
        time counts, or None. order: of the number of the round, the names in their turn."""
        rates, costs = {name: [] for name in contestants}, {name: [] for name in contestants}
        for turn in range(self.options.rounds):
            for name in order(turn):
                load, server = contestants[name]
                before = server.program.cpu_seconds() if server else 0
                try:
                    rates[name].append(load())
                except Failure as failure:
                    raise Failure(f"{work} round {turn + 1}, {name}: {failure}") from failure
                if server:
                    requests = rates[name][-1] * self.options.seconds
                    costs[name].append((server.program.cpu_seconds() - before) * 1e6 / requests)
                say(f"{work} round {turn + 1}/{self.options.rounds}: {name} {rates[name][-1]:,.0f}")
        for name in filter(costs.get, contestants):
            self.report.measure(work, f"{name}, processor", "µs/request", costs[name])
        for name, values in rates.items():
            self.report.measure(work, name, unit, values)
        return rates

    def at_a_constant_rate(self, work, name, rate, load):
        """The median over the rounds of the 99th percentile in milliseconds."""
        values = []
        for turn in range(self.options.rounds):
            found = load()
            if found["errors"]:
                raise Failure(f"at {rate:,.0f} a second, requests were never answered: {found}")
            values.append(found["p99_us"] / 1000)
            say(f"{work} p99 at {rate:,.0f}/s, round {turn + 1}/{self.options.rounds}: {values[-1]:.2f} ms")
        return self.report.measure(work, f"{name}, p99 at {SHARE_OF_PEAK:.0%} of peak", "ms", values)

    def instructions(self, work, ask, requests, database_url=None, name="bursar", binary=None):
        runs = iter(range(2))

        def serve(wrapper):
            return self.bursar(programs, database_url, name=f"callgrind-{next(runs)}", wrapper=wrapper,
                               settings=REQUESTS_ALONE, binary=binary)

        say(f"{work}: counting instructions of {name}")
        with self.programs(f"{work}-{name}-instructions") as programs:
            return self.report.measure(work, f"{name} under callgrind", "instructions/request",
                                       [measure.instructions(serve, ask, requests)])


def http(bench):
    """/livez through the whole chain beside nginx, Express and the Beast textbook."""
    seconds = bench.options.seconds
    with bench.programs("http") as programs:
        bursar = bench.bursar(programs, cpu=SERVER_CPU)
        status, _, body = Client(bursar.port).send("GET", LIVEZ)
        if status != 200:
            raise Failure(f"GET {LIVEZ}: {status} {body}")
        peers.install_express()
        servers = {"bursar": bursar, "nginx return 200": peers.nginx(programs, body, SERVER_CPU),
                   "beast textbook": peers.beast(programs, body, SERVER_CPU),
                   "express": peers.express(programs, body, SERVER_CPU)}

        def load(port):
            if bench.options.generator == "wrk":
                return measure.wrk(port, LIVEZ, seconds)
            return measure.generator(port, target=LIVEZ, seconds=seconds, cpu=GENERATOR_CPU)["per_second"]

        found = bench.interleave("http", "requests/s", {name: (lambda s=server: load(s.port), server)
                                                        for name, server in servers.items()})
    counted = bench.instructions("http", lambda server, n: measure.generator(
        server.port, target=LIVEZ, seconds=600, requests=n), 20_000)
    check = bench.report.check
    check("http", "bursar / nginx return 200", found["bursar"] / found["nginx return 200"], ">=", 1.0)
    check("http", "bursar / express", found["bursar"] / found["express"], ">=", 15)
    check("http", "instructions a request", counted, "<=", 7500)


def ticket(bench):
    """GET /api/v1/tickets/{id} beside the same statement under pgbench, and Express with pg."""
    with bench.programs("ticket") as programs:
        bursar = bench.bursar(programs)
        say(f"ticket: loading {bench.options.tickets:,} tickets")
        paths = tickets.load(bench.cluster, bursar.port, bench.key, bench.options.tickets)
        statement = tickets.capture(bench.cluster, bursar.port, bench.key, bench.org, paths[len(paths) // 2])
        targets, script = bench.folder / "targets", bench.folder / "ticket.sql"
        targets.write_text("\n".join(paths) + "\n")
        script.write_text(statement.for_pgbench(bench.org, len(paths)))
        script.chmod(0o644)
        express = _express_with_pg(bench, programs, statement)

        def load(server, **more):
            return measure.generator(server.port, targets=targets, key=bench.key, seconds=bench.options.seconds, **more)

        load(bursar), load(express)  # both have their connections and caches before the first round
        found = bench.interleave("ticket", "reads/s", {
            "bursar": (lambda: load(bursar)["per_second"], bursar),
            "pgbench, no HTTP": (lambda: measure.pgbench(
                bench.cluster, script, bench.options.seconds)["per_second"], None),
            "express + pg": (lambda: load(express)["per_second"], express)})
        rate = found["bursar"] * SHARE_OF_PEAK
        p99 = bench.at_a_constant_rate("ticket", "bursar", rate, lambda: load(bursar, rate=rate, warmup=1))
    counted = bench.instructions("ticket", lambda server, n: measure.generator(
        server.port, targets=targets, key=bench.key, seconds=600, requests=n), 5_000)
    check = bench.report.check
    check("ticket", "bursar / pgbench of the same statement", found["bursar"] / found["pgbench, no HTTP"], ">=", 0.6)
    check("ticket", "bursar / express + pg", found["bursar"] / found["express + pg"], ">=", 8)
    check("ticket", "p99 at 70% of peak, ms", p99, "<=", 10)
    bench.report.about["instructions a ticket read"] = f"{counted:,.0f} (user space, whole chain; no target)"


def _express_with_pg(bench, programs, statement):
    peers.install_express()
    bench.know_key("bursar", bench.key, bench.org)
    return peers.express(programs, "{}", database=(bench.cluster.url, statement))


def idle(bench):
    """Resident memory of 10,000 idle keep-alive connections, each of which has had one answer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = IDLE_CONNECTIONS + 2000
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    with bench.programs("idle") as programs:
        peers.install_express()
        servers = {"bursar": bench.bursar(programs), "nginx": peers.nginx(programs, "{}"),
                   "express": peers.express(programs, "{}")}
        found = {name: bench.report.measure("idle", name, "KiB/connection", [_resident_each(server)])
                 for name, server in servers.items()}
    bench.report.check("idle", "resident KiB a connection at 10,000", found["bursar"], "<=", 10)


def _resident_each(server):
    open_now = []
    try:
        # What the first requests touch once is not the connections' cost.
        open_now += [_connect_and_ask(server.port) for _ in range(100)]
        before = server.program.resident_kib()
        for _ in range(IDLE_CONNECTIONS):
            open_now.append(_connect_and_ask(server.port))
        return (server.program.resident_kib() - before) / IDLE_CONNECTIONS
    finally:
        for connection in open_now:
            connection.close()


def _connect_and_ask(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    text = connection.recv(65536)
    while not text.partition(b"\r\n\r\n")[2]:
        piece = connection.recv(65536)
        if not piece:
            raise Failure("an idle connection was closed by the server")
        text += piece
    return connection
