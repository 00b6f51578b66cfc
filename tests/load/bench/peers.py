"""The programs bursar is measured against, each on a port of its own. All have .port and .program."""

import json
import shutil

from bench.bursar import PEERS
from bench.processes import REPOSITORY, free_port, port_line, run, say, wait_for

EXPRESS = REPOSITORY / "tests" / "load" / "peers" / "express"

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 30000;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location = /livez {{ default_type application/json; return 200 '{body}'; }}
    }}
}}
"""


class Peer:
    def __init__(self, program, port):
        self.program, self.port = program, port


def nginx(programs, body, cpu=None):
    folder = programs.folder / "nginx"
    folder.mkdir()
    folder.chmod(0o755)
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, body=body))
    program = programs.start("nginx", [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(folder), "-c",
                                       str(configuration)], cpu=cpu)
    wait_for(lambda: program.alive() and (folder / "nginx.pid").exists(), 20, "nginx")
    return Peer(program, port)


def beast(programs, body, cpu=None):
    program = programs.start("beast-textbook", [str(PEERS / "bursar_beast_textbook"), body], cpu=cpu)
    return Peer(program, program.first_line(port_line))


def install_express():
    """npm ci when the installed tree is not that of the lock file."""
    stamp, lock = EXPRESS / "node_modules" / ".lock-copy", EXPRESS / "package-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        say("npm ci for the Express peer")
        run(["npm", "ci", "--omit=dev"], cwd=EXPRESS)
        shutil.copy(lock, stamp)


def express(programs, body, cpu=None, database=None, ledger=None):
    """database: (url, Statement) for the ticket route. ledger: the URL of the database for the transfer route."""
    environment = {"NODE_ENV": "production", "BENCH_LIVEZ": body}
    if database:
        url, statement = database
        environment |= {"DATABASE_URL": url, "BENCH_SQL": statement.sql, "BENCH_PARAMETERS": json.dumps(
            [{"is": kind, "value": value} for kind, value in statement.parameters])}
    if ledger:
        environment |= {"DATABASE_URL": ledger, "BENCH_LEDGER": "1"}
    program = programs.start("express", ["node", str(EXPRESS / "app.js")], environment, cpu)
    return Peer(program, program.first_line(port_line))
