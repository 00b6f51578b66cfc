"""bursar itself: built, migrated, given an organization and a key, served; and small requests to it."""

import http.client
import json
import os
import re
import uuid

from bench.processes import REPOSITORY, Failure, listening_event, run, scripts_library

BUILD = REPOSITORY / "build" / "release"
BINARY = BUILD / "bursar"
PEERS = BUILD / "tests" / "load"


def build(*targets, preset="release"):
    """The build of the targets, and the packages it needs."""
    scripts_library(f"install_packages build run; build_preset {preset} {' '.join(targets)}", "packages.sh", "build.sh")


def use(preset):
    """From here on the binary of that build."""
    global BINARY
    BINARY = BUILD.parent / preset / "bursar"


class Client:
    """One keep-alive connection that speaks JSON."""

    def __init__(self, port, key=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.key = key

    def send(self, method, path, body=None):
        """Status, headers, text."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def create(self, path, body):
        status, _, text = self.send("POST", path, body)
        if status != 201:
            raise Failure(f"POST {path}: {status} {text}")
        return json.loads(text)["data"]


class Bursar:
    """Serves from a migrated database. `wrapper` goes in front of the command (valgrind)."""

    def __init__(self, programs, database_url, name="bursar", cpu=None, wrapper=(), settings=None, binary=None):
        # No balancer has to notice that this one goes, and all requests come from one address.
        environment = {"DATABASE_URL": database_url, "BURSAR_LISTEN": "127.0.0.1:0", "BURSAR_DRAIN_GRACE": "0",
                       "BURSAR_RATE_LIMIT_ADDRESS": "0", **(settings or {})}
        self.program = programs.start(name, [*wrapper, str(binary or BINARY), "serve"], environment, cpu)
        self.port = self.program.first_line(listening_event, 120)

    def stop(self):
        return self.program.stop()


def command(database_url, *arguments, binary=None):
    binary = binary or BINARY
    if not binary.exists():
        raise Failure(f"{binary} is not built")
    return run([str(binary), *arguments], env=os.environ | {"DATABASE_URL": database_url})


def prepare(database_url, name="bench", binary=None):
    """Migrates, makes an organization and a key without rate limit: (organization id, key)."""
    command(database_url, "migrate", binary=binary)
    made = command(database_url, "org", "create", name, binary=binary)
    org = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)
    if not org:
        raise Failure(f"no id in the answer of `bursar org create`: {made}")
    made = command(database_url, "key", "create", "--org", org[0], "--name", name, "--rate-limit", "0",
                   binary=binary)
    key = re.search(r"bsk_[a-z]+_[0-9A-Za-z]+", made)
    if not key:
        raise Failure("no key in the answer of `bursar key create`")
    return org[0], key[0]
