#!/usr/bin/env python3
"""Checks that every flag is in the full help and in the man page of its command, and no other is.

usage: check_flags.py AUDIT MAN_FOLDER
"""
import json
import pathlib
import re
import subprocess
import sys

audit, man = sys.argv[1], pathlib.Path(sys.argv[2])


def output(*command):
    return subprocess.check_output(command, text=True)


def page_text(name):
    text = output("mandoc", "-T", "utf8", str(man / f"{name}.1"))
    return re.sub(".\b", "", text)  # overstrikes


def flags_in(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


def flags_listed(help_text):
    """The flags at the beginning of a line of the help."""
    found = set()
    for line in help_text.splitlines():
        match = re.match(r" {2,6}(-\w)?(, )?(--[a-z-]+)?(?= |$)", line)
        if match:
            found.update(name for name in match.group(1, 3) if name)
    return found


problems = []


def check(where, text, names):
    present = flags_in(text)
    problems.extend(f"{where}: {name} is missing" for name in sorted(names - present))


cli = json.loads(output(audit, "--describe-cli"))
global_names = {n for flag in cli["flags"] if not flag["hidden"] for n in flag["names"]}
hidden = {n for flag in cli["flags"] if flag["hidden"] for n in flag["names"]}
check("audit --help", output(audit, "--help"), global_names)
check("audit -h", output(audit, "-h"), global_names)
check("audit.1", page_text("audit"), global_names)

for command in cli["commands"]:
    name = command["name"]
    names = {n for flag in command["flags"] if not flag["hidden"] for n in flag["names"]}
    hidden |= {n for flag in command["flags"] if flag["hidden"] for n in flag["names"]}
    full = output(audit, name, "--help")
    page = page_text(f"audit-{name}")
    check(f"audit {name} -h", output(audit, name, "-h"), names)
    check(f"audit {name} --help", full, names | global_names)
    check(f"audit-{name}.1", page, names)
    # What the page promises must exist, here or in the pages it points to.
    known = {n for c in cli["commands"] for flag in c["flags"] for n in flag["names"]}
    unknown = {n for n in flags_in(page) if n.startswith("--")} - known - global_names
    problems.extend(f"audit-{name}.1: there is no {n}" for n in sorted(unknown))
    extra = flags_listed(full) - names - global_names
    problems.extend(f"audit {name} --help: there is no {n}" for n in sorted(extra))

for flag in hidden:
    if flag in output(audit, "--help"):
        problems.append(f"{flag} is hidden but in the help")

if problems:
    sys.exit("\n".join(problems))
