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
