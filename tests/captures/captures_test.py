"""What real frameworks sent: is nothing lost, do both encodings mean the same, do known facts hold?

Skipped, loudly, where there are no captures: AUDIT_SHARED names the folder they are in, else it is
../shared beside the sources. Prints every fact that does not hold: those the framework did not tell
at all, and those of KNOWN with the reason. Any other fails the test; so does one of KNOWN that
holds.
"""

import collections
import json
import pathlib
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import captures
from harness import skip_loudly
from judged import Judged

NO_ANSWER = "that there was an answer is told, not which"
REFUSED = "the arguments of a refused call are told in part"
TO_THE_MODEL = "no span of a tool: a failure is only in the text that went back to the model"
NO_SPAN = "no span of a tool that throws"
NO_SPANS = "no span of a tool"
NOT_ASKED = "the calls that an answer asks for are not told"
DECLINED = "called twice, of which one was declined in the tool"

# What is in the telemetry only in a way that says less than the fact.
KNOWN = {
    "adk/refund": {"approvals": "only that the tool ran afterwards is told"},
    "claude-agent-sdk/resume-protobuf": {"calls proposed": NOT_ASKED},
    "claude-agent-sdk/session-defaults-redacted": {"calls proposed": NOT_ASKED},
    "claude-agent-sdk/session-json": {"calls proposed": NOT_ASKED, "arguments": REFUSED},
    "claude-agent-sdk/session-protobuf": {"calls proposed": NOT_ASKED, "arguments": REFUSED},
    "claude-agent-sdk/subagent-json": {
        "calls proposed": NOT_ASKED,
        "sessions": "a subagent's id is no session, though some spans call it a conversation"
    },
    "codex/approvals-json": {"calls proposed": NOT_ASKED},
    "codex/exec-json": {"calls proposed": NOT_ASKED},
    "codex/exec-protobuf": {"calls proposed": NOT_ASKED},
    "langchain/traceloop": {
        "agents": "the name of the agent is only in messages",
        "runs": "a tool that throws is told under the name of its class",
    },
    "mastra/refund": {"model calls answered": "one that was suspended has two spans"},
    "mcp/http": {"runs": DECLINED},
    "mcp/stdio": {"runs": DECLINED},
    "openai-agents/refund-openinference": {"approvals": "only a refusal is told"},
    "openai-sdk/openinference-chat": {
        "runs": NO_SPANS,
        "send_email failed": TO_THE_MODEL,
        "send_email error": TO_THE_MODEL,
    },
    "openai-sdk/openinference-chat-stream": {
        "runs": NO_SPANS,
        "send_email failed": TO_THE_MODEL,
        "send_email error": TO_THE_MODEL,
    },
    "openai-sdk/openinference-responses": {
        "runs": NO_SPANS,
        "send_email failed": TO_THE_MODEL,
        "send_email error": TO_THE_MODEL,
    },
    "openai-sdk/otel-chat": {
        "runs": NO_SPANS,
        "send_email failed": TO_THE_MODEL,
        "send_email error": TO_THE_MODEL,
    },
    "openai-sdk/otel-chat-nocontent-stream": {"runs": NO_SPANS},
    "openai-sdk/traceloop-chat": {
        "runs": NO_SPAN,
        "send_email failed": NO_SPAN,
        "send_email error": NO_SPAN,
    },
    "openai-sdk/traceloop-responses": {
        "calls proposed": NOT_ASKED,
        "tools": NOT_ASKED + ", and " + NO_SPAN,
        "call ids": NOT_ASKED,
        "runs": NO_SPAN,
        "send_email failed": NO_SPAN,
        "send_email error": NO_SPAN,
    },
    "vercel-ai/refund-genai": {"approvals": NO_ANSWER},
    "vercel-ai/refund-genai-nocontent": {"calls proposed": NOT_ASKED},
    "vercel-ai/refund-genai-responses": {"approvals": NO_ANSWER},
    "vercel-ai/refund-legacy": {"runs": "no span of a tool that ran after its approval"},
}


class CapturesTest(Judged):
    KNOWN = KNOWN

    @classmethod
    def setUpClass(cls):
        place = captures.folder()
        if place is None:
            skip_loudly("no captures of frameworks: AUDIT_SHARED does not name a folder with them")
        cls.all = [capture for capture in captures.all_captures(place) if capture.encodings()]
        cls.each = [(capture, encoding) for capture in cls.all for encoding in capture.encodings()]

    def of(self, capture, encoding):
        return self.ingested(f"{capture.name}-{encoding}", capture.bodies(encoding))

    def test_a_body_is_lost_or_changed(self):
        for capture, encoding in self.each:
            with self.subTest(capture.name, encoding=encoding):
                ledger, told = self.of(capture, encoding)
                self.assertEqual(len(told.parts()), capture.parts(encoding))
                self.assertEqual(told.of("unparsed"), [])
                self.assert_raw_is(ledger, map(captures.unpacked, capture.bodies(encoding)))
                self.assert_intact(ledger)

    def assert_raw_is(self, ledger, bodies):
        out = ledger.with_suffix(".raw")
        out.mkdir()
        self.run_ok("export", "--raw", "-q", "-l", ledger, "-o", out)
        given_back = []
        for file in out.iterdir():
            content = file.read_bytes()
            given_back += content.splitlines() if file.name == "lines.txt" else [content]
        self.assertEqual(collections.Counter(given_back), collections.Counter(bodies))

    def test_the_encodings_do_not_mean_the_same(self):
        compared = [capture for capture in self.all if capture.both_say_the_same()]
        self.assertTrue(compared)
        for capture in compared:
            with self.subTest(capture.name):
                _, of_json = self.of(capture, "otlp-json")
                _, of_protobuf = self.of(capture, "otlp-pb")
                self.assertEqual(of_json.meaning(), of_protobuf.meaning())

    def test_spans_that_are_sent_again_are_stored_again(self):
        for capture, encoding in self.each:
            with self.subTest(capture.name, encoding=encoding):
                ledger, _ = self.of(capture, encoding)
                bodies = [b for b in capture.bodies(encoding) if "traces" in b.name]
                again = self.ingested_again(ledger, bodies)
                self.assertEqual((again["entries"], again["duplicates"]), (0, len(bodies)))

    def ingested_again(self, ledger, bodies):
        """What ingest says of copies that come from elsewhere."""
        copies = ledger.with_suffix(".again")
        copies.mkdir()
        for body in bodies:
            shutil.copy(body, copies)
        again = self.run_ok("ingest", "--json", "-l", ledger, *copies.iterdir())
        return json.loads(again.stdout)

    def test_a_known_fact_is_missed(self):
        outcomes = collections.Counter()
        for capture in self.all:
            _, told = self.of(capture, capture.encodings()[0])
            self.judge(capture, told, outcomes)
        print(f"captures: {dict(outcomes)}", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
