"""One tenant floods; what another, which asks at a modest constant rate, sees of it."""

import concurrent.futures
import time

from bench import measure, transfers
from bench.bursar import Bursar, Client, prepare
from bench.processes import say

ACCOUNTS = 64
FLOOD_CONNECTIONS, RATE, CONNECTIONS = 256, 200, 16
HEAD_START, TAIL = 1.0, 1.0  # seconds that the flood begins before and ends after
LIMIT = 2


class Tenant:
    def __init__(self, bench, url, name):
        _, self.key = prepare(url, name)
        self.name, self.folder, self.bench = name, bench.folder, bench

    def open_accounts(self, port):
        client = Client(port, self.key)
        body = {"type": "liability", "currency": "EUR"}
        ids = [client.create("/api/v1/accounts", body | {"name": f"Account {n}"})["id"] for n in range(ACCOUNTS)]
        self.ids = self._write("ids", ids)
        self.targets = self._write("targets", [f"/api/v1/accounts/{each}" for each in ids])
        self.template = transfers.template(self.bench, self.name, self.key)

    def _write(self, what, lines):
        file = self.folder / f"{self.name}.{what}"
        file.write_text("\n".join(lines) + "\n")
        return file

    def read(self, port, **options):
        return measure.generator(port, key=self.key, targets=self.targets, **options)

    def transfer(self, port, **options):
        return measure.generator(port, template=self.template, accounts=self.ids, **options)


def tenants(bench):
    """p99 of B with and without A's flood; and, for comparison, in a server that does not tell them apart."""
    url = bench.cluster.create("tenants")
    a, b = Tenant(bench, url, "flooding"), Tenant(bench, url, "modest")
    bench.report.about["tenants"] = (f"A floods over {FLOOD_CONNECTIONS} connections; B asks {RATE} times a second over"
                                     f" {CONNECTIONS}")
    with bench.programs("tenants") as programs:
        fair = Bursar(programs, url, name="fair")
        plain = Bursar(programs, url, name="plain", settings={"BURSAR_TENANT_HEADROOM": "0"})
        a.open_accounts(fair.port), b.open_accounts(fair.port)
        for name, flood, ask in (("reads", a.read, b.read), ("transfers", a.transfer, b.transfer),
                                 ("reads beside transfers", a.transfer, b.read),
                                 ("transfers beside reads", a.read, b.transfer)):
            quiet, flooded = _interleave(bench, name, flood, ask, fair.port, plain.port)
            bench.report.check("tenants", f"p99 of B's {name}, flooded / quiet", flooded / quiet, "<=", LIMIT)


def _interleave(bench, name, flood, ask, fair, plain):
    found = {"quiet": [], "flooded": [], "flooded, not told apart": []}
    rates = []
    for turn in range(bench.options.rounds):
        found["quiet"].append(_p99(ask, fair, bench.options.seconds))
        for kind, port in (("flooded", fair), ("flooded, not told apart", plain)):
            p99, rate = _under(flood, ask, port, bench.options.seconds)
            found[kind].append(p99)
            if port == fair:
                rates.append(rate)
        say(f"tenants {name} round {turn + 1}/{bench.options.rounds}: "
            + ", ".join(f"{kind} {values[-1]:.2f} ms" for kind, values in found.items()))
    bench.report.measure("tenants", f"A's flood beside B's {name}", "requests/s", rates)
    medians = [bench.report.measure("tenants", f"B's {name}, {kind}", "ms", values) for kind, values in found.items()]
    return medians[0], medians[1]


def _p99(ask, port, seconds):
    return ask(port, seconds=seconds, rate=RATE, warmup=1, connections=CONNECTIONS)["p99_us"] / 1000


def _under(flood, ask, port, seconds):
    """B's p99 while A floods, and how many of A's requests a second were answered."""
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        flooding = beside.submit(flood, port, seconds=HEAD_START + 1 + seconds + TAIL, connections=FLOOD_CONNECTIONS)
        time.sleep(HEAD_START)
        p99 = _p99(ask, port, seconds)
        return p99, flooding.result()["per_second"]
