#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "a bundle is checked where there is nothing but it and the key" {
  make_ledger
  audit export --bundle -o refund.bundle refund
  mkdir elsewhere
  mv refund.bundle audit.ledger.pub elsewhere
  rm audit.ledger*
  cd elsewhere
  run_apart audit verify -q refund.bundle --key audit.ledger.pub --require signed
  [ "$status" -eq 0 ]
  [[ $stdout == "intact: 1 entry of the ledger of 4 verified; signed by a key you know"* ]]
  run_apart audit verify refund.bundle
  [ "$status" -eq 0 ]
  [[ $stdout == *self-declared* ]]
  [[ $stdout == *"asked   refund (as its maker says)"* ]]
  [[ $stdout == *"does not show that they are all"* ]]
}

@test "it is written whole or not at all, and replaces nothing by accident" {
  make_ledger
  run_apart audit export --bundle -o x nothing-says-this
  [ "$status" -eq 1 ]
  [ ! -e x ]
  audit export --bundle -o x
  run_apart audit export --bundle -o x
  [ "$status" -eq 73 ]
  audit export --bundle -o x --force
  run_apart audit export --bundle -o audit.ledger --force
  [ "$status" -eq 78 ]
  audit export --bundle >y
  cmp x y
  audit export --bundle -o - | cmp - x
  [ -z "$(files_like spool)" ]
}

@test "it is not for a terminal" {
  make_ledger
  run on_terminal 80 24 "'$audit' export --bundle"
  [ "$status" -eq 2 ]
  [[ $output == *"-o FILE"* ]]
}

@test "what does not go together is said" {
  make_ledger
  audit export --bundle -o b
  audit verify -q --save kept
  local words
  for words in '--bundle --csv' '--bundle --proof 1' '--bundle --tiles t' '--bundle --fields time' '--bundle --title x' \
    '--csv --hide user' '--csv --known kept' '--bundle --hide agent' '--bundle --hide nothing' '--bundle -n x' \
    '--bundle --known audit.ledger.pub'; do
    run_words "export -o no $words"
    [ "$status" -eq 2 ] || fail "export $words: $status $stderr"
    [ ! -e no ]
  done
  for words in '--save s' '--cosign k' '--evidence e' '--rebuild-index' '--leaf b' '--since-known --known kept'; do
    run_words "verify b $words"
    [ "$status" -eq 2 ] || fail "verify b $words: $status $stderr"
  done
  run_apart audit export --bundle -o no --known missing
  [ "$status" -eq 66 ]
}

@test "-n, filters and a query choose the entries" {
  make_ledger
  audit export --bundle -n 2 -o two
  audit verify --json two | json 'o["bundled"]["entries"] == 2 and o["entries_checked"] == 2'
  audit export --bundle --decision deny -o one
  audit verify --json one | json 'o["bundled"] == {"entries": 1, "withheld": 0, "query": "decision:deny"}'
}

@test "of a ledger that was changed there is no bundle" {
  make_ledger
  python3 - <<'END2'
import sqlite3
db = sqlite3.connect("audit.ledger")
trigger = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'entry_update'").fetchone()[0]
db.execute("DROP TRIGGER entry_update")
db.execute("UPDATE entry SET received = received + 1 WHERE seq = 2")
db.execute(trigger)
db.commit()
END2
  run_apart audit export --bundle -o no seq:2
  [ "$status" -eq 65 ]
  [[ $stderr == *"entry 2 is not what its hash says"* ]]
  [ ! -e no ]
  audit export --bundle -o yes seq:1
}

@test "lines as long as a payload can make them are written and read" {
  audit init -q
  python3 -c 'import sys; sys.stdout.write("\x01" * 16_000_000 + "\n")' | audit ingest -q 2>/dev/null
  audit export --bundle -o long
  [ "$(stat -c %s long)" -gt 96000000 ]
  audit verify -q long --key audit.ledger.pub
}

@test "what an agent wrote is shown escaped" {
  audit init -q
  printf '{"type":"note","user":"\\u001b[31m"}\n' | audit ingest -q
  audit export --bundle -o b "$(printf 'user:"\033[31m"')"
  refute has_bytes '\x1b' <b
  run_apart audit verify b
  refute has_bytes '\x1b' <stdout.txt
}
