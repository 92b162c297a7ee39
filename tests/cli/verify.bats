#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "an untouched ledger is intact, in one sentence that says what it does not rest on" {
  make_ledger
  run_apart audit verify
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ ${stdout%%$'\n'*} == "intact: 4 entries verified; signer self-declared"*unanchored* ]]
  [[ $stdout == *"what this does not cover"* ]]
  [[ $stdout == *"root "* ]]
}

@test "verify --json has every member of audit.verify/1" {
  make_ledger
  audit verify --json >out
  json 'o["schema"] == "audit.verify/1" and o["verdict"] == "intact" and o["size"] == 4 and
        o["entries_checked"] == 4 and o["erased"] == 0 and o["findings"] == [] and
        len(o["root"]) == 44 and o["origin"].startswith("audit.local/") and
        "chain" in o["level"] and "signed" not in o["level"] and o["limits"] and
        all(c["status"] in ("pass", "fail", "skipped") for c in o["checks"])' <out
  audit verify --format json | cmp - out
}

@test "a changed byte is found, named, and exits 1" {
  make_ledger
  python3 - <<'END'
import sqlite3
db = sqlite3.connect("audit.ledger")
triggers = db.execute(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'entry'").fetchall()
for name, _ in triggers:
    db.execute(f"DROP TRIGGER {name}")
db.execute("UPDATE entry SET received = received + 1 WHERE seq = 2")
for _, sql in triggers:
    db.execute(sql)
db.commit()
END
  run_apart audit verify
  [ "$status" -eq 1 ]
  [[ ${stdout%%$'\n'*} == "tampered: "*"entry 2" ]]
  status=0
  audit verify --json >out || status=$?
  [ "$status" -eq 1 ]
  json 'o["verdict"] == "tampered" and any(f["seq"] == 2 for f in o["findings"])' <out
}

@test "--require exits 3 below what it asks for, and 0 when a key from outside is given" {
  make_ledger
  run_apart audit verify --require signed
  [ "$status" -eq 3 ]
  [[ ${stdout%%$'\n'*} == "intact, but not signed: "* ]]
  audit verify -q --require signed,complete --key audit.ledger.pub
  audit verify -q --require signed --key "$(cat audit.ledger.pub)"
  run_apart audit verify --require sined
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'signed'?"* ]]
}

@test "a kept checkpoint anchors the ledger, and shows when it was rolled back" {
  make_ledger
  cp audit.ledger old.ledger
  audit verify -q --save kept
  echo '{"type":"message"}' | audit ingest -q
  audit verify -q --known kept --require anchored
  audit verify -q --save kept
  run_apart audit verify old.ledger --known kept
  [ "$status" -eq 1 ]
  [[ $stdout == "rolled-back: "* ]]
  cp kept before
  run_apart audit verify old.ledger --save kept
  [ "$status" -eq 1 ]
  [[ $stdout == "rolled-back: "* ]]
  cmp kept before
}

@test "--save replaces the only evidence of a fork" {
  make_ledger
  cp audit.ledger other.ledger
  cp audit.ledger.key other.ledger.key
  echo '{"type":"message","text":"one"}' | audit ingest -q
  audit verify -q --save kept
  cp kept before
  printf '{"type":"message","text":"two"}\n{"type":"message"}\n' | audit ingest -q -l other.ledger
  run_apart audit verify other.ledger --save kept
  [ "$status" -eq 1 ]
  [[ $stdout == "forked: "* ]]
  cmp kept before
  echo 'not a checkpoint' >text
  run_apart audit verify --save text
  [ "$status" -eq 65 ]
  [ "$(cat text)" = 'not a checkpoint' ]
}

@test "--quick skips the index and says so" {
  make_ledger
  audit verify --quick --json | json '"complete" not in o["level"] and "index" not in o["level"] and
    any(c["status"] == "skipped" for c in o["checks"])'
}

@test "--quiet leaves only the verdict" {
  make_ledger
  [ "$(audit verify -q | wc -l)" -eq 1 ]
}

@test "what is no ledger is unverifiable: 65; what is not there: 66" {
  head -c 8192 /dev/zero >zero.ledger
  run_apart audit verify zero.ledger
  [ "$status" -eq 65 ]
  [[ $stdout == unverifiable:* ]]
  : >empty.ledger
  run_apart audit verify empty.ledger
  [ "$status" -eq 65 ]
  run_apart audit verify nowhere.ledger
  [ "$status" -eq 66 ]
  make_ledger
  run_apart audit verify --known nowhere
  [ "$status" -eq 66 ]
}

@test "a key that is none exits 2 or 78, never a verdict" {
  make_ledger
  run_apart audit verify --key 'name+00000000+AAAA'
  [ "$status" -eq 2 ]
  [ -z "$stdout" ]
  echo '# nobody' >empty.pub
  run_apart audit verify --key empty.pub
  [ "$status" -eq 78 ]
}

@test "--rebuild-index gives the index back" {
  make_ledger
  rm -f audit.ledger.index
  audit verify -q --rebuild-index --key audit.ledger.pub --require complete,index
  [ -e audit.ledger.index ]
}

@test "--json and --format text contradict each other" {
  make_ledger
  run_apart audit verify --json --format text
  [ "$status" -eq 2 ]
}

@test "--known reads what a command prints, and never waits for a pipe with a name" {
  make_ledger
  audit verify -q --save kept
  audit verify -q --known <(cat kept) --require anchored
  audit verify -q --known /dev/stdin --require anchored <kept
  # shellcheck disable=SC2002
  cat kept | audit verify -q --known /dev/stdin --require anchored
  mkfifo fifo
  run_apart timeout 10 "$audit" verify --known fifo
  [ "$status" -eq 74 ]
  [[ $stderr == *"it is a pipe, not a file"* ]]
  run_apart timeout 10 "$audit" verify --key ./fifo
  [ "$status" -eq 74 ]
  run_apart timeout 10 "$audit" ingest --key fifo </dev/null
  [ "$status" -eq 74 ]
}

@test "a ledger behind a link: the same answer, and nothing beside the link" {
  make_ledger
  mkdir elsewhere
  ln -s ../audit.ledger elsewhere/now
  echo '{"type":"message"}' | audit ingest -q -l elsewhere/now
  audit verify -q elsewhere/now --require index
  [ "$(audit search -l elsewhere/now --count type:message)" -eq 1 ]
  [ "$(ls elsewhere)" = now ]
  touch -d @0 audit.ledger
  echo x >audit.ledger-journal
  run_apart audit verify elsewhere/now
  [ "$status" -eq 65 ]
  [ "$(stat -c %Y audit.ledger)" -eq 0 ]
}

@test "--save never takes the place of the ledger or of what lies beside it, there or not" {
  make_ledger
  for target in audit.ledger audit.ledger.pub audit.ledger-wal audit.ledger.key ./audit.ledger.index; do
    run_apart audit verify --save "$target"
    [ "$status" -eq 78 ] || fail "$target: $status"
    [ -z "$stdout" ]
  done
  run_apart audit verify --save nowhere/kept
  [ "$status" -eq 66 ]
  [[ $stderr == *"there is no folder 'nowhere'"* ]]
  audit verify -q
}

@test "limits and verdict are broken between words on a terminal, and not at all in a pipe" {
  make_ledger
  run on_terminal 60 60 "'$audit' --color never verify"
  [ "$status" -eq 0 ]
  printf '%s\n' "$output" | awk '/root|origin|skipped|pass/ { next } length > 60 { exit 1 }'
  [ "$(printf '%s' "$output" | tr -s ' \n' ' ' | grep -c 'Give the key you know with --key')" -eq 1 ]
  [ "$(audit verify | grep -c 'self-declared: .*Give the key you know with --key')" -eq 1 ]
}

@test "a witness cosigns what it checked, keeps it, and a policy counts it" {
  make_ledger
  run_apart audit verify --save head --cosign ci.key
  [ "$status" -eq 66 ]
  [[ $stderr == *"--witness NAME makes it"* ]]
  audit verify -q --save head --cosign ci.key --witness example.com/ci
  [ "$(stat -c %a ci.key)" = 600 ]
  [ "$(grep -c '^— ' head)" -eq 2 ]
  printf 'log %s\nwitness ci %s\nquorum ci\n' "$(head -1 audit.ledger.pub)" "$(cat ci.key.pub)" >trust
  audit verify -q --known head --policy trust --require witnessed,signed,anchored
  run_apart audit verify -q --policy trust --require witnessed
  [ "$status" -eq 3 ]
  for wrong in "--cosign ci.key" "--save head --cosign ci.key --quick" "--witness me"; do
    # shellcheck disable=SC2086
    run_apart audit verify $wrong
    [ "$status" -eq 2 ] || fail "$wrong: $status"
  done
  echo 'quorum ci' >trust
  run_apart audit verify --policy trust
  [ "$status" -eq 78 ]
  [[ $stderr == *"trust is no policy: line 1"* ]]
}

@test "a fork is written down so that it can be shown, and never over something" {
  make_ledger
  cp audit.ledger copy && cp audit.ledger.key copy.key && cp audit.ledger.pub copy.pub
  echo '{"type":"message","n":1}' | audit ingest -q
  echo '{"type":"message","n":2}' | audit ingest -q -l copy
  audit verify -q --save head
  run_apart audit verify -q copy --known head --evidence proof
  [ "$status" -eq 1 ]
  [[ $stdout == forked:* ]]
  [ "$(head -1 proof)" = audit-fork@v1 ]
  run_apart audit verify -q copy --known head --evidence proof
  [ "$status" -eq 73 ]
  audit verify -q --known head --evidence other
  [ ! -e other ]
}

@test "what is new since the known checkpoint is all that is read, and the answer says so" {
  make_ledger
  run_apart audit verify --since-known
  [ "$status" -eq 2 ]
  [[ $stderr == *"--known FILE"* ]]
  seq 5000 | sed 's/.*/{"type":"message","n":&}/' | audit ingest -q
  audit verify -q --save head
  echo '{"type":"message"}' | audit ingest -q
  run_apart audit verify --known head --since-known --save head --json
  [ "$status" -eq 0 ]
  [ "$(jq .checked_from <<<"$stdout")" -gt 0 ]
  audit verify -q --known head --require anchored
  run_apart audit verify -q --known head --since-known --require complete
  [ "$status" -eq 3 ]
}

# The XML as its parser sees it: tests, failures, errors, and the names of what failed.
junit() {
  python3 -c '
import sys, xml.etree.ElementTree as tree
for suite in tree.fromstring(sys.stdin.buffer.read()):
    cases = suite.findall("testcase")
    failed = [case.get("name") for case in cases if len(case) and case[0].tag in ("failure", "error")]
    assert int(suite.get("tests")) == len(cases)
    assert int(suite.get("failures")) + int(suite.get("errors")) == len(failed)
    assert int(suite.get("skipped")) == sum(1 for case in cases if case.find("skipped") is not None)
    print(suite.get("name"), *failed)
'
}

@test "JUnit and SARIF say another thing than the verdict" {
  make_ledger
  [ "$(audit verify --format junit | junit)" = audit.ledger ]
  [ "$(audit verify --format sarif | jq '.runs[0].results | length')" -eq 0 ]
  run_apart audit verify --format junit --require signed
  [ "$status" -eq 3 ]
  [ "$(junit <<<"$stdout")" = "audit.ledger require signed" ]
  sqlite3 audit.ledger "DROP TRIGGER entry_update; UPDATE entry SET cost_nano = 7 WHERE seq = 2"
  run_apart audit verify --format junit
  [ "$status" -eq 1 ]
  [[ $(junit <<<"$stdout") == "audit.ledger verdict"* ]]
  run_apart audit verify --format sarif
  [ "$status" -eq 1 ]
  [ "$(jq '.runs[0].results | length' <<<"$stdout")" -gt 0 ]
  [ "$(jq -r '[.runs[0].results[].ruleId] - [.runs[0].tool.driver.rules[].id] | length' <<<"$stdout")" -eq 0 ]
  echo nothing >'a <b> "&".ledger'
  run_apart audit verify --format junit audit.ledger 'a <b> "&".ledger'
  [ "$status" -eq 1 ]
  junit <<<"$stdout" | grep -qF 'a <b> "&".ledger verdict'
  run_apart audit verify --format sarif 'a <b> "&".ledger'
  [ "$status" -eq 65 ]
  [ "$(jq '.runs[0].invocations[0].executionSuccessful' <<<"$stdout")" = false ]
}

@test "a ledger that goes back is not noticed by who saw it before" {
  export AUDIT_STATE=$PWD/state
  make_ledger
  cp audit.ledger old
  echo '{"type":"message","text":"later"}' | audit ingest -q
  audit search --count later >count 2>err
  [ ! -s err ]
  cp audit.ledger new
  cp old audit.ledger
  rm -f audit.ledger.index
  run_apart audit search --count later
  [[ $stderr == *"went back: it has 4 entries, and had 5"* ]]
  run_apart audit verify -q
  [ "$status" -eq 0 ]
  [[ $stderr == *"went back"* ]]
  run_apart audit verify -q --require anchored
  [ "$status" -eq 1 ]
  [[ $stdout == rolled-back:* ]]
  echo '{"type":"message","text":"other"}' | audit ingest -q 2>err
  grep -q 'went back' err
  run_apart audit search --count other
  [[ $stderr == *"another history"* ]]
  cp new audit.ledger
  rm -f audit.ledger.index
  audit search --count later 2>err
  [ ! -s err ]
  run_apart audit verify -q --require anchored  # what this machine saw contradicts, and vouches not
  [ "$status" -eq 3 ]
}
