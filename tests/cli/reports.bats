#!/usr/bin/env bats
# What verify tells CI systems (JUnit, SARIF), whatever it was given to look at.
# shellcheck disable=SC2154  # helper.bash sets what run_apart finds

load helper

# Files of every kind that verify takes, each with something wrong in it, in the folder wrong/.
make_wrong_files() {
  make_ledger
  mkdir wrong
  audit export --bundle -o good.bundle
  audit export --proof 2 -o good.proof
  cp audit.ledger wrong/ledger
  sqlite3 wrong/ledger "DROP TRIGGER entry_update; UPDATE entry SET cost_nano = 7 WHERE seq = 2"
  sed 's/EVIDENCE BUNDLE/EVIDENCE BUNDLX/' good.bundle >wrong/readme.bundle
  sed 's/billing-eu/billing-us/' good.bundle >wrong/entry.bundle
  head -c 9000 good.bundle >wrong/cut.bundle
  sed 's/^index 2$/index 1/' good.proof >wrong/proof
  cmp -s good.bundle wrong/entry.bundle && fail "nothing was changed"
  head -c 3000 /dev/zero >wrong/zeros
  : >wrong/empty
}

@test "SARIF names a rule that its table does not have, or another one in each run" {
  make_wrong_files
  for file in wrong/*; do
    run_apart audit verify "$file" --format sarif --key audit.ledger.pub
    [ "$status" -ne 0 ] || fail "$file: nothing is wrong"
    jq -e '(.runs[0] | [.results[].ruleId] - [.tool.driver.rules[].id]) == []' <<<"$stdout" >/dev/null ||
      fail "$file: $(jq -c '[.runs[0].results[].ruleId]' <<<"$stdout")"
    [ "$(audit verify "$file" --format sarif --key audit.ledger.pub)" = "$stdout" ] || fail "$file: not the same twice"
  done
  run_apart audit verify wrong/readme.bundle --format sarif
  [ "$(jq -r '.runs[0].results[0].ruleId' <<<"$stdout")" = manifest ]
}

@test "what --require does not reach is told as news beside what is broken" {
  make_wrong_files
  run_apart audit verify wrong/ledger --format sarif --require signed,anchored
  [ "$status" -eq 1 ]
  [ "$(jq '[.runs[0].results[] | select(.ruleId == "require")] | length' <<<"$stdout")" -eq 0 ]
  run_apart audit verify wrong/ledger --format junit --require signed,anchored
  refute grep -q 'require' <<<"$stdout"
  # Where nothing is, it is the news.
  run_apart audit verify --format sarif --require signed,anchored
  [ "$status" -eq 3 ]
  [ "$(jq -c '[.runs[0].results[].ruleId]' <<<"$stdout")" = '["require","require"]' ]
}

@test "a report is empty where there was nothing to look at" {
  make_ledger
  for words in nowhere.ledger '--known nowhere audit.ledger' '--key nowhere.pub audit.ledger'; do
    # shellcheck disable=SC2086
    run_apart audit verify $words --format junit
    [ "$status" -ne 0 ]
    [ -n "$stderr" ]
    python3 -c '
import sys, xml.etree.ElementTree as tree
suites = tree.fromstring(sys.stdin.buffer.read())
assert [suite.get("errors") for suite in suites] == ["1"], suites
' <<<"$stdout" || fail "$words"
    # shellcheck disable=SC2086
    run_apart audit verify $words --format sarif
    [ "$(jq '.runs[0].invocations[0].executionSuccessful' <<<"$stdout")" = false ] || fail "$words"
  done
  run_apart audit verify nowhere.ledger --format json
  [ "$status" -eq 66 ]
  json 'o["schema"] == "audit.error/1" and o["code"] == 66' <<<"$stderr"
}

@test "a file that is no ledger is not called by what it is" {
  make_ledger
  audit verify -q --save kept
  audit export --html -o page.html
  audit export --bundle -o a.bundle
  gzip -k a.bundle
  audit export --proof 2 -o p
  sed 's/^/> /' p >quoted
  sed 's/$/\r/' kept >crlf
  while read -r file words; do
    run_apart audit verify -q "$file"
    [ "$status" -eq 65 ] || fail "$file: $status"
    [[ $(tr '\n' ' ' <<<"$stdout") == *"$words"* ]] || fail "$file: $stdout"
  done <<'END'
audit.ledger.pub a file of public keys; give it with --key
audit.ledger.key a key or certificate in PEM
kept a checkpoint; give it with --known
page.html an HTML page
a.bundle.gz packed with gzip
quoted quoted, as in a mail
crlf Windows line ends
END
  run_apart audit search -l a.bundle refund
  [ "$status" -eq 65 ]
  [[ $stderr == *"an evidence bundle"*"'audit verify' checks it"* ]]
  # What is told is told once, without what was never reached.
  run_apart audit verify kept
  [ "$(grep -c 'a checkpoint; give it' <<<"$(tr -s ' \n' ' ' <<<"$stdout" | sed 's/checks/\n/')")" -eq 2 ]
  [ "$(grep -c 'not reached' <<<"$stdout")" -eq 1 ]
  run_apart audit verify -q --known crlf
  [ "$status" -eq 65 ]
  [[ $(tr '\n' ' ' <<<"$stdout") == *"Windows line ends (CRLF)"* ]]
  sed 's/$/\r/' p >p.crlf
  run_apart audit verify -q p.crlf --key audit.ledger.pub
  [ "$status" -eq 65 ]
  [[ $(tr '\n' ' ' <<<"$stdout") == *"Windows line ends (CRLF)"* ]]
}

@test "a wrong --key looks like many places that were changed" {
  make_ledger
  audit init -q other.ledger
  for _ in 1 2 3; do audit init -q other.ledger --rotate-key; done
  audit export --bundle -o a.bundle
  for file in audit.ledger a.bundle; do
    run_apart audit verify "$file" -q --key other.ledger.pub
    [ "$status" -eq 1 ]
    [[ $(tr '\n' ' ' <<<"$stdout") == "tampered: signed by none of the keys that were given: either the wrong key was named"* ]]
    [ "$(audit verify "$file" --json --key other.ledger.pub | jq '.findings | length')" -eq 1 ]
  done
}

@test "-l beside a file that is named is dropped without a word" {
  make_ledger
  run_apart audit verify -q -l audit.ledger audit.ledger
  [ "$status" -eq 2 ]
  AUDIT_LEDGER=audit.ledger audit verify -q audit.ledger
  run_apart audit verify -
  [ "$status" -eq 2 ]
  audit verify -q --save kept
  audit verify -q --known - --require anchored <kept
}

@test "the verdict hides that the newest entries were seen by no witness" {
  make_ledger
  audit verify -q --save head --cosign ci.key --witness example.com/ci
  printf 'log %s\nwitness ci %s\nquorum ci\n' "$(head -1 audit.ledger.pub)" "$(cat ci.key.pub)" >trust
  run_apart audit verify -q --known head --policy trust
  [[ $(tr '\n' ' ' <<<"$stdout") == *", witnessed "* ]]
  printf '{"type":"message","n":%s}\n' 1 2 | audit ingest -q
  run_apart audit verify -q --known head --policy trust --require witnessed
  [ "$status" -eq 0 ]
  [[ $(tr '\n' ' ' <<<"$stdout") == *", witnessed up to entry 3 (2 newer ones are not)"* ]]
  [ "$(audit verify --known head --policy trust --json | jq .witnessed_size)" -eq 4 ]
  run_apart audit verify -q --policy trust
  [[ $(tr '\n' ' ' <<<"$stdout") == *", not witnessed"* ]]
  [ "$(audit verify --policy trust --json | jq .witnessed_size)" -eq 0 ]
  [ "$(audit verify --json | jq 'has("witnessed_size")')" = false ]
}
