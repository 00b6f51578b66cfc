"""Runs clang-tidy 14 over what build/lint/compile_commands.json compiles, several at a time.

Sources that are compiled as one are examined as one: most of the time goes into the headers. What passed is not looked
at again until something it depends on has changed: its own text, a header of ours that it reaches, its compiler flags,
.clang-tidy, or the packages it is built against. What is remembered are digests, in the user's cache beside ccache's:
they serve every checkout.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "lint"
PASSED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bursar" / "clang-tidy"
KEPT = 30 * 86400  # seconds since a digest was last met
TOOL = "clang-tidy-14"
HEADERS = "/usr/lib/llvm-14/include"
PLUG_IN = Path(__file__).with_name("own_code.cpp")
BUILT = BUILD / "own_code.so"
# The sources are compiled by GCC; its warning options are not all clang's.
FLAGS = ["--quiet", "-p", str(BUILD), f"--load={BUILT}", "--extra-arg=-Wno-unknown-warning-option"]
CHECKS = "--checks=bursar-own-code"
CHECKS_IN_ONE = CHECKS + ",-bugprone-suspicious-include"  # that sources are included is what it is for


def together(source):
    """The sources that CMake compiles as one, or the source itself; none of one that is generated."""
    if source.parent.name == "Unity":
        return [Path(name) for name in re.findall(r'#include "([^"]+)"', source.read_text())]
    return [] if source.is_relative_to(ROOT / "build") else [source]


def reached(source, seen):
    """Our own files that a source includes, directly or through others."""
    if source in seen or not source.is_file():
        return seen
    seen.add(source)
    for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', source.read_text(errors="replace"), re.M):
        reached(ROOT / name, seen)
    return seen


def surroundings():
    """What every source depends on."""
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(Path(__file__).read_bytes())
    digest.update(PLUG_IN.read_bytes())
    digest.update(subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout)
    digest.update(subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "*-dev"],
                                 capture_output=True, check=False).stdout)
    return digest.digest()


def digest_of(entry, files, common):
    digest = hashlib.sha256(common)
    digest.update(entry["command"].replace(str(ROOT), "").encode())
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def changed_files():
    """Files that differ from where this branch left main, committed or not."""
    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    base = next((b for b in (git("merge-base", "HEAD", m).strip() for m in ("origin/main", "main")) if b), "HEAD")
    names = git("diff", "--name-only", base).split("\n") + git("ls-files", "-o", "--exclude-standard").split("\n")
    return {ROOT / name for name in names if name}


def build_plug_in():
    if not BUILT.exists() or BUILT.stat().st_mtime < PLUG_IN.stat().st_mtime:
        subprocess.run(["g++", "-std=c++17", "-O1", "-fPIC", "-shared", "-fno-rtti", "-isystem", HEADERS,
                        str(PLUG_IN), "-o", str(BUILT)], check=True)


def examine(source):
    checks = CHECKS_IN_ONE if source.parent.name == "Unity" else CHECKS
    run = subprocess.run([TOOL, *FLAGS, checks, str(source)], cwd=ROOT, capture_output=True, text=True, check=False)
    said = run.stdout.strip()
    if run.returncode and not said:
        said = run.stderr.strip()
    return run.returncode, said


def forget_old():
    for digest in PASSED.iterdir():
        if digest.stat().st_mtime < time.time() - KEPT:
            digest.unlink()


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over what may have changed")
    parser.add_argument("--changed", action="store_true", help="only what this branch changed")
    options = parser.parse_args()

    common = surroundings()
    PASSED.mkdir(parents=True, exist_ok=True)
    forget_old()
    changed = changed_files() if options.changed else None
    waiting = {}
    known = 0
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        source = Path(entry["file"])
        files = set()
        for one in together(source):
            reached(one, files)
        if not files or (changed is not None and not files & changed):
            continue
        digest = digest_of(entry, files, common)
        if (PASSED / digest).exists():
            (PASSED / digest).touch()
            known += 1
        else:
            waiting[source] = digest

    print(f"    {len(waiting)} compilations to examine, {known} known to be clean", flush=True)
    failed = 0
    if waiting:
        build_plug_in()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(examine, source): source for source in waiting}
        for number, done in enumerate(concurrent.futures.as_completed(running), 1):
            source = running[done]
            code, said = done.result()
            names = ", ".join(str(one.relative_to(ROOT)) for one in together(source))
            print(f"    [{number}/{len(waiting)}] {names}{': refused' if code else ''}", flush=True)
            if code:
                failed += 1
                print(said, flush=True)
            else:
                (PASSED / waiting[source]).touch()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
