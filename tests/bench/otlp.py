#!/usr/bin/env python3
"""Writes events of the generator as requests of OpenTelemetry, as a collector passes them on.

usage: otlp.py EVENTS.jsonl REQUESTS.jsonl FOLDER [--events N]

REQUESTS.jsonl becomes OTLP/JSON, one ExportTraceServiceRequest a line; FOLDER gets the same requests
in protobuf, one a file. An event is a span with the attributes of the GenAI conventions, but that a
call and the result that follows it are one, as instrumentations tell them. Python's standard library
only.
"""

import argparse
import calendar
import json
import pathlib
import struct
import time

BATCH = 100
SCOPE = {"name": "example.agents", "version": "1.4.0"}


def nanoseconds(text):
    """Of 2026-01-01T00:00:01.674911Z."""
    whole, fraction = text.rstrip("Z").split(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0"))


def dumped(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# --- An event as a span: a name, a kind and attributes


def chat(event):
    *given, answer = event["messages"]
    parts = [{"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]} for m in given]
    said = {"role": "assistant", "parts": [{"type": "text", "content": answer["content"]}]}
    return f"chat {event['model']}", 3, {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": event["provider"],
        "gen_ai.request.model": event["model"],
        "gen_ai.response.model": event["model"],
        "gen_ai.usage.input_tokens": event["tokens_in"],
        "gen_ai.usage.output_tokens": event["tokens_out"],
        "gen_ai.usage.cost": event["cost_usd"],
        "gen_ai.response.finish_reasons": [event["finish_reason"]],
        "gen_ai.input.messages": dumped(parts),
        "gen_ai.output.messages": dumped([{**said, "finish_reason": event["finish_reason"]}]),
    }


def execution(event, call):
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": event["tool"],
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.result": dumped(event["output"]),
    }
    if call:
        attributes["gen_ai.tool.call.id"] = call["call_id"]
        attributes["gen_ai.tool.call.arguments"] = dumped(call["input"])
    return f"execute_tool {event['tool']}", 1, attributes


def guardrail(event):
    return f"apply_guardrail {event['policy']}", 1, {
        "gen_ai.operation.name": "apply_guardrail",
        "gen_ai.guardrail.policy.id": event["policy"],
        "gen_ai.guardrail.verdict.type": event["decision"],
        "gen_ai.guardrail.verdict.reason": event["reason"],
        "gen_ai.tool.name": event["tool"],
    }


def review(event):
    return "human_review", 1, {
        "gen_ai.tool.name": event["tool"],
        "gen_ai.operation.name": "human_review",
        "approver": event["approver"],
        "decision": event["decision"],
        "comment": event["comment"],
    }


def agent(event):
    return f"invoke_agent {event['agent_id']}", 1, {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.request.model": event.get("model", ""),
        "input.value": event.get("goal", ""),
        "output.value": event.get("summary", ""),
    }


TOLD = {"llm_call": chat, "policy.decision": guardrail, "approval": review}


class Spans:
    """Events in, spans out; remembers the call of each session that waits for its result."""

    def __init__(self):
        self.calls = {}

    def of(self, event):
        """The span of an event, or None for a call: its result tells it."""
        kind, session = event["type"], event["session_id"]
        if kind == "tool_call":
            self.calls[session] = event
            return None
        if kind == "tool_result":
            name, number, attributes = execution(event, self.calls.pop(session, None))
        else:
            name, number, attributes = TOLD.get(kind, agent)(event)
        attributes = {
            "gen_ai.conversation.id": session,
            "gen_ai.agent.id": event["agent_id"],
            "user.id": event["actor"]["user"],
            **{key: value for key, value in attributes.items() if value != ""},
        }
        start = nanoseconds(event["ts"])
        return {
            "traceId": event["trace_id"],
            "spanId": event["span_id"],
            "parentSpanId": event.get("parent_span_id", ""),
            "name": name,
            "kind": number,
            "start": start,
            "end": start + event.get("duration_ms", 1) * 1_000_000,
            "attributes": attributes,
            "status": 2 if event["status"] == "error" else 1,
            "environment": event["actor"]["env"],
        }


def resource(span):
    return {
        "service.name": "agents",
        "service.version": "3.2.0",
        "deployment.environment.name": span["environment"],
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
    }


# --- In JSON


def json_value(value):
    if isinstance(value, list):
        return {"arrayValue": {"values": [json_value(one) for one in value]}}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"doubleValue": value}


def json_attributes(attributes):
    return [{"key": key, "value": json_value(value)} for key, value in attributes.items()]


def json_span(span):
    return {
        **{key: span[key] for key in ("traceId", "spanId", "parentSpanId", "name", "kind")},
        "startTimeUnixNano": str(span["start"]),
        "endTimeUnixNano": str(span["end"]),
        "attributes": json_attributes(span["attributes"]),
        "status": {"code": span["status"]},
    }


def json_request(spans):
    scopes = [{"scope": SCOPE, "spans": [json_span(span) for span in spans]}]
    whole = {"resource": {"attributes": json_attributes(resource(spans[0]))}, "scopeSpans": scopes}
    return dumped({"resourceSpans": [whole]}).encode()


# --- In protobuf


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def wire_value(value):
    if isinstance(value, list):
        return field(5, b"".join(field(1, wire_value(one)) for one in value))
    if isinstance(value, str):
        return field(1, value)
    return b"\x18" + varint(value) if isinstance(value, int) else b"\x21" + struct.pack("<d", value)


def wire_attributes(number, attributes):
    return b"".join(
        field(number, field(1, key) + field(2, wire_value(value)))
        for key, value in attributes.items()
    )


def wire_span(span):
    parent = bytes.fromhex(span["parentSpanId"])
    return (
        field(1, bytes.fromhex(span["traceId"]))
        + field(2, bytes.fromhex(span["spanId"]))
        + (field(4, parent) if parent else b"")
        + field(5, span["name"])
        + b"\x30" + varint(span["kind"])
        + b"\x39" + struct.pack("<Q", span["start"])
        + b"\x41" + struct.pack("<Q", span["end"])
        + wire_attributes(9, span["attributes"])
        + field(15, b"\x18" + varint(span["status"]))
    )


def wire_request(spans):
    scope = field(1, field(1, SCOPE["name"]) + field(2, SCOPE["version"]))
    scopes = scope + b"".join(field(2, wire_span(span)) for span in spans)
    return field(1, field(1, wire_attributes(1, resource(spans[0]))) + field(2, scopes))


def batches(lines, limit):
    spans, known, read = Spans(), [], 0
    for line in lines:
        if read == limit:
            break
        read += 1
        span = spans.of(json.loads(line))
        if span:
            known.append(span)
        if len(known) == BATCH:
            yield known
            known = []
    if known:
        yield known


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events", type=pathlib.Path)
    parser.add_argument("requests", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--events", dest="limit", type=int)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with options.events.open(encoding="utf-8") as lines, options.requests.open("wb") as requests:
        for number, spans in enumerate(batches(lines, options.limit)):
            count += len(spans)
            requests.write(json_request(spans) + b"\n")
            (options.folder / f"{number:07}.pb").write_bytes(wire_request(spans))
    print(count)


if __name__ == "__main__":
    main()
