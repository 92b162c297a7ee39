#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

# A ledger of its own with a message at each of these seconds of a minute: make_at FILE SECOND...
make_at() {
  local file=$1 second
  shift
  mkdir -p "$(dirname -- "$file")"
  [ -e "$file" ] || audit init -q "$file"
  for second in "$@"; do
    printf '{"type":"message","time":"2026-08-01T12:00:%02dZ","agent":"bot","text":"%s"}\n' \
      "$second" "says $second"
  done | audit ingest -q -l "$file"
}

# Three ledgers whose times lie between each other's.
make_three() {
  make_at logs/a.ledger 1 4 7
  make_at logs/b.ledger 2 5 8
  make_at logs/eu/c.ledger 3 6 9
  three=(-l 'logs/*.ledger' -l logs/eu/c.ledger)
}

@test "several ledgers are one answer, newest first, each line with its ledger" {
  make_three
  run_apart audit search "${three[@]}"
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "$(awk '{ print $2, $NF }' stdout.txt | tr '\n' ' ')" = \
    "eu/c 9 b 8 a 7 eu/c 6 b 5 a 4 eu/c 3 b 2 a 1 " ]
  [ "$(audit search "${three[@]}" --oldest -n 2 | awk '{ print $2, $3 }' | tr '\n' ' ')" = "a 1 b 1 " ]
  [ "$(audit search "${three[@]}" -n 4 | wc -l)" -eq 4 ]
}

@test "in JSON the ledger is the first member, in CSV the first column" {
  make_three
  audit search "${three[@]}" --json -n 1 >out
  grep -q '^{"ledger":"logs/eu/c.ledger","seq":3,"hash":' out
  [ "$(sed 's/^{"ledger":"[^"]*",/{/' out)" = "$(audit search -l logs/eu/c.ledger --json -n 1)" ]
  audit search "${three[@]}" --output csv | tr -d '\r' >out
  [[ $(sed -n 1p out) == ledger,seq,time,* ]]
  [[ $(sed -n 3p out) == logs/b.ledger,3,2026-08-01T12:00:08Z,* ]]
}

@test "counts are sums" {
  make_three
  [ "$(audit search "${three[@]}" --count)" -eq 9 ]
  [ "$(audit search "${three[@]}" --count --json)" = \
    '{"schema":"audit.count/1","count":9,"size":12,"ledgers":3}' ]
  [ "$(audit search "${three[@]}" --by agent)" = '9  bot' ]
  [ "$(audit search "${three[@]}" --histogram 1m)" = '2026-08-01T12:00:00Z  9' ]
  run_apart audit search "${three[@]}" --count --explain says
  [ "$stdout" -eq 9 ]
  [[ $stderr == *" of 12 entries in 3 ledgers"* ]]
  audit search "${three[@]}" --json --count --explain says 2>&1 >/dev/null | json 'o["ledgers"] == 3'
  status=0
  audit search "${three[@]}" zanzibar >out || status=$?
  [ "$status" -eq 1 ]
}

@test "one ledger, though by a pattern, is answered as it always was" {
  make_at logs/a.ledger 1 4
  for flags in '' '--json' '--output csv' '--count --json' '--by agent' '--count --explain --json'; do
    read -ra words <<<"$flags"
    audit search -l logs/a.ledger "${words[@]}" >plain 2>&1
    audit search -l 'logs/*' "${words[@]}" >pattern 2>&1
    diff <(sed 's/"microseconds":[0-9]*//' plain) <(sed 's/"microseconds":[0-9]*//' pattern)
  done
  diff <(audit verify logs/a.ledger) <(audit verify -l 'l*gs/?.ledger')
  diff <(audit verify --json -l logs/a.ledger -l ./logs/a.ledger) <(audit verify --json 'logs/*')
}

@test "patterns come from the flag, the variable and the configuration" {
  make_three
  cd logs
  [ "$(AUDIT_LEDGER='*.ledger' audit search --count)" -eq 6 ]
  printf 'ledger = ["a.ledger", "eu/*"]\n' >c.toml
  [ "$(AUDIT_CONFIG=c.toml audit search --count)" -eq 6 ]
  [ "$(AUDIT_CONFIG=c.toml AUDIT_LEDGER='*/*' audit search --count)" -eq 3 ]
  [ "$(AUDIT_CONFIG=c.toml audit search --count -l b.ledger)" -eq 3 ]
  [ "$(audit search -l a.ledger --count -l b.ledger says --ledger=eu/c.ledger)" -eq 9 ]
  touch 'x,y' '[z]'
  run_apart audit search -l '[z]'
  [[ $stderr == *"[z] is not a ledger"* ]]
  run_apart audit search -l 'x,y'
  [[ $stderr == *"x,y is not a ledger"* ]]
}

@test "a pattern without a match is 66 and named" {
  make_three
  for words in 'search -l logs/*.ledgr' 'verify logs/*.ledgr' 'search -l logs/a.ledger -l logs/*.ledgr'; do
    set -f
    run_words "$words"
    set +f
    [ "$status" -eq 66 ]
    [ -z "$stdout" ]
    [[ $stderr == *"no ledger matches 'logs/*.ledgr'"* ]]
  done
}

@test "what takes one ledger refuses several before it touches any" {
  make_three
  find logs | sort >before
  for words in 'export --raw' 'export --raw -o out' 'ingest x.jsonl' 'init' 'search --seq 1' \
    'verify --save kept' 'verify --rebuild-index'; do
    read -ra command <<<"$words"
    run_apart audit "${command[@]}" -l logs/a.ledger -l logs/b.ledger
    [ "$status" -eq 2 ] || fail "$words: $status"
    [ -z "$stdout" ]
    [[ $stderr == *"hint: "* ]]
  done
  find logs | sort | cmp before -
  [ ! -e kept ]
  [ ! -e out ]
  AUDIT_LEDGER='logs/*.ledger' run_apart audit init
  [ "$status" -eq 2 ]
}

@test "forty ledgers, with few open files allowed: none is missed" {
  local n
  make_at 0.ledger
  for n in $(seq 1 40); do make_at "many/$n.ledger" "$n"; done
  ulimit -Sn 64
  [ "$(audit search -l 'many/*.ledger' -n 0 | awk '{ print $NF }' | tr '\n' ' ')" = \
    "$(seq 40 -1 1 | tr '\n' ' ')" ]
  [ "$(audit verify -q -l 'many/*' | tail -n 1)" = "40 ledgers: 40 intact" ]
  ulimit -Hn 64
  run_apart audit search -l 'many/*.ledger'
  [ "$status" -eq 65 ]
  [[ $stderr == *"40 ledgers need up to 304 open files, and 64 are allowed"* ]]
}

@test "what cannot be opened ends a search before anything is printed, and is named" {
  make_three
  echo 'no ledger' >logs/z.ledger
  run_apart audit search "${three[@]}"
  [ "$status" -eq 65 ]
  [ -z "$stdout" ]
  [[ $stderr == *"logs/z.ledger is not a ledger"* ]]
  rm logs/z.ledger
  mkfifo logs/z.ledger
  run_apart timeout 10 "$audit" search "${three[@]}"
  [ "$status" -eq 65 ] || [ "$status" -eq 74 ] || fail "$status"
  [ -z "$stdout" ]
  [[ $stderr == *logs/z.ledger* ]]
  rm logs/z.ledger
  mkdir logs/z.ledger # no ledger can be meant
  [ "$(audit search "${three[@]}" --count)" -eq 9 ]
}

@test "a ledger that turns out damaged ends the search with its name, and not with success" {
  make_three
  python3 - <<'END'
import sqlite3
db = sqlite3.connect("logs/b.ledger")
triggers = db.execute(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'entry'").fetchall()
for name, _ in triggers:
    db.execute(f"DROP TRIGGER {name}")
db.execute("UPDATE entry SET more = x'ff' WHERE seq = 1")
for _, sql in triggers:
    db.execute(sql)
db.commit()
END
  for flags in '' '--json' '--output csv' '--count zanzibar' '--by flags'; do
    read -ra words <<<"$flags"
    run_apart audit search "${three[@]}" "${words[@]}"
    [ "$status" -eq 65 ] || fail "$flags: $status"
    [[ $stderr == *"logs/b.ledger: entry 1 cannot be read"* ]]
  done
}

@test "a name with escapes reaches neither the terminal nor a line of its own" {
  local evil=$'logs/e\e[31m\nvil.ledger'
  make_at logs/a.ledger 1
  make_at "$evil" 2
  audit search -l 'logs/*.ledger' >out
  [ "$(wc -l <out)" -eq 2 ]
  cp "$evil" copy.ledger
  {
    audit search -l 'logs/*.ledger' --output csv
    audit verify 'logs/*'
    audit verify -q 'logs/*'
    audit search -l 'logs/*.ledger' -l copy.ledger
  } >>out 2>&1
  refute has_bytes '[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]' <out
  audit search -l 'logs/*.ledger' --json -n 1 | json 'o["ledger"] == "logs/e\x1b[31m\nvil.ledger"'
  audit verify -l 'logs/*.ledger' --json | tail -n 1 | json 'o["ledger"] == "logs/e\x1b[31m\nvil.ledger"'
}

@test "on a terminal the ledger has a column, and the footer counts them" {
  make_three
  run on_terminal 80 24 "'$audit' --color never search --no-pager -l 'logs/*.ledger' -l logs/eu/c.ledger -n 3"
  [ "$status" -eq 0 ]
  grep -qE '^ ?12:00:09  eu/c  bot +message +says 9 .* 3$' <<<"$output"
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"searched all 12 entries in 3 ledgers"* ]]
  for columns in 40 50 60; do
    run on_terminal "$columns" 40 "'$audit' --color never search --no-pager -l 'logs/*.ledger' says"
    grep -qE '^ ?12:00:08  b .* 3$' <<<"$output" || fail "$columns: $output"
  done
}

@test "a copy is searched once and told, the longest of them; so that no answer comes twice" {
  make_three
  cp logs/b.ledger old.ledger
  make_at logs/b.ledger 10
  run_apart audit search -l 'old.ledger' "${three[@]}" --count
  [ "$stdout" -eq 10 ]
  [[ $stderr == *"old.ledger is a copy of logs/b.ledger, which is searched instead"* ]]
  run_apart audit search -l 'old.ledger' "${three[@]}" --count --json
  json 'o["ledgers"] == 3 and o["size"] == 13' <<<"$stdout"
  json 'o["schema"] == "audit.notice/1" and "is a copy of" in o["message"]' <<<"$stderr"
  run_apart audit search -q -l 'old.ledger' "${three[@]}" --count
  [ -z "$stderr" ]
  audit verify -q old.ledger logs/b.ledger
}

@test "copies that contradict each other are both searched, and verify calls it a fork" {
  make_three
  cp logs/b.ledger other.ledger
  cp logs/b.ledger.key other.ledger.key
  make_at logs/b.ledger 10
  make_at other.ledger 11
  run_apart audit search -l other.ledger "${three[@]}" --count
  [ "$stdout" -eq 14 ]
  [[ $stderr == *"other.ledger and logs/b.ledger are the same ledger by their ids, but contradict"* ]]
  run_apart audit verify -q -l other.ledger "${three[@]}"
  [ "$status" -eq 1 ]
  [[ $stdout == *"logs/b.ledger: forked: "* ]]
  [[ $stdout == *$'\n4 ledgers: 3 intact, 1 forked\n'* ]]
  [[ $stdout == *"other.ledger and logs/b.ledger are two histories of one ledger, which part at entry 4" ]]
  status=0
  audit verify --json -l other.ledger "${three[@]}" >out || status=$?
  [ "$status" -eq 1 ]
  sed -n 3p out | json 'o["ledger"] == "logs/b.ledger" and o["verdict"] == "forked" and
    o["findings"][0]["kind"] == "forked" and o["findings"][0]["seq"] == 4 and
    "complete" not in o["level"]'
}

@test "verify says a verdict for each, in order, and one for all" {
  make_three
  run_apart audit verify "${three[@]}"
  [ "$status" -eq 0 ]
  [ "$(grep -c '^intact: 4 entries verified' stdout.txt)" -eq 3 ]
  [ "$(grep '^logs/' stdout.txt | tr '\n' ' ')" = "logs/a.ledger logs/b.ledger logs/eu/c.ledger " ]
  [ "${stdout##*$'\n'}" = "3 ledgers: 3 intact" ]
  audit verify --json logs/eu/c.ledger 'logs/*.ledger' >out
  [ "$(wc -l <out)" -eq 3 ]
  head -n 1 out | grep -q '^{"ledger":"logs/eu/c.ledger","schema":"audit.verify/1","verdict":"intact"'
  [ "$(head -n 1 out | sed 's/"ledger":"[^"]*",//')" = "$(audit verify --json logs/eu/c.ledger)" ]
}

@test "verify looks at all though one cannot be looked at, and the worst is the exit status" {
  make_three
  run_apart audit verify -q logs/a.ledger nowhere.ledger logs/b.ledger
  [ "$status" -eq 66 ]
  [[ $stdout == *"nowhere.ledger: not checked: "* ]]
  [[ $stdout == *"3 ledgers: 2 intact, 1 not checked" ]]
  audit verify --json logs/a.ledger nowhere.ledger | tail -n 1 |
    json 'o["ledger"] == "nowhere.ledger" and o["schema"] == "audit.error/1" and o["code"] == 66'
  run_apart audit verify -q logs/a.ledger logs/b.ledger --require signed --key logs/a.ledger.pub
  [ "$status" -eq 1 ] # the key is none of b's
  audit verify -q logs/a.ledger logs/b.ledger --require signed --key logs/a.ledger.pub --key logs/b.ledger.pub
  run_apart audit verify -q logs/a.ledger logs/b.ledger --require anchored
  [ "$status" -eq 3 ]
  [[ $stdout == *"2 ledgers: 2 intact but below --require" ]]
  : >empty.ledger
  run_apart audit verify -q nowhere.ledger empty.ledger logs/a.ledger --require anchored
  [ "$status" -eq 66 ]
  run_apart audit verify -q empty.ledger nowhere.ledger logs/a.ledger
  [ "$status" -eq 65 ]
  printf x | dd of=logs/b.ledger bs=1 seek=$(($(grep -abo 'says 5' logs/b.ledger | head -n 1 | cut -d: -f1) + 5)) \
    conv=notrunc status=none
  run_apart audit verify -q nowhere.ledger logs/b.ledger logs/a.ledger
  [ "$status" -eq 1 ]
  [[ $stdout == *"3 ledgers: 1 intact, 1 tampered, 1 not checked" ]]
}

@test "each ledger is held against its own kept checkpoint; one that is nobody's is an error" {
  make_three
  audit verify -q logs/a.ledger --save a.kept
  audit verify -q logs/b.ledger --save b.kept
  audit verify -q logs/a.ledger logs/b.ledger --known a.kept --known b.kept --require anchored
  run_apart audit verify -q "${three[@]}" --known a.kept --known b.kept --require anchored
  [ "$status" -eq 3 ]
  run_apart audit verify -q logs/a.ledger logs/eu/c.ledger --known a.kept --known b.kept
  [ "$status" -eq 66 ]
  [[ $stderr == *"b.kept is a checkpoint of none of these ledgers"* ]]
  # Another ledger in the place of b, and an older b.
  cp logs/eu/c.ledger logs/b.ledger
  run_apart audit verify -q logs/a.ledger logs/b.ledger --known a.kept --known b.kept
  [ "$status" -eq 66 ]
  run_apart audit verify -q logs/a.ledger logs/b.ledger --known nowhere
  [ "$status" -eq 66 ]
  run_apart audit verify -q logs/a.ledger logs/b.ledger --known <(cat a.kept)
  [ "$status" -eq 2 ]
}

@test "matches of several ledgers are printed as they are committed, each with its ledger" {
  make_three
  timeout 60 "$audit" search "${three[@]}" --follow --json -n 3 type:note >followed.txt &
  for ((n = 1; n < 200; ++n)); do
    kill -0 $! 2>/dev/null || break
    for name in b eu/c; do echo '{"type":"note"}' | audit ingest -q -l "logs/$name.ledger"; done
    sleep 0.1
  done
  wait $!
  [ "$(jq -r .ledger followed.txt | sort -u | tr '\n' ' ')" = "logs/b.ledger logs/eu/c.ledger " ]
  [ "$(wc -l <followed.txt)" -eq 3 ]
}

@test "a ledger that is another one by now ends the following with its name" {
  make_three
  timeout 60 "$audit" search "${three[@]}" --follow >followed.txt 2>err &
  sleep 1
  cp logs/eu/c.ledger new && mv new logs/b.ledger
  status=0
  wait $! || status=$?
  [ "$status" -eq 65 ]
  grep -q 'logs/b.ledger is not the ledger it was' err
}

@test "a mistyped value is told where no ledger has it, and not where one has" {
  make_at a.ledger 1
  echo '{"type":"message","agent":"boss"}' | { audit init -q b.ledger && audit ingest -q -l b.ledger; }
  run on_terminal 80 24 "'$audit' --no-pager search -l '*.ledger' agent:bos"
  [[ $output == *"no entry has agent 'bos'; did you mean 'boss'?"* ]]
  run on_terminal 80 24 "'$audit' --no-pager search -l '*.ledger' agent:boss refund"
  [[ $output != *"no entry has agent"* ]]
}
