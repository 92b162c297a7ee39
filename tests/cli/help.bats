#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "audit alone prints one screen of help to stderr and exits 2" {
  run_apart audit
  [ "$status" -eq 2 ]
  [ -z "$stdout" ]
  [[ $stderr == *"Usage: audit COMMAND"* ]]
  [ "$(wc -l <stderr.txt)" -le 24 ]
}

@test "--version is one line, and with --json says how it was built" {
  run_apart audit --version
  [ "$status" -eq 0 ]
  [[ $stdout =~ ^audit\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
  [ "$(wc -l <stdout.txt)" -eq 1 ]
  audit --json --version | json 'o["schema"] == "audit.version/1" and o["ledger_format"] == 1'
}

@test "help goes to stdout, exits 0, and is short with -h and full with --help" {
  for command in '' init ingest verify search export; do
    run_words "$command -h"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    short=$(wc -l <stdout.txt)
    run_words "$command --help"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(wc -l <stdout.txt)" -gt "$short" ]
    [[ $stdout == *Examples* && $stdout == *"Exit status"* ]]
    awk 'length > 80 { exit 1 }' stdout.txt
  done
}

@test "help is given though the ledger and the configuration are not there" {
  AUDIT_CONFIG=/nowhere run_apart audit search -l /nowhere --help
  [ "$status" -eq 0 ]
}

@test "a mistyped command is named, with the nearest one" {
  run_apart audit serch
  [ "$status" -eq 2 ]
  [[ $stderr == *"audit: error: unknown command 'serch'"* ]]
  [[ $stderr == *"hint: did you mean 'search'?"* ]]
}

@test "a mistyped flag is named, with the nearest one, before and after the command" {
  run_apart audit verify --knwon x
  [ "$status" -eq 2 ]
  [[ $stderr == *"unknown flag '--knwon'"*"did you mean '--known'?"* ]]
  run_apart audit --jsn verify
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean '--json'?"* ]]
  run_apart audit search --agnet x
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean '--agent'?"* ]]
}

@test "nothing is suggested for what is like nothing" {
  run_apart audit frobnicate
  [ "$status" -eq 2 ]
  [[ $stderr != *"did you mean"* ]]
}

@test "a flag without its value, an empty value, and a value where none belongs are refused" {
  for words in '--ledger' 'search --agent=' 'search --count=yes' 'verify --known'; do
    run_words "$words"
    [ "$status" -eq 2 ]
    [[ $stderr == *value* ]]
  done
}

@test "with --json an error is one JSON object on stderr, wherever --json stands" {
  for words in '--json serch' 'verify --json --nosuch' '--json' 'search --json -l nowhere'; do
    run_words "$words"
    [ "$status" -ne 0 ]
    [ -z "$stdout" ]
    json "o['schema'] == 'audit.error/1' and o['code'] == $status and o['message'] and 'hint' in o" \
      <stderr.txt
  done
}

@test "every flag is in the help and in the man page, and the completions are up to date" {
  root=$BATS_TEST_DIRNAME/../..
  python3 "$root/tests/cli/check_flags.py" "$audit" "$root/man"
  python3 "$root/scripts/gen-completions.py" --check "$audit"
}

@test "bash completion offers commands, flags, words and files" {
  source "$BATS_TEST_DIRNAME/../../completions/audit.bash"
  complete_words() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _audit
    echo "${COMPREPLY[*]}"
  }
  [ "$(complete_words audit ve)" = verify ]
  [ "$(complete_words audit search --deci)" = --decision ]
  [ "$(complete_words audit search --color n)" = never ]
  [ "$(complete_words audit search --output j)" = jsonl ]
  touch some.ledger
  [ "$(complete_words audit verify som)" = some.ledger ]
}

@test "help and version may be asked for by a word" {
  for command in init ingest verify search export; do
    cmp <(audit help "$command") <(audit "$command" --help)
  done
  cmp <(audit help) <(audit --help)
  cmp <(audit version) <(audit --version)
  run_apart audit help serch
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'search'?"* ]]
}

@test "help and hints fit a narrow terminal and break between words" {
  for words in '--help' '-h' 'verify --help' 'export -h' 'search --agnet x' 'verify'; do
    run on_terminal 50 40 "'$audit' --color never $words"
    printf '%s\n' "$output" |
      awk 'length > 50 && !/[^ ]{30}/ { print > "/dev/stderr"; exit 1 }' || fail "$words"
  done
  run on_terminal 50 200 "'$audit' verify --help"
  words_of() { tr -s '[:space:]' ' '; }
  cmp <(printf '%s\n' "$output" | words_of) <(audit verify --help | words_of)
}

@test "no example of the help loses its star to the shell" {
  for command in '' init ingest verify search export; do
    run_words "$command --help"
    refute grep -E "^  audit [^'\"]*\*" stdout.txt
  done
}
