"""Programs that a run starts: all of them are stopped with it. Also the tools they need, and who runs them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SERVER_CPU, GENERATOR_CPU = "0", "1"


class Failure(Exception):
    """The run cannot go on; the text says why."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def scripts_library(words, *files):
    """Runs words of scripts/lib (the one list of packages, the one way to build); what they say goes to stderr."""
    sourced = " ".join(f'. "$root/scripts/lib/{file}";' for file in files)
    library = REPOSITORY / "scripts" / "lib" / "common.sh"
    done = subprocess.run(["bash", "-c", f'. {library}; {sourced} {words}'], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode != 0:
        raise Failure(f"could not {words}")


def install(*groups):
    """The Debian packages of these groups of scripts/lib/packages.sh, as far as they are missing."""
    scripts_library("install_packages " + " ".join(groups), "packages.sh")


def can_pin():
    return (os.cpu_count() or 1) >= 2 and shutil.which("taskset") is not None


def pinned(cpu, command):
    return ["taskset", "-c", cpu, *command] if cpu and can_pin() else list(command)


def as_database_user(command):
    """initdb and postgres refuse root. setpriv replaces itself, so a signal reaches the server."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=TERM", *command]


def end_on_signals():
    """SIGTERM and SIGHUP end the run as Ctrl-C does: through every `with` and `finally`."""
    def end(number, _):
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, what):
    """The first true value of condition(), asked until the time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure(f"{what}: not within {seconds} s")


def run(command, **options):
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command[:4]))} … exited {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise Failure(f"process {pid} has no VmRSS")


def _cpu_seconds(pid):
    # Past the name, which may hold spaces: fields 14 and 15 of proc(5).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Program:
    """One started program; out and err are files in the run's folder. It ends with the thread that started it, even
    when that is killed: start programs from the main thread."""

    def __init__(self, name, command, folder, environment, cpu):
        self.name = name
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            command = ["setpriv", "--pdeathsig=TERM", *pinned(cpu, command)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            env=os.environ | environment, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        if self.process.poll() is not None:
            raise Failure(f"{self.name} exited {self.process.returncode}:\n{self.tail()}")
        return True

    def tail(self):
        text = self.out.read_text(errors="replace") + self.err.read_text(errors="replace")
        return "\n".join(text.splitlines()[-15:])

    def first_line(self, match, seconds=30):
        """The first complete line of standard output for which match(line) is not None: that value."""
        def look():
            self.alive()
            for line in self.out.read_text(errors="replace").split("\n")[:-1]:
                value = match(line)
                if value is not None:
                    return value
            return None
        return wait_for(look, seconds, f"{self.name} to be ready")

    def _family(self):
        """The program and its children: nginx serves from one."""
        return [self.pid, *Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def resident_kib(self):
        return sum(_resident_kib(pid) for pid in self._family())

    def cpu_seconds(self):
        """Spent so far, in user space and in the kernel."""
        return sum(_cpu_seconds(pid) for pid in self._family())

    def pause(self):
        """It does nothing until go_on() or stop()."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self, how=signal.SIGTERM, seconds=45):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.go_on()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Programs:
    """Starts programs; leaving the `with` stops them, the last one first."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program, how in reversed(self.started):
            program.stop(how)

    def start(self, name, command, environment=None, cpu=None, how=signal.SIGTERM):
        program = Program(name, command, self.folder, environment or {}, cpu)
        self.started.append((program, how))
        return program


def port_line(line):
    """A line that is a port."""
    return int(line) if line.isdigit() else None


def listening_event(line):
    """The port in the line that bursar logs once it listens."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry.get("port") if isinstance(entry, dict) and entry.get("event") == "listening" else None
