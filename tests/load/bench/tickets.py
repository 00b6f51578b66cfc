"""The data of the ticket workload, and the statement behind GET /api/v1/tickets/{id}.

One customer and one ticket are made through the API; the rest are copies of those two rows with ids of their own, so
this knows nothing of the tables but their names and four columns. Ids count upwards behind a fixed prefix, because
pgbench can make a random number but cannot pick from an array.
"""

import re
import time

from bench.bursar import Client
from bench.processes import Failure, wait_for

FIRST = 10_000_000
TICKET_PREFIX, CUSTOMER_PREFIX = "01980000000070008000a000", "01980000000070008000b000"
TICKETS_A_CUSTOMER = 10

DESCRIPTION = ("The transfer left my account on Monday morning and the receiving bank says that it has not come in. "
               "I have checked the account number twice. Could you look up where it is, and tell me whether I should "
               "send it again or wait? The invoice it pays is due on Friday, so an answer before then would help.")


def ticket_path(n):
    h = f"{TICKET_PREFIX}{n}"
    return f"/api/v1/tickets/{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def _copy(cluster, database, table, source, count, changes):
    columns = cluster.sql(
        "select string_agg(format('%I', column_name), ', ' order by ordinal_position) from information_schema.columns"
        f" where table_schema = 'public' and table_name = '{table}' and is_generated = 'NEVER'", database)
    cluster.sql(
        f"insert into {table} ({columns}) select {columns} from (select (jsonb_populate_record(t, {changes})).*"
        f" from {table} t, generate_series({FIRST}, {FIRST + count - 1}) n where t.id = '{source}') made", database)


def load(cluster, port, key, count, database="bursar"):
    """Makes `count` tickets, ten a customer, and returns their paths."""
    client = Client(port, key)
    customer = client.create("/api/v1/customers", {"name": "Ada Example"})
    ticket = client.create("/api/v1/tickets", {"subject": "Where is my transfer?", "description": DESCRIPTION,
                                               "priority": "high", "customer_id": customer["id"]})
    customers = (count + TICKETS_A_CUSTOMER - 1) // TICKETS_A_CUSTOMER
    _copy(cluster, database, "customers", customer["id"], customers,
          f"jsonb_build_object('id', ('{CUSTOMER_PREFIX}' || n)::uuid)")
    _copy(cluster, database, "tickets", ticket["id"], count,
          f"jsonb_build_object('id', ('{TICKET_PREFIX}' || n)::uuid, 'customer_id', ('{CUSTOMER_PREFIX}' ||"
          f" {FIRST} + (n - {FIRST}) / {TICKETS_A_CUSTOMER})::uuid, 'created_at', t.created_at + (n - {FIRST}) *"
          " interval '1 millisecond')")
    cluster.sql("vacuum analyze", database)
    return [ticket_path(n) for n in range(FIRST, FIRST + count)]


class Statement:
    """sql with $1…, and what each parameter is: ("org", None), ("id", None) or ("constant", text)."""

    def __init__(self, sql, parameters):
        self.sql, self.parameters = sql, parameters

    def for_pgbench(self, org, count):
        values = {"org": f"'{org}'", "id": f"('{TICKET_PREFIX}' || :n)::uuid"}
        def value(match):
            kind, text = self.parameters[int(match[1]) - 1]
            return values.get(kind) or "'" + text.replace("'", "''") + "'"
        sql = re.sub(r"\$(\d+)", value, " ".join(self.sql.split()))
        return f"\\set n random({FIRST}, {FIRST + count - 1})\n{sql};\n"


def capture(cluster, port, key, org, path):
    """The statement that one GET of the path makes bursar send, read from PostgreSQL's own log."""
    cluster.log_statements(True)
    identifier = path.rsplit("/", 1)[1]
    client = Client(port, key)

    def look():
        status, _, text = client.send("GET", path)
        if status != 200:
            raise Failure(f"GET {path}: {status} {text}")
        time.sleep(0.1)
        return [e for e in cluster.logged() if identifier in e.get("detail", "") and "execute" in e.get("message", "")]

    try:
        entries = wait_for(look, 20, "the ticket's statement in PostgreSQL's log")
    finally:
        cluster.log_statements(False)
    texts = {e["message"].split(": ", 1)[1] for e in entries}
    if len(texts) != 1:
        raise Failure(f"one read of a ticket takes {len(texts)} statements; the comparison knows one: {texts}")
    values = re.findall(r"\$\d+ = (?:'((?:[^']|'')*)'|NULL)", entries[0]["detail"])
    return Statement(texts.pop(), [_classify(value, org, identifier) for value in values])


def _classify(value, org, identifier):
    if value == org:
        return "org", None
    if value == identifier:
        return "id", None
    return "constant", value
