#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

vectors=$BATS_TEST_DIRNAME/../vectors
reverify=$BATS_TEST_DIRNAME/../../scripts/reverify.py

# Runs our verify and reverify.py on the same words; both must exit with the status given first.
both() {
  local wanted=$1
  shift
  run_apart audit verify "$@"
  [ "$status" -eq "$wanted" ] || fail "verify $*: $status: $stdout $stderr"
  run_apart python3 "$reverify" "$@"
  [ "$status" -eq "$wanted" ] || fail "reverify.py $*: $status: $stdout $stderr"
}

# The key without the comments of a file.
vector_key() {
  grep -m1 '^ledger.example/log1' "$vectors/notes/ledger.pub"
}

@test "who has only the proof and the key can check it, somewhere else" {
  make_ledger
  add_messages 300
  mkdir -p elsewhere
  audit export --proof 2 -o elsewhere/p
  audit export --proof 303 >elsewhere/q
  cp audit.ledger.pub elsewhere/key
  rm audit.ledger*
  cd elsewhere
  both 0 p --key key
  both 0 q --key "$(cat key)"
  run_apart audit verify -q p --key key --require signed
  [ "$status" -eq 0 ]
  [[ $stdout == "intact: entry 2, received 20"*"is in the ledger of 304 entries; signed by a key you know"* ]]
  audit verify p --key key --json | json 'o["schema"] == "audit.verify/1" and o["verdict"] == "intact" and
    o["size"] == 304 and o["entries_checked"] == 1 and o["level"] == ["tree", "signed"] and
    o["proved"]["seq"] == 2 and len(o["proved"]["hash"]) == 64 and o["limits"]'
  run_apart audit verify p --key key --require anchored
  [ "$status" -eq 3 ]
}

@test "no part of what an entry says is in its proof" {
  audit init -q
  echo '{"type":"tool.call","user":"zebra","text":"walrus"}' | audit ingest -q
  audit export --proof 1 -o p
  refute grep -aq 'zebra\|walrus' p
  grep '^extra ' p | cut -d' ' -f2 | base64 -d >extra
  [ "$(wc -c <extra)" -eq 118 ]
  refute grep -aq 'zebra\|walrus' extra
}

@test "without a key nobody has signed a proof" {
  make_ledger
  audit export --proof 1 -o p
  mkdir -p elsewhere && cp p elsewhere && cd elsewhere
  both 65 p
  run_apart audit verify p
  [[ $stdout == "unverifiable: "*"no key is known"* ]]
  audit init -q other.ledger
  both 65 p --key other.ledger.pub
}

@test "the ledger at hand is asked: for its key, and whether it had that head" {
  make_ledger
  audit export --proof 1 -o p
  audit verify -q --save kept
  run_apart audit verify p
  [ "$status" -eq 0 ]
  [[ $stdout == *self-declared* ]]
  audit verify -q p --require tree
  run_apart audit verify p --require signed
  [ "$status" -eq 3 ]
  add_messages 10
  audit verify -q --save later
  audit verify -q p --key audit.ledger.pub --known kept --known later --require anchored
  audit verify -q -l audit.ledger p --known later --require anchored
  mv audit.ledger away
  run_apart audit verify p --key audit.ledger.pub --known later
  [ "$status" -eq 65 ]
  [[ $stdout == *older* ]]
  audit verify -q p --key audit.ledger.pub --known kept --require anchored
}

@test "a ledger is held against a proof that somebody has of it" {
  make_ledger
  audit export --proof 1 -o p
  add_messages 3
  audit verify -q --known p --require anchored
  rm audit.ledger*
  make_ledger
  run_apart audit verify --known p
  [ "$status" -ne 0 ]
}

@test "a changed byte refuses a proof; a changed entry has none" {
  make_ledger
  audit export --proof 1 -o p
  sed 's/^index 1$/index 2/' p >moved
  both 1 moved --key audit.ledger.pub
  [ "$(audit verify --json moved --key audit.ledger.pub | python3 -c \
    'import json; print(json.load(open(0))["findings"][0]["kind"])')" = proof ]
  sed 's/^4$/5/' p >grown
  both 1 grown --key audit.ledger.pub
  head -c 300 p >"cut"
  both 65 cut --key audit.ledger.pub
  python3 - <<'END2'
import sqlite3
db = sqlite3.connect("audit.ledger")
trigger = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'entry_update'").fetchone()[0]
db.execute("DROP TRIGGER entry_update")
db.execute("UPDATE entry SET received = received + 1 WHERE seq = 2")
db.execute(trigger)
db.commit()
END2
  run_apart audit export --proof 2 -o none
  [ "$status" -eq 65 ]
  [ ! -e none ]
  audit export --proof 1 -o p --force
}

@test "the proofs of others are judged alike by both verifiers, and for the right reason" {
  local key
  key=$(vector_key)
  entry=$vectors/proofs/entry-5
  both 0 "$vectors/notes/ledger-8-index-5.tlog-proof" --key "$key" --leaf "$entry"
  both 65 "$vectors/notes/ledger-8-index-5.tlog-proof" --key "$key"
  both 65 "$vectors/notes/ledger-8-index-5.tlog-proof" --leaf "$entry"
  printf '@ABD' >other
  both 1 "$vectors/notes/ledger-8-index-5.tlog-proof" --key "$key" --leaf other
  cp -r "$vectors" vectors && cd vectors/proofs  # tests leave files where they run
  both 1 malleable.tlog-proof --key "$key" --leaf "$entry"
  [[ $stdout == *signature* ]]
  both 65 lax-base64.tlog-proof --key "$key" --leaf "$entry"
  [[ $stdout == *base64* ]]
  both 0 fork.tlog-proof --key "$key" --leaf "$entry"
  both 1 fork.tlog-proof --key "$key" --leaf "$entry" --known ../notes/ledger-8.note
  [[ $stdout == *forked* ]]
  both 1 rewritten.tlog-proof --key "$key" --leaf "$entry" --known ../notes/ledger-7.note
  both 65 rewritten.tlog-proof --key "$key" --leaf "$entry" --known ../notes/ledger-8.note
  both 0 size-7.tlog-proof --key "$key" --leaf "$entry" --known ../notes/ledger-7.note
  printf '\0' >"$BATS_TEST_TMPDIR/entry-1"
  both 65 older.tlog-proof --key "$key" --leaf "$BATS_TEST_TMPDIR/entry-1" --known ../notes/ledger-8.note
  [[ $stdout == *older* ]]
}

@test "many proofs and ledgers at once have a verdict each" {
  make_ledger
  mkdir -p proofs
  for seq in 1 2 3; do audit export --proof "$seq" -o "proofs/$seq.tlog-proof"; done
  run_apart audit verify -q audit.ledger 'proofs/*.tlog-proof' --key audit.ledger.pub
  [ "$status" -eq 0 ]
  [[ $stdout == *"4 files: 4 intact"* ]]
  sed -i 's/^index 3/index 2/' proofs/3.tlog-proof
  run_apart audit verify -q audit.ledger 'proofs/*.tlog-proof' --key audit.ledger.pub
  [ "$status" -eq 1 ]
  [[ $stdout == *"3 intact, 1 tampered"* ]]
}

@test "what a proof or a tree cannot be combined with is said" {
  make_ledger
  audit export --proof 1 -o p
  local words
  for words in '--proof 1 --csv' '--proof 1 refund' '--proof x' '--proof -1' '--tiles t --raw' '--tiles t -o f' \
    '--proof 1 --tiles t' '--tiles t --agent a' '--proof 1 -n 3'; do
    run_words "export $words"
    [ "$status" -eq 2 ] || fail "export $words: $status"
  done
  [ ! -e t ]
  run_apart audit export --proof 4
  [ "$status" -eq 1 ]
  [[ $stderr == *"entries 0 to 3"* ]]
  run_apart audit export --proof 1 -o p
  [ "$status" -eq 73 ]
  run_apart audit export --proof 1 -o audit.ledger --force
  [ "$status" -eq 78 ]
  run_apart audit verify p --save kept
  [ "$status" -eq 2 ]
  run_apart audit verify --leaf p
  [ "$status" -eq 2 ]
}

@test "--tiles writes the tree, then only what is new, and never over another one" {
  make_ledger
  add_messages 300
  audit export -q --tiles log
  audit verify -q --save kept
  cmp log/checkpoint kept
  [ "$(stat -c %s log/tile/0/000)" -eq 8192 ]
  [ -e log/tile/0/001.p/48 ]
  [ -e log/tile/entries/001.p/48 ]
  [ -e log/tile/1/000.p/1 ]
  before=$(stat -c %y log/tile/0/000)
  run_apart audit export --tiles log
  [[ $stderr == *"0 files written"* ]]
  add_messages 300
  audit export -q --tiles log
  [ "$(stat -c %y log/tile/0/000)" = "$before" ]
  [ -e log/tile/0/002.p/92 ]
  [ -e log/tile/0/001.p/48 ]
  [ -z "$(files_like incoming)" ]
  rm audit.ledger*
  make_ledger
  run_apart audit export --tiles log
  [ "$status" -eq 78 ]
  [[ $stderr == *"holds the tree of"* ]]
}
