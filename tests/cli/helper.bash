# Shared by all files: where the program is, a place to work, a way to have a terminal.
# shellcheck disable=SC2034  # the tests read what is set here

# The program under test: AUDIT, else `audit` of the PATH.
setup() {
  audit=${AUDIT:-$(command -v audit)}
  [ -x "$audit" ] || fail "no program: set AUDIT"
  cd "$BATS_TEST_TMPDIR" || return
  unset AUDIT_LEDGER AUDIT_PAGER PAGER LESS NO_COLOR CLICOLOR_FORCE SOURCE_DATE_EPOCH
  export AUDIT_CONFIG='' AUDIT_STATE=$BATS_TEST_TMPDIR/state TZ=Pacific/Chatham LC_ALL=C.UTF-8
}

audit() {
  "$audit" "$@"
}

# A ledger with three events: 1 a refund, 2 a refusal, 3 a line that is no JSON.
make_ledger() {
  audit init -q
  cat >events.jsonl <<'END'
{"type":"tool.call","time":"2026-08-01T12:00:00Z","agent":"billing-eu","tool":"refund","status":"ok","text":"a refund was made"}
{"type":"policy.decision","time":"2026-08-02T09:30:00Z","agent":"support","decision":"deny","policy":"pii","reason":"address in body"}
this is no JSON
END
  audit ingest -q events.jsonl 2>/dev/null
}

# Appends this many messages, which say nothing worth finding.
add_messages() {
  for _ in $(seq "$1"); do
    echo '{"type":"message","text":"some words that fill a line"}'
  done | audit ingest -q
}

# Runs a shell command with a terminal on stdin, stdout and stderr: on_terminal COLUMNS ROWS COMMAND.
# Carriage returns are taken out; the exit status is the command's.
on_terminal() {
  TERM=xterm script -qec "stty cols $1 rows $2; $3" /dev/null </dev/null | tr -d '\r'
  return "${PIPESTATUS[0]}"
}

fail() {
  echo "$*" >&2
  return 1
}

# A command that must not succeed: a bare `!` would not fail a test.
refute() {
  if "$@"; then fail "succeeded: $*"; fi
}

# Like `run`, but keeps the two streams apart: $stdout, $stderr, $status.
run_apart() {
  status=0
  "$@" >stdout.txt 2>stderr.txt || status=$?
  stdout=$(cat stdout.txt)
  stderr=$(cat stderr.txt)
}

# run_apart with the program and words that are given as one text, for lists of command lines.
run_words() {
  local words
  read -ra words <<<"$1"
  run_apart audit "${words[@]}"
}

# The files here whose names hold a text.
files_like() {
  find . -name "*$1*" -printf '%f\n'
}

# Whether standard input holds these bytes (a Perl pattern), whatever the encoding of the locale.
has_bytes() {
  LC_ALL=C grep -qaP "$1"
}

# Asks a JSON text a question in Python: json 'o["size"] == 4' <<<"$text".
json() {
  python3 -c 'import json, sys; o = json.load(sys.stdin); sys.exit(not ('"$1"'))' ||
    fail "not true: $1"
}
