#!/usr/bin/env python3
"""Makes the shell completions from the program's own description of its command line.

usage: gen-completions.py [--check] AUDIT [FOLDER]

AUDIT is the program; FOLDER (default: completions beside this script's folder) gets audit.bash,
_audit and audit.fish. With --check nothing is written: exit 1 if a file is not up to date.
"""
import json
import pathlib
import subprocess
import sys

NOTE = "made by scripts/gen-completions.py from audit --describe-cli; do not edit"


def visible(flags):
    return [flag for flag in flags if not flag["hidden"]]


def takes_file(flag):
    return "FILE" in flag.get("value", "").split("|")


def shell_words(words):
    return " ".join(words)


def quoted(text):
    """In single quotes, for any of the three shells."""
    return "'" + text.replace("'", "'\\''") + "'"


# ---- bash


def bash_value_case(flags, indent):
    lines = []
    for flag in flags:
        if "value" not in flag:
            continue
        names = " | ".join(flag["names"])
        if flag["choices"]:
            action = f'_audit_words "{shell_words(flag["choices"])}"'
        elif takes_file(flag):
            action = "_audit_files"
        else:
            action = "COMPREPLY=()"
        lines += [f"{names})", f"  {action}", "  return", "  ;;"]
    return "".join(f"{indent}{line}\n" for line in lines)


def bash(cli):
    commands = cli["commands"]
    global_flags = visible(cli["flags"])
    global_names = shell_words(name for flag in global_flags for name in flag["names"])
    out = f"""# bash completion for audit: {NOTE}
# shellcheck shell=bash

_audit_words() {{
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}

_audit_files() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "${{COMP_WORDS[COMP_CWORD]}}")
}}

_audit() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command='' files='' word
  local flags="{global_names}"
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
      {' | '.join(command['name'] for command in commands)})
        command=$word
        break
        ;;
    esac
  done
  case $command in
"""
    for command in commands:
        flags = visible(command["flags"])
        names = shell_words(name for flag in flags for name in flag["names"])
        out += f'    {command["name"]})\n      flags+=" {names}"\n'
        if command["word_kind"] == "FILE":
            out += "      files=yes\n"
        values = bash_value_case(flags, "        ")
        if values:
            out += f"      case $previous in\n{values}      esac\n"
        out += "      ;;\n"
    out += f"""  esac
  case $previous in
{bash_value_case(global_flags, '    ')}  esac
  if [[ $current == -* ]]; then
    _audit_words "$flags"
  elif [[ -z $command ]]; then
    _audit_words "{shell_words(command['name'] for command in commands)}"
  elif [[ -n $files ]]; then
    _audit_files
  fi
}}

complete -F _audit audit
"""
    return out


# ---- zsh


def zsh_text(text):
    for char in "\\[]:":
        text = text.replace(char, "\\" + char)
    return text


def zsh_flag(flag):
    names = flag["names"]
    spec = f"[{zsh_text(flag['help'])}]"
    if "value" in flag:
        label = zsh_text(flag["value"].split("|")[0] if flag["choices"] else flag["value"])
        if flag["choices"]:
            action = "(" + " ".join(flag["choices"]) + ")"
        else:
            action = "_files" if takes_file(flag) else ""
        spec += f":{label}:{action}"
    if flag.get("repeatable"):
        return [quoted("*" + name + spec) for name in names]
    if len(names) == 1:
        return [quoted(names[0] + spec)]
    return [quoted("(" + " ".join(names) + ")") + "{" + ",".join(names) + "}" + quoted(spec)]


def zsh_flags(flags, indent):
    specs = [spec for flag in visible(flags) for spec in zsh_flag(flag)]
    return "".join(f"{indent}{spec}\n" for spec in specs)


def zsh(cli):
    out = f"""#compdef audit
# zsh completion for audit: {NOTE}

_audit() {{
  local context state line
  local -a global_flags commands flags
  typeset -A opt_args
  global_flags=(
{zsh_flags(cli['flags'], '    ')}  )
  commands=(
"""
    for command in cli["commands"]:
        out += "    " + quoted(command["name"] + ":" + zsh_text(command["help"])) + "\n"
    out += """  )
  _arguments -C $global_flags '1:command:->command' '*::word:->words'
  case $state in
    command)
      _describe -t commands command commands
      ;;
    words)
      case $line[1] in
"""
    for command in cli["commands"]:
        words = "*:file:_files" if command["word_kind"] == "FILE" else "*:query: "
        out += f"""        {command['name']})
          flags=(
{zsh_flags(command['flags'], '            ')}          )
          _arguments -S $global_flags $flags {quoted(words)}
          ;;
"""
    return out + """      esac
      ;;
  esac
}

_audit "$@"
"""


# ---- fish


def fish_flag(flag, condition):
    parts = ["complete -c audit"]
    if condition:
        parts.append(f"-n {quoted(condition)}")
    for name in flag["names"]:
        parts.append(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}")
    if "value" in flag:
        if flag["choices"]:
            parts.append(f"-x -a {quoted(' '.join(flag['choices']))}")
        else:
            parts.append("-r -F" if takes_file(flag) else "-x")
    parts.append(f"-d {quoted(flag['help'])}")
    return " ".join(parts) + "\n"


def fish(cli):
    out = f"# fish completion for audit: {NOTE}\n\ncomplete -c audit -f\n\n"
    for flag in visible(cli["flags"]):
        out += fish_flag(flag, "")
    for command in cli["commands"]:
        name, seen = command["name"], f"__fish_seen_subcommand_from {command['name']}"
        out += f"\ncomplete -c audit -n __fish_use_subcommand -a {name} -d {quoted(command['help'])}\n"
        if command["word_kind"] == "FILE":
            out += f"complete -c audit -n {quoted(seen)} -F\n"
        for flag in visible(command["flags"]):
            out += fish_flag(flag, seen)
    return out


def main(arguments):
    check = "--check" in arguments
    arguments = [argument for argument in arguments if argument != "--check"]
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    folder = pathlib.Path(__file__).resolve().parent.parent / "completions"
    if len(arguments) == 2:
        folder = pathlib.Path(arguments[1])
    cli = json.loads(subprocess.check_output([arguments[0], "--describe-cli"]))
    stale = []
    for name, text in (("audit.bash", bash(cli)), ("_audit", zsh(cli)), ("audit.fish", fish(cli))):
        path = folder / name
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path))
    if stale:
        sys.exit("not up to date (scripts/gen-completions.py makes them): " + " ".join(stale))


if __name__ == "__main__":
    main(sys.argv[1:])
