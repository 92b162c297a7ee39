"""Debian's Chromium for tests, driven by Playwright: one process for all tests of a file.

Skipped, loudly, where there is no Chromium or no node, or npm cannot install Playwright. PAGE_FOLDER
says where it is installed to (ctest sets it, in the build folder).
"""

import json
import os
import pathlib
import shutil
import subprocess

import npm

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = pathlib.Path(os.environ.get("PAGE_FOLDER", "/tmp/audit-page"))


def install():
    """Installs Playwright once; why that is not possible, or nothing."""
    if not shutil.which("chromium"):
        return "there is no chromium"
    return npm.install("Playwright", HERE, FOLDER)


class Browser:
    def __init__(self):
        self.process = subprocess.Popen(
            ["node", HERE / "browser.js"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "NODE_PATH": str(FOLDER / "node_modules"),
                "CHROMIUM": shutil.which("chromium"),
            },
        )
        assert json.loads(self.process.stdout.readline() or b"{}").get("ready"), "no browser"

    def ask(self, command, **words):
        line = json.dumps({"command": command, **words}) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"{command}: {answer['error']}")
        return answer["value"]

    def open(self, file, **how):
        return self.ask("open", file=str(file), **how)

    def evaluate(self, script):
        return self.ask("evaluate", script=script)

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def count(self, selector):
        return self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
