"""Sends every example of the OpenAPI document and wants the answer that its operation declares.

    BURSAR_URL=… python examples.py OPENAPI.JSON

Every operation is sent once for each media type and each example of its body, with the examples of its parameters. What
stands in for something that has to exist is replaced by one that does: ids, credentials, the version in If-Match. All
else is sent as it stands. The answer must have the declared status and keep to its schema, and so must the example of an
answer. An operation that has a body and no example, or whose example nobody here knows how to send, is a failure.

The server has to be new, and started with BURSAR_SIGN_UP=on. Prints a line for each failure; exit code 1 when there is
one."""

import copy
import json
import os
import re
import sys
import urllib.parse
import uuid

import jsonschema_rs

from world import NotMade, World, send

METHODS = ("get", "put", "post", "patch", "delete")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# What a path parameter names, by the part of the path before it or by its own name.
IN_PATH = {
    "accounts": lambda world: world.account(),
    "api-keys": lambda world: world.api_key(),
    "assets": lambda world: world.asset(),
    "comment_id": lambda world: world.post(f"/api/v1/tickets/{world.latest['tickets']}/comments", {"body": "A"})["id"],
    "customers": lambda world: world.customer(),
    "invitations": lambda world: world.invitation()["invitation"]["id"],
    "members": lambda world: world.member(),
    "scheduled-transfers": lambda world: world.scheduled_transfer(),
    "sessions": lambda world: world.owner["session_id"],
    "tickets": lambda world: world.ticket(),
    "transfers": lambda world: world.transfer(),
}

# What an id in a body names: the word before _id or _ids.
IN_BODY = {
    "account": lambda world: world.account(),
    "assignee": lambda world: world.member(),
    "customer": lambda world: world.customer(),
}

# Operations that want theirs in another state than that in which it is made.
IN_STATE = {
    "postTransfer": lambda world: world.transfer(pending=True),
    "reopenAccount": lambda world: world.account("close"),
    "reopenTicket": lambda world: world.ticket("resolve"),
    "unfreezeAccount": lambda world: world.account("freeze"),
    "voidTransfer": lambda world: world.transfer(pending=True),
}

# Credentials in a body, which only the server can make.
IN_PLACE = {
    "acceptInvitation": lambda world: {"token": world.invitation()["token"]},
    "refreshSession": lambda world: {"refresh_token": world.owner["refresh_token"]},
}


def signed_in(world, body):
    """Whom the example of signIn is about must be there. Usually the example of signUp has seen to it."""
    known = send(world.url, "POST", "/api/v1/sessions", headers={"Content-Type": "application/json"},
                 body=json.dumps(body).encode())
    if known.status == 401:
        world.person(body["email"], body["password"])


def with_password(world, body):
    world.owner = world.person(password=body["current_password"])


BEFORE = {"signIn": signed_in, "changePassword": with_password}

# What makes something that another operation's example names by the same words.
FIRST = ("closePeriod", "signUp")

# What ends the caller's sessions does so to somebody else's.
ALONE = ("changePassword", "endSession", "refreshSession", "signOut", "signOutEverywhere")


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.whole = json.load(file)

    def resolved(self, what):
        while "$ref" in what:
            at = self.whole
            for part in what["$ref"][2:].split("/"):
                at = at[part.replace("~1", "/").replace("~0", "~")]
            what = at
        return what

    def operations(self):
        every = [(method, path, what) for path, item in self.whole["paths"].items()
                 for method, what in item.items() if method in METHODS]
        return sorted(every, key=lambda each: each[2]["operationId"] not in FIRST)

    def examples(self, content):
        """Name and value of each: of the media type, or else of its schema."""
        named = {name: self.resolved(each).get("value") for name, each in content.get("examples", {}).items()}
        if "example" in content:
            named["example"] = content["example"]
        if not named:
            schema = self.resolved(content["schema"])
            named = {str(place): value for place, value in enumerate(schema.get("examples", []))}
            if "example" in schema:
                named["example"] = schema["example"]
        return named

    def faults(self, schema, value):
        checker = jsonschema_rs.validator_for(
            {**schema, "components": self.whole["components"]}, validate_formats=True)
        return [f"{'/'.join(map(str, each.instance_path))}: {each.message[:300]}" for each in checker.iter_errors(value)]


def segment_before(path, name):
    return path[:path.index("{" + name + "}")].rstrip("/").rpartition("/")[2]


def with_ids(world, value, noun=None, known=None):
    """The same id twice in an example is the same thing twice."""
    known = {} if known is None else known
    if isinstance(value, dict):
        return {name: with_ids(world, each, re.sub(r"_ids?$", "", name).rpartition("_")[2], known)
                for name, each in value.items()}
    if isinstance(value, list):
        return [with_ids(world, each, noun, known) for each in value]
    if not isinstance(value, str) or not UUID.fullmatch(value):
        return value
    if noun not in IN_BODY:
        raise NotMade(f"nobody here knows what the id called {noun} in a body is")
    if (noun, value) not in known:
        known[noun, value] = IN_BODY[noun](world)
    return known[noun, value]


def path_for(world, document, path, operation):
    id_ = operation["operationId"]
    world.latest = {}
    for each in operation["parameters"]:
        parameter = document.resolved(each)
        if parameter["in"] != "path":
            continue
        name = parameter["name"]
        before = segment_before(path, name)
        make = IN_STATE.get(id_) or IN_PATH.get(name) or IN_PATH.get(before)
        if make is not None:
            value = world.latest[before] = make(world)
        elif "example" in parameter:
            value = parameter["example"]
        else:
            raise NotMade(f"nobody here knows what {{{name}}} is, and it has no example")
        path = path.replace("{" + name + "}", urllib.parse.quote(value, safe=""))
    return path


def query_for(document, operation):
    said = {}
    for each in operation["parameters"]:
        parameter = document.resolved(each)
        if parameter["in"] == "query" and "example" in parameter:
            value = parameter["example"]
            said[parameter["name"]] = ",".join(value) if isinstance(value, list) else value
        elif parameter["in"] == "query" and parameter.get("required"):
            raise NotMade(f"the query parameter {parameter['name']} is required and has no example")
    return "?" + urllib.parse.urlencode(said) if said else ""


def headers_for(world, document, path, operation):
    out = {}
    for each in operation["parameters"]:
        name = document.resolved(each)["name"]
        if name == "Idempotency-Key":
            out[name] = str(uuid.uuid4())
        if name == "If-Match":
            out[name] = world.ask("GET", path).headers["ETag"]
    return out


def check_answer(document, operation, answer, found):
    declared = {status: document.resolved(each) for status, each in operation["responses"].items() if status[0] == "2"}
    if str(answer.status) not in declared:
        return found(f"answered {answer}")
    content = declared[str(answer.status)].get("content", {})
    if not content:
        return found(f"has a body that is not declared: {answer}") if answer.raw else None
    if answer.media_type not in content:
        return found(f"answered with {answer.media_type}")
    if answer.media_type != "application/json":
        return None
    said = content[answer.media_type]
    for fault in document.faults(said["schema"], answer.body):
        found(f"the answer: {fault}")
    for example in document.examples(said).values():
        for fault in document.faults(said["schema"], example):
            found(f"the example of the answer: {fault}")
        check_shape(example, answer.body, found)
    return None


def check_shape(example, body, found):
    """The envelope, and what is in it, has what the example of the answer shows."""
    one = lambda data: data[0] if isinstance(data, list) and data else data
    pairs = [(example, body), (one(example.get("data")), one(body.get("data"))), (example.get("meta"), body.get("meta"))]
    for shown, got in pairs:
        if isinstance(shown, dict) and isinstance(got, dict) and not shown.keys() <= got.keys():
            found(f"the example of the answer shows {sorted(shown.keys() - got.keys())}, which the answer lacks")


def check_batch(answer, found):
    """What is refused of a batch is refused in an answer that is a success as a whole."""
    for each in answer.data:
        if each["error"] is not None:
            found(f"one of the batch was refused: {each['error']}")


def send_example(world, document, method, path, operation, media_type, example, found):
    id_ = operation["operationId"]
    body = None
    if media_type is not None:
        for fault in document.faults(operation["requestBody"]["content"][media_type]["schema"], example):
            found(f"the example: {fault}")
        body = {**with_ids(world, copy.deepcopy(example)), **IN_PLACE.get(id_, lambda _: {})(world)}
        if id_ in BEFORE:
            BEFORE[id_](world, body)
    target = path_for(world, document, path, operation)
    headers = headers_for(world, document, target, operation)
    if body is not None:
        headers["Content-Type"] = media_type
    answer = send(world.url, method.upper(), target + query_for(document, operation), headers=headers,
                  token=world.owner["access_token"] if operation["security"] else None,
                  body=None if body is None else json.dumps(body).encode())
    check_answer(document, operation, answer, found)
    if id_ == "createTransferBatch" and answer.status == 200:
        check_batch(answer, found)


def cases(document, found):
    """Each operation, without a body or with each of its examples."""
    for method, path, operation in document.operations():
        if "requestBody" not in operation:
            yield method, path, operation, None, None, None
            continue
        for media_type, content in operation["requestBody"]["content"].items():
            examples = document.examples(content)
            if not examples:
                found(f"{operation['operationId']}, {media_type}", "has a body and no example")
            for name, example in examples.items():
                yield method, path, operation, media_type, name, example


def main():
    world = World(os.environ["BURSAR_URL"])
    document = Document(sys.argv[1])
    failures = []
    made = set()
    sent = 0

    def found(who, what):
        failures.append(who)
        print(f"FAILED {who}: {what}", flush=True)

    for method, path, operation, media_type, name, example in cases(document, found):
        who = ", ".join(filter(None, [operation["operationId"], media_type, name]))
        sent += media_type is not None
        # A second example of what makes something may use a name that the first one took.
        alone = operation["operationId"] in ALONE or (method == "post" and operation["operationId"] in made)
        made.add(operation["operationId"])
        try:
            send_example(World(world.url) if alone else world, document, method, path, operation, media_type, example,
                         lambda what: found(who, what))
        except NotMade as why:
            found(who, f"could not be sent: {why}")
    if sent == 0:
        found("the document", "has no example")
    print(f"{sent} examples of bodies, {len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
