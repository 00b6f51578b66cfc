"""A PostgreSQL of the run's own: in the run's folder, on a unix socket, durable as it comes (fsync on)."""

import glob
import json
import os
import shutil
import signal
from pathlib import Path

from bench.processes import Failure, as_database_user, run, wait_for

BINARIES = "/usr/lib/postgresql/*/bin"

OLD_SEGMENTS = 120  # 2 GB, as min_wal_size
SETTINGS = """
listen_addresses = ''
max_connections = 100
shared_buffers = 512MB
min_wal_size = 2GB
max_wal_size = 8GB
checkpoint_timeout = 30min
jit = off
logging_collector = on
log_destination = 'jsonlog'
log_directory = 'log'
log_filename = 'all.log'
log_file_mode = 0644
log_min_messages = warning
log_timezone = 'UTC'
timezone = 'UTC'
"""


def binaries():
    """The folder of PostgreSQL's own programs: the newest of Debian's, else where pg_config points."""
    versions = sorted(glob.glob(BINARIES), key=lambda folder: int(folder.split("/")[4]))
    return Path(versions[-1] if versions else run(["pg_config", "--bindir"]).strip())


class Cluster:
    def __init__(self, programs):
        self.programs = programs
        self.binaries = binaries()
        self.folder = programs.folder / "postgres"
        self.data = self.folder / "data"
        self.folder.mkdir()
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        run(as_database_user([self.binaries / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                              "--locale=C.UTF-8", "--no-instructions"]), cwd=self.folder)
        settings = self.programs.folder / "bench.conf"
        settings.write_text(SETTINGS + f"unix_socket_directories = '{self.folder}'\n")
        settings.chmod(0o644)
        run(as_database_user(["cp", settings, self.data / "postgresql.auto.conf"]))
        self.start()
        self.url = self.create("bursar")
        self.age()

    def age(self):
        """Segments of the log to write over, as in a server that has run for a while: making one of 16 MB, zeros
        first, stops all who write for as long as it takes."""
        self.sql(f"select from (select pg_logical_emit_message(false, '', ''), pg_switch_wal() from"
                 f" generate_series(1, {OLD_SEGMENTS})) made; checkpoint")

    def start(self):
        # SIGINT is PostgreSQL's fast shutdown: clients are cut off, data is checkpointed.
        self.server = self.programs.start("postgres", as_database_user([self.binaries / "postgres", "-D", self.data]),
                                          how=signal.SIGINT)
        wait_for(self.answers, 60, "PostgreSQL to answer")

    def stop(self):
        self.server.stop(signal.SIGINT)

    def answers(self):
        self.server.alive()
        try:
            self.sql("select 1", database="postgres")
        except Failure:
            return False
        return True

    def create(self, database):
        """An empty database; returns its URL."""
        self.sql(f'create database "{database}"', database="postgres")
        return self.url_of(database)

    def url_of(self, database):
        return f"postgresql:///{database}?host={self.folder}&user=postgres"

    def sql(self, text, database="bursar"):
        """Rows as lines, columns separated by '|'."""
        return run([self.binaries / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres", "-d",
                    database, "-f", "-"], input=text).strip()

    def log_statements(self, on):
        # With the log on, "execute" entries carry each statement as the client prepared it, and its parameters.
        self.sql(f"alter system set log_statement = '{'all' if on else 'none'}'")
        self.sql("select pg_reload_conf()")

    def logged(self):
        """The log's entries so far."""
        entries = []
        for line in (self.data / "log" / "all.json").read_text(errors="replace").splitlines():
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue  # the last line may be half written
        return entries
