#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "init makes the ledger, a key only we can read, and the public key" {
  run_apart audit init
  [ "$status" -eq 0 ]
  [[ $stderr == "audit: note: "*"share a folder"* ]]
  [ -s audit.ledger ]
  [ -s audit.ledger.pub ]
  [ "$(stat -c %a audit.ledger.key)" = 600 ]
  [[ $stdout == *"$(cat audit.ledger.pub)"* ]]
  [[ $stdout == *"next: keep a copy of audit.ledger.pub"* ]]
}

@test "init --json is one audit.init/1 object" {
  audit init --json --origin example.com/agents run.ledger >out
  json 'o["schema"] == "audit.init/1" and o["origin"] == "example.com/agents" and
        o["ledger"] == "run.ledger" and o["key_file"] == "run.ledger.key" and
        o["key_was_made"] and len(o["ledger_id"]) == 32 and
        o["verify_key"] == open("run.ledger.pub").read().strip()' <out
}

@test "init never overwrites: a second one exits 73 and changes nothing" {
  audit init -q
  sha256sum audit.ledger audit.ledger.key audit.ledger.pub >before
  run_apart audit init
  [ "$status" -eq 73 ]
  [[ $stderr == *"exists already"* ]]
  sha256sum --quiet -c before
}

@test "init with --key makes the key there, and uses it the next time" {
  audit init -q one.ledger --key shared.key
  [ ! -e one.ledger.key ]
  [ "$(stat -c %a shared.key)" = 600 ]
  audit init --json two.ledger --key shared.key | json 'not o["key_was_made"]'
}

@test "init with a key file that is no key exits 78 and leaves nothing" {
  echo nonsense >bad.key
  run_apart audit init --key bad.key
  [ "$status" -eq 78 ]
  [ ! -e audit.ledger ]
  [ ! -e audit.ledger.pub ]
}

@test "init refuses an origin that cannot be one, and a second ledger" {
  run_apart audit init --origin 'two words'
  [ "$status" -eq 2 ]
  run_apart audit init a.ledger b.ledger
  [ "$status" -eq 2 ]
  [ -z "$(ls -- *.ledger 2>/dev/null)" ]
}

@test "the ledger is what -l, then AUDIT_LEDGER, then the configuration say" {
  printf 'ledger = "config.ledger"\n' >config.toml
  export AUDIT_CONFIG=$PWD/config.toml
  audit init -q
  [ -e config.ledger ]
  AUDIT_LEDGER=variable.ledger audit init -q
  [ -e variable.ledger ]
  AUDIT_LEDGER=variable.ledger audit init -q -l flag.ledger
  [ -e flag.ledger ]
  audit -l before.ledger init -q
  [ -e before.ledger ]
}

@test "--continues names the last head of the old ledger, and verify holds the two together" {
  make_ledger
  audit init -q next.ledger --continues audit.ledger --origin example.com/next
  root=$(audit verify --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["root"])')
  audit search -l next.ledger --json type:sys.created >out
  json 'o["payload"]["continues"]["size"] == 4 and o["payload"]["continues"]["root"] == "'"$root"'"' <out
  audit verify --json next.ledger >out
  json 'o["continues"]["size"] == 4 and any("not looked at" in text for text in o["limits"])' <out
  audit verify next.ledger audit.ledger >out
  grep -q 'next.ledger continues audit.ledger behind its 4 entries' out
  refute grep -q 'was not looked at' out
  audit ingest -q events.jsonl 2>/dev/null
  audit verify audit.ledger next.ledger >out
  grep -q '3 entries more than when next.ledger was begun' out
}

@test "a ledger that went back, or has another history, than the one that continues it says" {
  make_ledger
  cp audit.ledger short.ledger
  cp audit.ledger fork.ledger
  cp audit.ledger.key fork.ledger.key
  add_messages 3
  audit init -q next.ledger --continues audit.ledger
  audit verify -q next.ledger audit.ledger
  for order in 'next.ledger short.ledger' 'short.ledger next.ledger'; do
    run_words "verify -q $order"
    [ "$status" -eq 1 ]
    [[ $stdout == *rolled-back* ]]
  done
  for _ in 1 2 3; do echo '{"type":"message","text":"another past"}'; done | audit ingest -q -l fork.ledger
  audit verify -q fork.ledger
  for order in 'next.ledger fork.ledger' 'fork.ledger next.ledger'; do
    run_words "verify -q $order"
    [ "$status" -eq 1 ]
    [[ $stdout == *forked* ]]
  done
}

@test "what is not intact, or not there, is not continued, and nothing is made" {
  make_ledger
  at=$(grep -abo 'a refund was made' audit.ledger | head -n 1 | cut -d: -f1)
  printf b | dd of=audit.ledger bs=1 seek="$at" conv=notrunc status=none
  run_apart audit init next.ledger --continues audit.ledger
  [ "$status" -eq 65 ]
  run_apart audit init next.ledger --continues nowhere.ledger
  [ "$status" -eq 66 ]
  [ -z "$(files_like next)" ]
}

@test "--continues carries no retention, hold or schema over, and says which there were" {
  audit init -q --retain 7y --hold case-7=agent:x
  run_apart audit init next.ledger --continues audit.ledger
  [ "$status" -eq 0 ]
  [[ $stderr == *'not carried over'*retention*case-7* ]]
  [ "$(audit search -l next.ledger --count 'type:sys.*')" -eq 1 ]
}

# A group this user may give files to, other than the one new files get.
other_group() {
  if [ "$(id -u)" -eq 0 ]; then
    getent group | cut -d: -f1,3 | grep -v ":$(id -g)$" | head -n 1 | cut -d: -f1
  else
    id -Gn | tr ' ' '\n' | grep -vx "$(id -gn)" | head -n 1
  fi
}

@test "--group lets a group read ledger, index and logs, and never the key" {
  group=$(other_group)
  [ -n "$group" ] || skip "this user has one group only"
  audit init -q --group "$group"
  for words in before after; do
    mkfifo "pipe-$words"
    audit ingest -q - --tee <"pipe-$words" >"teed-$words" &
    writer=$!
    exec 9>"pipe-$words"
    echo '{"type":"message"}' >&9
    for _ in $(seq 100); do
      [ -s "teed-$words" ] && [ -e audit.ledger-wal ] && break
      read -rt 0.1 <> <(:) || true
    done
    [ "$(stat -c '%a %G' audit.ledger audit.ledger-wal audit.ledger-shm | sort -u)" = "640 $group" ]
    exec 9>&-
    wait "$writer"
    [ "$(stat -c '%a %G' audit.ledger audit.ledger.index | sort -u)" = "640 $group" ]
  done
  [ "$(stat -c %a audit.ledger.key)" = 600 ]
  rm audit.ledger.index
  audit verify -q --rebuild-index
  [ "$(stat -c '%a %G' audit.ledger.index)" = "640 $group" ]
}

@test "--group shares a ledger that is there, and one whose group is not named stays private" {
  group=$(other_group)
  [ -n "$group" ] || skip "this user has one group only"
  make_ledger
  [ "$(stat -c %a audit.ledger audit.ledger.index audit.ledger.key | sort -u)" = 600 ]
  size=$(audit verify --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["size"])')
  audit init --group "$group" >out
  grep -q "the group $group may read audit.ledger" out
  [ "$(stat -c '%a %G' audit.ledger audit.ledger.index | sort -u)" = "640 $group" ]
  [ "$(stat -c %a audit.ledger.key)" = 600 ]
  audit verify --json >out
  json 'o["verdict"] == "intact" and o["size"] == '"$size" <out
}

@test "--group of no such group, or of others, makes and changes nothing" {
  run_apart audit init --group no-such-group-here
  [ "$status" -eq 2 ]
  [[ $stderr == *no-such-group-here* ]]
  [ -z "$(files_like audit.ledger)" ]
  make_ledger
  run_apart audit init --group no-such-group-here
  [ "$status" -eq 2 ]
  [ "$(stat -c %a audit.ledger)" = 600 ]
  echo text >no-ledger
  run_apart audit init no-ledger --group "$(id -gn)"
  [ "$status" -eq 65 ]
  [ "$(stat -c %a no-ledger)" = 644 ]
}

@test "the next line of init does not work as it stands" {
  mkdir keys
  run_apart audit init 2026.ledger --key keys/2026.key
  next=$(grep 'agent | audit ingest' <<<"$stdout")
  agent() { echo '{"type":"note"}'; }
  eval "$next" >/dev/null 2>&1
  [ "$(audit search --count -l 2026.ledger)" -eq 1 ]
  run_apart audit init 2027.ledger
  refute grep -q -- --key <<<"$stdout"
}

@test "a name that was mistyped makes a new ledger in silence" {
  make_ledger
  run_apart audit init audit.ledgr --release case-7
  [ "$status" -eq 66 ]
  [[ $stderr == *"there is no ledger 'audit.ledgr'"* ]]
  [ -z "$(files_like ledgr)" ]
  run_apart audit init -q audit.ledgr --hold case-7=session:s-1
  [ "$status" -eq 0 ]
  [[ $stderr == *"there was no ledger audit.ledgr"* ]]
  run_apart audit init audit.ledger --hold case-7=session:s-1
  [[ $stderr != *"there was no ledger"* ]]
}

@test "a file that init needs and that is not there is a matter of the command line" {
  make_ledger
  run_apart audit init --retain ./norules.json
  [ "$status" -eq 66 ]
  run_apart audit init --retain soon
  [ "$status" -eq 2 ]
  run_apart audit init --encrypt-key
  [ "$status" -eq 73 ]
  [[ $stderr == *--rotate-key* ]]
  run_apart audit init other.ledger --encrypt-key --passphrase-file nowhere
  [ "$status" -eq 66 ]
  [ -z "$(files_like other)" ]
}
