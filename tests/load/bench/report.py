"""Medians, ratios and targets, as a table for people and as JSON."""

import json
from statistics import median


VERDICTS = {True: "pass", False: "short", None: ""}


class Report:
    def __init__(self, about):
        self.about = about
        self.measured = []
        self.checks = []

    def measure(self, work, name, unit, values):
        """Keeps the rounds of one contestant; returns their median."""
        middle = median(values)
        self.measured.append({"work": work, "name": name, "unit": unit, "median": middle, "rounds": values})
        return middle

    def check(self, work, name, value, relation, target):
        """relation ">=" or "<=": what the value must be to the target."""
        met = value >= target if relation == ">=" else value <= target
        self.checks.append({"work": work, "name": name, "value": value, "relation": relation, "target": target,
                            "met": met})

    def compare(self, work, name, value):
        """A ratio without a target."""
        self.checks.append({"work": work, "name": name, "value": value, "relation": None, "target": None, "met": None})

    def as_json(self):
        return json.dumps({"about": self.about, "measured": self.measured, "checks": self.checks}, indent=2)

    def as_text(self):
        lines = [f"{key}: {value}" for key, value in self.about.items()] + [""]
        lines.append(f"{'work':8} {'measured':38} {'median':>12} {'lowest':>12} {'highest':>12}  unit")
        for m in self.measured:
            low, high = min(m["rounds"]), max(m["rounds"])
            lines.append(f"{m['work']:8} {m['name']:38} {_number(m['median']):>12} {_number(low):>12} "
                         f"{_number(high):>12}  {m['unit']}")
        lines += ["", f"{'work':8} {'ratio or limit':46} {'value':>9}   {'target':>9}"]
        for c in self.checks:
            target = c["relation"] + " " + _number(c["target"]) if c["relation"] else ""
            lines.append(f"{c['work']:8} {c['name']:46} {_number(c['value']):>9}   {target:>9}  "
                         f"{VERDICTS[c['met']]}".rstrip())
        return "\n".join(lines)


def _number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
