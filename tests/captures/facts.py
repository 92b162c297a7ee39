"""What is known of a capture, compared with what a ledger says of it."""

import hashlib
import json
from collections import Counter

GRANTED = ("approved", "accept", "allow")

ABOUT_CALLS = (
    *("tool.proposed", "tool.call", "tool.result"),
    *("approval.requested", "approval.granted", "approval.denied"),
)


class Fact:
    """One thing that is known, what the ledger says of it, and whether the telemetry told it."""

    def __init__(self, name, known, found, *, holds=None, told=True):
        self.name, self.known, self.found, self.told = name, known, found, told
        self.holds = known == found if holds is None else holds


def facts(capture, told):
    """Every fact of `expected` that names something."""
    yield from _names(capture, told)
    yield from _model_calls(capture, told)
    yield from _tokens(capture, told)
    yield from _asked_for(capture, told)
    yield from _runs(capture, told)
    yield from _failures(capture, told)
    yield from _decisions(capture, told)


def _names(capture, told):
    known = capture.expected
    agents = [_plain(name) for name in (known["agents"] or "").split(", ") if name]
    found = {_plain(agent) for agent in told.values("agent")}
    yield from _named("agents", agents, found, capture.tells("agent"))
    sessions = known["session_ids_set_or_seen"]
    yield from _named("sessions", sessions, told.values("session"), capture.tells("session"))
    users = [known["user_id_set"]] if known["user_id_set"] else []
    yield from _named("user", users, told.values("user"), capture.tells("user"))
    models = known["response_models"] or known["requested_models"]
    yield from _named("models", models, told.values("model"), capture.says(models))


def _named(name, known, found, is_told):
    if known:
        yield Fact(name, known, sorted(found), holds=set(known) <= found, told=is_told)


def _plain(agent):
    """An agent is told by its name, or by the id that is made of it."""
    return agent.lower().replace(" ", "-")


def _model_calls(capture, told):
    calls = told.of("llm.call")
    failed = len([e for e in calls if e.get("status") in ("error", "timeout")])
    answered = capture.expected["llm_calls_answered"]
    errors = len(capture.expected["llm_http_errors"])
    is_told = not errors or capture.tells("llm_error")
    yield Fact("model calls answered", answered, len(calls) - failed, told=is_told)
    # One operation may stand for several attempts, of which the last was answered or was not.
    if errors:
        known = f"1 to {errors}"
        yield Fact("model calls failed", known, failed, holds=1 <= failed <= errors, told=is_told)


def _tokens(capture, told):
    known = capture.expected
    cached = told.total("tokens_cache_read")
    given = told.total("tokens_in")
    if capture.framework == "claude-agent-sdk":  # its API counts them apart, the ledger does not
        given -= cached + told.total("tokens_cache_write")
    for name, sum_of, found, fact in (
        ("tokens in", "input_tokens_sum", given, "tok_in"),
        ("tokens out", "output_tokens_sum", told.total("tokens_out"), "tok_out"),
        ("tokens cached", "cached_input_tokens_sum", cached, "tok_cached"),
    ):
        if known[sum_of]:
            yield Fact(name, known[sum_of], found, told=capture.tells(fact))


def _asked_for(capture, told):
    """What the models asked for: named, with the arguments and the id, and no call more."""
    wanted = capture.expected["tool_calls_asked_by_llm"]
    if not wanted:
        return
    entries = [e for e in told.entries if "tool" in e and (e["type"] in ABOUT_CALLS or "tool_call_id" in e)]
    names = sorted({_tool(call["name"]) for call in wanted})
    yield from _named("tools", names, {_tool(e["tool"]) for e in entries}, capture.says(names))
    proposed = len(told.of("tool.proposed"))
    yield Fact("calls proposed", len(wanted), proposed, told=capture.tells("tool_name"))
    digests = {e.get("payload_hash") for e in entries}
    found = sum(_digest(call["args"]) in digests for call in wanted)
    yield Fact("arguments", len(wanted), found, told=capture.tells("tool_args"))
    ids = [call["id"] for call in wanted]
    found = len(set(ids) & {e.get("tool_call_id") for e in entries})
    yield Fact("call ids", len(wanted), found, told=capture.says(ids))


def _tool(name):
    """Without the server, which some put before it."""
    return name.split("__")[-1]


def _digest(arguments):
    """SHA-256 of the form of RFC 8785; no number in these arguments can be written in two ways."""
    value = json.loads(arguments)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _runs(capture, told):
    ran = Counter(run["name"] for run in capture.ran if run.get("name"))
    calls = Counter(_tool(e["tool"]) for e in told.of("tool.call") if "tool" in e)
    if ran:
        # What the program runs itself is not counted; what nobody asked for was not run.
        asked = {_tool(call["name"]) for call in capture.expected["tool_calls_asked_by_llm"]}
        found = {name: calls[name] for name in [*ran, *sorted(calls.keys() - asked - ran.keys())]}
        yield Fact("runs", dict(ran), found, told=capture.tells("tool_name"))


def _failures(capture, told):
    results = [e for e in told.of("tool.result") if e.get("status") == "error"]
    asked = capture.expected["tool_calls_asked_by_llm"]
    for run in capture.expected["tool_runs_failed"]:
        name, error = run["name"], run["error"]
        ids = [call["id"] for call in asked if _tool(call["name"]) == name]
        ends = [
            e.get("error", "")
            for e in results
            if e.get("tool_call_id") in ids
            or _tool(e.get("tool", "")) == name
            or error in e.get("error", "")
        ]
        is_told = capture.tells("error")
        yield Fact(f"{name} failed", 1, len(ends), told=is_told)
        if is_told:
            yield Fact(f"{name} error", error, ends, holds=any(error in end for end in ends))


def _decisions(capture, told):
    """What people and guardrails said."""
    answers = [approval["decision"] in GRANTED for approval in capture.expected["approvals"]]
    if answers:
        known = {"granted": answers.count(True), "denied": answers.count(False)}
        found = {kind: len(told.of(f"approval.{kind}")) for kind in known}
        yield Fact("approvals", known, found, told=capture.tells("approval"))
    trips = len(capture.expected["guardrail_trips"])
    if trips:
        denied = [e for e in told.of("policy.decision") if e.get("decision") == "deny"]
        yield Fact("guardrail trips", trips, len(denied))
