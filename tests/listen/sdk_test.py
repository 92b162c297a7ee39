"""A real client: the OpenTelemetry SDK for JavaScript sends to `audit ingest --listen`.

Skipped, loudly, where there is no node, or its packages cannot be installed. SDK_FOLDER says where they
are installed to (ctest sets it, in the build folder).
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import harness
import npm
import receiver

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("SDK_FOLDER", "/tmp/audit-sdk"))


class Sdk(harness.Case):
    @classmethod
    def setUpClass(cls):
        why = npm.install("the packages", HERE, FOLDER)
        if why:
            harness.skip_loudly(f"the OpenTelemetry SDK is not here: {why}")

    def setUp(self):
        super().setUp()
        self.init()

    def sender(self, here, encoding, spans, logs=0, pause=0, **more):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("OTEL_")
        }
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"{here.scheme}://127.0.0.1:{here.port}"
        environment.update(more)
        return subprocess.Popen(
            ["node", HERE / "send.js", encoding, str(spans), str(logs), str(pause)],
            cwd=FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )

    def sent(self, process):
        out, err = process.communicate(timeout=harness.SECONDS)
        self.assertEqual(process.returncode, 0, err.decode())
        told = json.loads(out)
        self.assertEqual(told["failed"], 0, told["errors"])
        return [tuple(key) for key in told["ids"]]

    def check_sent(self, encoding, **more):
        here = receiver.Receiver(self.ledger)
        self.addCleanup(here.kill)
        ids = self.sent(self.sender(here, encoding, 300, logs=20, **more))
        self.assertEqual(receiver.stored_spans(self.ledger), {key: 1 for key in ids})
        self.assertEqual(here.stop()[0], 130)
        self.assert_intact()
        calls = self.run_ok("search", "--count", "--json", "-l", self.ledger, "type:llm.call")
        self.assertEqual(json.loads(calls.stdout)["count"], 300)
        logs = self.run_ok(
            "search", "--json", "-n", "0", "-l", self.ledger, "line -type:source.record"
        )
        self.assertEqual(len(logs.stdout.splitlines()), 20)
        one = self.run_ok("search", "--json", "-l", self.ledger, "type:llm.call model:model-x -n 1")
        self.assertTrue(one.stdout)

    def test_json(self):
        self.check_sent("json")

    def test_protobuf(self):
        self.check_sent("proto")

    def test_protobuf_packed(self):
        self.check_sent("proto", OTEL_EXPORTER_OTLP_COMPRESSION="gzip")

    def test_a_token_is_not_sent_or_not_taken(self):
        token = "0123456789abcdef0123456789abcdef"
        (self.folder / "token").write_text(token)
        here = receiver.Receiver(self.ledger, "--token-file", self.folder / "token")
        self.addCleanup(here.kill)
        headers = {"OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{token}"}
        ids = self.sent(self.sender(here, "proto", 10, **headers))
        self.assertEqual(receiver.stored_spans(self.ledger), {key: 1 for key in ids})
        out, _ = self.sender(here, "proto", 10).communicate(timeout=harness.SECONDS)
        self.assertGreater(json.loads(out)["failed"], 0)

    def test_kills_lose_or_double_spans_that_the_exporter_sends_again(self):
        chance = random.Random(20251122)
        here = receiver.Receiver(self.ledger)
        self.addCleanup(lambda: here.kill())
        port, kills = here.port, 3
        process = self.sender(here, "proto", 1200, pause=30)
        ended = threading.Event()

        def wait():
            process.wait()
            ended.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        killed = 0
        for _ in range(kills):
            if ended.wait(chance.uniform(0.4, 0.8)):
                break
            here.process.kill()  # in the middle of whatever it does
            here.kill()
            killed += 1
            here = receiver.Receiver(self.ledger, port=port)
        ids = self.sent(process)
        waiting.join()
        self.assertEqual(killed, kills, "it had ended before it was killed")
        self.assertEqual(len(ids), 1200)
        self.assertEqual(receiver.stored_spans(self.ledger), {key: 1 for key in ids})
        here.stop()
        self.assert_intact()


if __name__ == "__main__":
    unittest.main(verbosity=2)
