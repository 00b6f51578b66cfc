"""What no compiler and no linter checks: the rules of style.md and design.md that a look at the text can decide.

Reads the tracked files of the checkout it is run in. Prints a line a mistake, and exits 1 when there was one;
functions over 60 lines are only pointed at.
"""

import re
import subprocess
import sys
from pathlib import Path

# Which room may include which beside itself (design.md, section 1; layout.md). A file belongs to the innermost room that
# it stands in. The binary's own two sources are where they all meet.
SERVER = {"server", "server/http", "server/telemetry"}
REPOSITORIES = {f"db/repositories/{group}" for group in ("identity", "support", "ledger", "operations")}
HANDLERS = {f"handlers/{group}" for group in ("identity", "support", "ledger", "operations")}
BELOW_HANDLERS = SERVER | {"db", "db/repositories"} | REPOSITORIES
MAY_INCLUDE = {
    "server": SERVER,
    "server/http": SERVER,
    "server/telemetry": {"server"},  # knows no HTTP
    "db": SERVER | {"db/driver"},
    "db/driver": SERVER | {"db"},
    "db/commands": SERVER | {"db", "db/driver", "db/repositories"} | REPOSITORIES,
    "db/repositories": SERVER | {"db"},
    **{room: SERVER | {"db", "db/repositories"} for room in REPOSITORIES},
    "middleware": BELOW_HANDLERS,
    "handlers/shared": BELOW_HANDLERS,
    **{room: BELOW_HANDLERS | {"handlers/shared"} for room in HANDLERS},
    "handlers/ledger": BELOW_HANDLERS | {"db/commands", "handlers/shared", "handlers/ledger/writer"},
    "handlers/ledger/writer": BELOW_HANDLERS | {"handlers/shared"},
    "handlers": BELOW_HANDLERS | HANDLERS,
}
ANYTHING = "tests"  # may include all of them
MEETING_POINTS = {"server/main.cpp", "server/serving.cpp"}
CODE = {".cpp", ".hpp", ".py", ".sh", ".js", ".mjs", ".sql", ".cmake"}
# What a line of the log may tell: ids, codes, counts, places and our own words. A new field is added here once somebody has
# seen that nothing in it was written by, or tells of, a person; what they call themselves, write or come from never is.
LOG_FIELDS = set("""account address block code connections count customer database_takes detail duration_ms error expected found
    hash host invariant members method of operations org pause_ms peer phase port principal reason request_id role_may route
    schedule server_has setting sqlstate status task timeline tls trace_id transfer users version wanted where""".split())
PERSONAL_MEMBER = re.compile(r"(?:\.|->)(email|subject|description|author|body|text|metadata|external_reference|user_agent|"
                             r"client_address|password\w*)\b")
FILE_LINES = 500
FUNCTION_LINES = 60
README_LINES = 80

mistakes = []
remarks = []


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True,
                            capture_output=True)
    return [Path(name) for name in listed.stdout.decode().split("\0") if name and Path(name).is_file()]


def text_of(path):
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8", errors="replace")


def is_code(path, text):
    return path.suffix in CODE or path.name == "CMakeLists.txt" or (not path.suffix and text.startswith("#!"))


def check_layout(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            mistakes.append(f"{path}:{number}: white space at the end of the line")
        if re.match(r"(<{7}|>{7}) ", line):
            mistakes.append(f"{path}:{number}: a conflict that was never resolved")
        if is_code(path, text) and re.search(r"\b(TO" "DO|FIX" "ME|XX" r"X)\b", line):
            mistakes.append(f"{path}:{number}: work left undone; do it or file it")
    if text and not text.endswith("\n"):
        mistakes.append(f"{path}: no newline at the end")
    lines = text.count("\n")
    if is_code(path, text) and lines > FILE_LINES:
        mistakes.append(f"{path}: {lines} lines; over {FILE_LINES} a file asks to be two")
    if path.name == "README.md" and lines > README_LINES:
        mistakes.append(f"{path}: {lines} lines; a README is a page ({README_LINES} lines) at most")


def room_of(name):
    rooms = [room for room in MAY_INCLUDE if name.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def check_includes(path, text):
    room = room_of(str(path))
    if path.parts[0] != ANYTHING and (room is None or str(path) in MEETING_POINTS):
        return
    for number, line in enumerate(text.split("\n"), 1):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if not found:
            continue
        target = room_of(found[1])
        if target is None and not (room is None and found[1].startswith(ANYTHING + "/")):
            mistakes.append(f'{path}:{number}: "{found[1]}" is not a path from the top of the checkout')
        elif room is not None and target != room and target not in MAY_INCLUDE[room]:
            mistakes.append(f"{path}:{number}: {room}/ may not include {target}/")


# clang-format puts the closing brace of a function under the first letter of its first line, and never there before.
def check_functions(path, text):
    lines = text.split("\n")
    start = indent = None
    for number, line in enumerate(lines, 1):
        if start is None:
            opens = re.match(r"( *)(?!namespace|class|struct|enum|union|extern|using|return)[A-Za-z_\[~].*\{$", line)
            if opens and "(" in line and not re.match(r" *(if|for|while|switch|else|do|try|catch)\b", line):
                start, indent = number, opens[1]
        elif re.match(indent + r"\}", line):
            if number - start > FUNCTION_LINES:
                remarks.append(f"{path}:{start}: {number - start} lines; over {FUNCTION_LINES} a function asks to be two")
            start = None


# A line of the log: from where it is begun, or the variable that it is kept in, to the end of the statement.
def check_log_lines(path, text):
    begun = r"\blog_(?:debug|info|warning|error|exception)\(|\blog_line\s+\w+\{"
    starts = [found.start() for found in re.finditer(begun, text)]
    kept = {name for found in re.finditer(r"\bauto (\w+) = (?:server::)?log_\w+\(|\blog_line (\w+)\{", text)
            for name in found.groups() if name}
    for name in kept:
        starts += [found.start() for found in re.finditer(rf"\b{name}\.with", text)]
    for start in sorted(starts):
        told = text[start:text.find(";", start)]
        number = text.count("\n", 0, start) + 1
        for field in re.findall(r'\.with(?:_milliseconds)?\(\s*"(\w+)"', told):
            if field not in LOG_FIELDS:
                mistakes.append(f'{path}:{number}: the log may not tell "{field}": see LOG_FIELDS in check_sources.py')
        for found in re.finditer(r"\.with(?:_milliseconds)?\(\s*(?!\s*\")", told):
            mistakes.append(f"{path}:{number}: a field of the log whose name does not stand there: {told[found.start():][:40]}")
        for member in PERSONAL_MEMBER.findall(told):
            mistakes.append(f"{path}:{number}: {member} in the log: it may tell of a person")


def check_used_names(path, text):
    """clang-tidy looks for these in the first file of a compilation alone, and several sources are compiled as one."""
    for found in re.finditer(r"^(?:using (?:\w+::)+(\w+)|namespace (\w+) = [\w:]+);$", text, re.M):
        name = found[1] or found[2]
        if not re.search(rf"\b{name}\b", text[:found.start()] + text[found.end():]):
            mistakes.append(f"{path}: {name} is made a name here and not used")


def check_readmes(files):
    for folder in sorted({path.parts[0] for path in files if len(path.parts) > 1 and path.parts[0][0] != "."}):
        if Path(folder, "README.md") not in files:
            mistakes.append(f"{folder}/: no README.md")


# .env.example names every setting of the binary, in its order and with its default.
def check_settings():
    source = Path("server/config.cpp").read_text()
    table = re.search(r"constexpr std::array table\{(.*?)\n\};", source, re.S)
    if not table:
        mistakes.append("server/config.cpp: the table of settings is not where .env.example is checked against it")
        return
    known = re.findall(r'setting\{\s*"([A-Z_]+)",\s*"([^"]*)"', table[1])
    given = re.findall(r"^([A-Z_]+)=(.*)$", Path(".env.example").read_text(), re.M)
    for name, default in known:
        if name not in dict(given):
            mistakes.append(f".env.example: {name} is missing")
        elif default and dict(given)[name] != default:
            mistakes.append(f".env.example: {name} is {default} by default")
    for name, _ in given:
        if name not in dict(known):
            mistakes.append(f".env.example: {name} is not a setting")
    if not mistakes and [name for name, _ in known] != [name for name, _ in given]:
        mistakes.append(".env.example: not in the order of server/config.cpp")


def main():
    files = tracked()
    for path in files:
        text = text_of(path)
        if text is None or path.name in {"LICENSE", "package-lock.json"} or "assets" in path.parts:
            continue
        check_layout(path, text)
        if path.suffix in {".cpp", ".hpp"}:
            check_includes(path, text)
            check_functions(path, text)
            if path.suffix == ".cpp":
                check_used_names(path, text)
            if path.parts[0] != ANYTHING:
                check_log_lines(path, text)
    check_readmes(set(files))
    check_settings()
    for remark in remarks:
        print(f"remark: {remark}")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
