"""What agents wrote of their own work: is nothing lost, do known facts hold?

Skipped, loudly, where there are no captures; see captures_test.py. Every fact that does not hold is
one of KNOWN, with the reason; one of KNOWN that holds fails the test.
"""

import collections
import json
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import captures
from harness import skip_loudly
from judged import Judged

AT_ITS_START = "a message in the stream has the counters of its beginning"
NO_RETRY = "a call that failed and was tried again is not written down"
NO_YES = "only a refusal is told"
SHELL = "the command is told as the shell got it"
SAMPLING = "the server asked for a call of a model, by the client: no call of the agent's own"
DECLINED = "called twice, of which one was refused: by a person, or for its arguments"
SUBAGENT = "a subagent's id is an agent, no session"

NO_BEGIN = "that a call was asked for is told, and its result, not that it began"
NOT_ASKED = "what the model asked for is not told"

TRANSCRIPT = {"runs": NO_BEGIN}
STREAM = {"runs": NO_BEGIN, "tokens out": AT_ITS_START}
WIRE = {"model calls answered": SAMPLING, "runs": DECLINED}
ONLY_SUMS = "only what a turn cost as a whole is told"
EXEC_EVENTS = {
    "calls proposed": NOT_ASKED,
    "arguments": SHELL,
    "call ids": "the events number their items",
    "tools": "the kind of an item is told, not the tool's name",
    "model calls answered": ONLY_SUMS,
    "model calls failed": NO_RETRY,
    "models": ONLY_SUMS,
    "tokens cached": ONLY_SUMS,
    "tokens in": ONLY_SUMS,
    "tokens out": ONLY_SUMS,
}

# What is in these files only in a way that says less than the fact.
KNOWN = {
    "claude-agent-sdk/resume-protobuf stream": STREAM,
    "claude-agent-sdk/resume-protobuf transcript": TRANSCRIPT,
    "claude-agent-sdk/session-defaults-redacted stream": STREAM,
    "claude-agent-sdk/session-defaults-redacted transcript": TRANSCRIPT,
    "claude-agent-sdk/session-json stream": STREAM,
    "claude-agent-sdk/session-json transcript": TRANSCRIPT,
    "claude-agent-sdk/session-protobuf stream": STREAM,
    "claude-agent-sdk/session-protobuf transcript": TRANSCRIPT,
    "claude-agent-sdk/subagent-json stream": {**STREAM, "sessions": SUBAGENT},
    "claude-agent-sdk/subagent-json transcript": {**TRANSCRIPT, "sessions": SUBAGENT},
    "codex/approvals-json app server": {
        "arguments": SHELL,
        "tools": "the kind of an item is told, not the tool's name",
        "model calls failed": NO_RETRY,
    },
    "codex/approvals-json rollout": {"approvals": NO_YES, "model calls failed": NO_RETRY},
    "codex/exec-json exec events": EXEC_EVENTS,
    "codex/exec-protobuf exec events": EXEC_EVENTS,
    "codex/exec-json rollout": {"model calls failed": NO_RETRY},
    "codex/exec-protobuf rollout": {"model calls failed": NO_RETRY},
    "mcp/http wire": WIRE,
    "mcp/stdio wire": WIRE,
    "openai-agents/refund-native native": {
        "calls proposed": NOT_ASKED,
        "approvals": NO_YES,
        "arguments": "those of a handoff and of a refused call are not told",
        "send_email error": "the SDK says that it keeps the error back",
    },
}


class TranscriptsTest(Judged):
    KNOWN = KNOWN

    @classmethod
    def setUpClass(cls):
        place = captures.folder()
        if place is None:
            skip_loudly("no captures of agents: AUDIT_SHARED does not name a folder with them")
        cls.all = list(captures.all_transcripts(place))

    def test_a_line_is_lost_or_changed_or_of_no_format(self):
        for transcript in self.all:
            with self.subTest(transcript.name):
                ledger, told = self.ingested(transcript.name, transcript.files)
                self.assertEqual(told.of("unparsed"), [])
                self.assertNotIn("jsonl", told.values("format"))
                self.assert_raw_is(ledger, transcript.files)
                self.assert_intact(ledger)

    def assert_raw_is(self, ledger, files):
        if any(file.suffix == ".json" for file in files):
            out = ledger.with_suffix(".raw")
            out.mkdir()
            self.run_ok("export", "--raw", "-q", "-l", ledger, "-o", out)
            given_back = b"".join(file.read_bytes() for file in sorted(out.iterdir()))
            self.assertEqual(given_back.rstrip(), b"".join(f.read_bytes() for f in files).rstrip())
            return
        given_back = self.run_ok("export", "--raw", "--oldest", "-l", ledger).stdout
        self.assertEqual(given_back, b"".join(file.read_bytes() for file in files))

    def test_tokens_count_twice_where_telemetry_tells_of_the_same_session(self):
        told_twice = [
            transcript
            for transcript in self.all
            if transcript.kind == "transcript" and transcript.expected["llm_calls_answered"]
        ]
        self.assertTrue(told_twice)
        for transcript in told_twice:
            with self.subTest(transcript.name):
                known, _ = self.ingested(f"{transcript.name} alone", transcript.telemetry)
                both, _ = self.ingested(
                    transcript.name, [*transcript.telemetry, *transcript.files]
                )
                self.assertGreater(self.spent(known)[0], 0)
                self.assertEqual(self.spent(both), self.spent(known))

    def spent(self, ledger):
        """Tokens in and out, and costs, of all runs."""
        runs = self.run_ok("search", "-l", ledger, "--runs", "--json").stdout.splitlines()
        return [
            round(sum(json.loads(run).get(name, 0) for run in runs), 9)
            for name in ("tokens_in", "tokens_out", "cost")
        ]

    def test_a_known_fact_is_missed(self):
        outcomes = collections.Counter()
        for transcript in self.all:
            _, told = self.ingested(transcript.name, transcript.files)
            self.judge(transcript, told, outcomes)
        print(f"transcripts: {dict(outcomes)}", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
