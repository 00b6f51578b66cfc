"""The accounts that the transfers of a run move money between, and what must be true of them afterwards.

Each contestant keeps its books in a database of its own: bursar in its tables, the peers in those of
peers/ledger/schema.sql. Both call a few things alike, and those are all that this knows. Ids count upwards behind a
fixed prefix, because pgbench can make a random number but cannot pick from an array.
"""

from bench.processes import REPOSITORY, Failure

FIRST = 10_000_000
PREFIX = "0198000000007000800000a0"
PEERS = REPOSITORY / "tests" / "load" / "peers" / "ledger"

# Every balance again from the entries, in one look.
SUMS = """
set work_mem = '256MB';
select (select count(*) from transfers),
       count(*) filter (where coalesce(e.sum, 0) <> a.balance or coalesce(e.count, 0) <> a.seq
                        or coalesce(e.last, 0) <> a.seq or a.id is null),
       coalesce(sum(a.balance), 0),
       (select count(*) from events where type like 'transfer.%')
from (select account_id, sum(amount), count(*), max(seq) as last from entries group by account_id) e
full join accounts a on a.id = e.account_id
"""

# In round k every account of the first half pays one of the second half, another one each time. So an account has one
# entry a round, and its seq is the round. A transfer's time is its number in microseconds behind a start two hours ago.
HISTORY = """
set session_replication_role = replica;
set work_mem = '256MB';
set max_parallel_workers_per_gather = 0;
create temporary table made as
select round,
       ('{prefix}' || {first} + n)::uuid as debtor,
       ('{prefix}' || {first} + {half} + (n + round) % {half})::uuid as creditor,
       to_timestamp(start + number / 1e6) as at,
       (lpad(to_hex(start * 1000 + number / 1000), 12, '0') || '70008' || lpad(to_hex(number), 15, '0'))::uuid as id
from generate_series(1, {rounds}) round, generate_series(0, {half} - 1) n,
     lateral (select round * {half}::bigint + n as number) numbered,
     (select extract(epoch from now() - interval '2 hours')::bigint as start) begun;
insert into transfers (org_id, id, kind, state, idempotency_key, request_hash, amount, legs, account_ids, effective_at,
                       recorded_at)
select '{org}', id, 'transfer', 'posted', gen_random_uuid(), gen_random_uuid(), 1, 1, array[debtor, creditor], at, at
from made order by at;
insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, held, balance,
                     pending_debits, pending_credits, leg, debit, currency)
select '{org}'::uuid, debtor, at, round, id, at, 1, 0, round, 0, 0, 0, true, 'EUR' from made
union all
select '{org}'::uuid, creditor, at, round, id, at, -1, 0, -round, 0, 0, 0, false, 'EUR' from made
order by 3;
insert into events (org_id, type, resource_id, recorded_at)
select '{org}', 'transfer.created', id, at from made order by at;
update accounts a set seq = e.seq, balance = e.balance, last_recorded_at = e.recorded_at
from entries e where e.org_id = a.org_id and e.account_id = a.id and e.seq = {rounds};
"""


def account_id(n):
    h = f"{PREFIX}{FIRST + n}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def write_ids(file, count):
    file.write_text("".join(account_id(n) + "\n" for n in range(count)))
    return file


class Books:
    """One contestant's. org: bursar's organization, or None for a peer."""

    def __init__(self, cluster, database, count, org=None):
        self.cluster, self.database, self.count, self.org = cluster, database, count, org
        self.url = cluster.url_of(database)
        if org:
            made = "(org_id, id, name, type, currency) select '%s', id, 'Account ' || n, 'liability', 'EUR'" % org
        else:
            self._sql((PEERS / "schema.sql").read_text() + (PEERS / "function.sql").read_text())
            made = "(id, currency) select id, 'EUR'"
        self._sql(f"insert into accounts {made} from generate_series({FIRST}, {FIRST + count - 1}) n,"
                  f" lateral (select ('{PREFIX}' || n)::uuid as id) made")
        self._sql("vacuum analyze")
        self.transfers = 0

    def _sql(self, text):
        return self.cluster.sql(text, self.database)

    def add_history(self, entries):
        """`entries` entries of posted transfers, the same number for every account: bursar's books only."""
        half = self.count // 2
        rounds = max(1, entries // self.count)
        self._sql(HISTORY.format(prefix=PREFIX, first=FIRST, half=half, rounds=rounds, org=self.org))
        self._sql("vacuum analyze")
        self.settle(rounds * half)

    def ready(self):
        """After the first transfers: what the planner knows of the tables is true, and no checkpoint is near."""
        self._sql("vacuum analyze")
        self._sql("checkpoint")

    def sealed(self):
        """How many of bursar's transfers stand in blocks of its chain."""
        return int(self._sql("select coalesce(sum(cardinality(transfer_ids)), 0) from ledger_blocks"))

    def all_sealed(self):
        return self._sql("select coalesce(sum(cardinality(transfer_ids)), 0) = (select count(*) from transfers)"
                         " from ledger_blocks") == "t"

    def settle(self, committed):
        """Fails unless exactly `committed` transfers were added since the last look and every sum is right."""
        before = self.transfers
        self.transfers, wrong, sum_of_balances, events = map(int, self._sql(SUMS).split("|"))
        if self.transfers - before != committed:
            raise Failure(f"{self.database}: {committed} transfers were answered as made, and {self.transfers - before}"
                          " are in the database")
        if wrong or sum_of_balances:
            raise Failure(f"{self.database}: {wrong} accounts differ from their entries, and all balances together are"
                          f" {sum_of_balances}")
        if events != self.transfers:
            raise Failure(f"{self.database}: {events} events tell of {self.transfers} transfers")


def pgbench_read(table, count):
    """What pgbench runs for one row of a table by its id."""
    return (f"\\set a random({FIRST}, {FIRST + count - 1})\n"
            f"select balance from {table} where id = ('{PREFIX}' || :a)::uuid;\n")


def pgbench_script(spread, count):
    """What pgbench runs for one call of peers/ledger/function.sql. Its Zipf needs an exponent above 1."""
    last = FIRST + count - 1
    draws = {
        "uniform": [f"\\set a random({FIRST}, {last})", f"\\set b random({FIRST}, {last - 1})",
                    "\\set b case when :b >= :a then :b + 1 else :b end"],
        "zipf": [f"\\set a {FIRST - 1} + random_zipfian(1, {count}, 1.001)",
                 f"\\set b {FIRST - 1} + random_zipfian(1, {count}, 1.001)",
                 f"\\set b case when :b <> :a then :b when :a = {FIRST} then {FIRST + 1} else {FIRST} end"],
        "hot": [f"\\set a random({FIRST + 1}, {last})", f"\\set b {FIRST}"],
    }[spread]
    call = f"select transfer(gen_random_uuid(), ('{PREFIX}' || :a)::uuid, ('{PREFIX}' || :b)::uuid, 1);"
    return "\n".join([*draws, call]) + "\n"
