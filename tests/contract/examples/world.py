"""What examples need before they can be sent: an organization of their own, and whatever of its things an operation
works on, in the state in which it does."""

import json
import secrets
import urllib.error
import urllib.request
import uuid

PASSWORD = "the mill and its store"


class NotMade(Exception):
    """What an example needs could not be made."""


class Answer:
    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def media_type(self):
        return (self.headers.get("Content-Type") or "").partition(";")[0]

    @property
    def body(self):
        return json.loads(self.raw)

    @property
    def data(self):
        return self.body["data"]

    def __str__(self):
        return f"{self.status} {self.raw.decode(errors='replace')[:600]}"


def send(url, method, path, *, token=None, headers=(), body=None):
    """`body`: bytes. An answer of any status is an answer."""
    asked = urllib.request.Request(url + path, data=body, method=method, headers=dict(headers))
    if token is not None:
        asked.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.headers, refused.read())


class World:
    """An organization and its owner. Each thing is made anew whenever one is asked for, so that no example finds what an
    earlier one did to it."""

    def __init__(self, url):
        self.url = url
        self.owner = self.person()

    def ask(self, method, path, body=None, *, token=None, headers=()):
        sent = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4()), **dict(headers)}
        answer = send(self.url, method, path, token=token or self.owner["access_token"], headers=sent,
                      body=None if body is None else json.dumps(body).encode())
        if not 200 <= answer.status < 300:
            raise NotMade(f"{method} {path}: {answer}")
        return answer

    def post(self, path, body=None, **more):
        return self.ask("POST", path, body, **more).data

    def person(self, email=None, password=PASSWORD):
        """Somebody signed in, the owner of an organization of their own."""
        email = email or f"{uuid.uuid4()}@example.com"
        tokens = self.post("/api/v1/sign-up", {
            "organization_name": "Examples", "name": "Examples", "email": email, "password": password}, token="none")
        return {**tokens, "email": email}

    def invitation(self):
        return self.post("/api/v1/invitations", {"email": f"{uuid.uuid4()}@example.com", "role": "viewer"})

    def member(self):
        accepted = self.post("/api/v1/invitations/accept", {
            "token": self.invitation()["token"], "name": "Member", "password": PASSWORD}, token="none")
        return accepted["user_id"]

    def api_key(self):
        return self.post("/api/v1/api-keys", {"name": "examples", "permissions": ["ledger:read"]})["api_key"]["id"]

    def customer(self):
        return self.post("/api/v1/customers", {"name": "Customer"})["id"]

    def ticket(self, *verbs):
        made = self.post("/api/v1/tickets", {
            "customer_id": self.customer(), "subject": "Examples", "description": "Examples"})["id"]
        return self._with("tickets", made, verbs)

    def account(self, *verbs):
        made = self.post("/api/v1/accounts", {"name": "Account", "currency": "EUR", "type": "asset"})["id"]
        return self._with("accounts", made, verbs)

    def asset(self):
        return self.post("/api/v1/assets", {
            "code": "X" + secrets.token_hex(4).upper(), "name": "Examples", "exponent": 2})["code"]

    def transfer(self, **more):
        return self.post("/api/v1/transfers", {
            "debit_account_id": self.account(), "credit_account_id": self.account(), "amount": 1000, **more})["id"]

    def scheduled_transfer(self):
        return self.post("/api/v1/scheduled-transfers", {
            "debit_account_id": self.account(), "credit_account_id": self.account(), "amount": 1000,
            "cron": "0 9 1 * *", "time_zone": "Europe/Berlin"})["id"]

    def _with(self, resource, made, verbs):
        for verb in verbs:
            self.post(f"/api/v1/{resource}/{made}/{verb}")
        return made
