#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "newest first, one whole line per entry, without colour in a pipe" {
  make_ledger
  run_apart audit search
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "$(wc -l <stdout.txt)" -eq 3 ]
  [[ ${stdout%%$'\n'*} == *"  3  "*"this is no JSON" ]]
  [[ ${stdout##*$'\n'} == "2026-08-01T12:00:00Z  1  billing-eu  tool.call  ok  "* ]]
  refute grep -q $'[\t\x1b]' stdout.txt
  [ "$(audit search --oldest | head -1)" = "${stdout##*$'\n'}" ]
}

@test "words, filters and -words are one question" {
  make_ledger
  [ "$(audit search --count refund)" -eq 1 ]
  [ "$(audit search --count -refund)" -eq 2 ]
  [ "$(audit search --count -- -refund)" -eq 2 ]
  [ "$(audit search --count --decision deny)" -eq 1 ]
  [ "$(audit search --count --agent billing-eu,support)" -eq 2 ]
  [ "$(audit search --count --agent billing-eu --agent support)" -eq 2 ]
  [ "$(audit search --count --agent 'bill*' -refund || true)" -eq 0 ]
  [ "$(audit search refund OR decision:deny --count)" -eq 2 ]
  [ "$(audit search --count --since 2026-08-02 --until 2026-08-03)" -eq 1 ]
}

@test "a word like a cluster of flags is a word: -nothing, -leak, -quick" {
  make_ledger
  [ "$(audit search --count -nothing -leak -quick)" -eq 3 ]
}

@test "-n 2, -n2 and --limit=2 are the same, and 0 is everything" {
  make_ledger
  for flag in '-n 2' '-n2' '--limit=2' '--limit 2'; do
    run_words "search $flag"
    [ "$(wc -l <stdout.txt)" -eq 2 ]
  done
  add_messages 60
  [ "$(audit search | wc -l)" -eq 50 ]
  [ "$(audit search -n 0 | wc -l)" -eq 63 ]
}

@test "nothing that matches is exit 1 and no output" {
  make_ledger
  for flags in '-q' '--json' '--output jsonl'; do
    run_words "search $flags zanzibar"
    [ "$status" -eq 1 ]
    [ -z "$stdout$stderr" ]
  done
  run_apart audit search zanzibar
  [ "$status" -eq 1 ]
  [ -z "$stdout" ]
  [ "$stderr" = "audit: note: nothing matches" ]
  run_apart audit search --count zanzibar
  [ "$status" -eq 1 ]
  [ "$stdout" = 0 ]
}

@test "a query that is not understood shows the query and a caret" {
  make_ledger
  run_apart audit search 'tol:bash' AND 'cost:>1'
  [ "$status" -eq 2 ]
  [ "$stderr" = "audit: error: unknown field 'tol'
  tol:bash AND cost:>1
  ^^^
hint: did you mean 'tool'? all fields: audit-events(5)" ]
  run_apart audit search --json 'tol:bash'
  json 'o["offset"] == 0 and o["length"] == 3 and o["text"] == "tol:bash" and o["code"] == 2' \
    <<<"$stderr"
}

@test "a mistake in a query of 100,000 bytes does not fill the screen" {
  audit init -q
  run_apart audit search "$(printf 'word%.0s ' {1..15000}) agnet:x $(printf 'more%.0s ' {1..5000})"
  [ "$status" -eq 2 ]
  [ "${#stderr}" -lt 600 ]
  [[ $stderr == *"…"*"word word  agnet:x more more"*"…"*"^^^^^"*"did you mean 'agent'"* ]]
}

@test "a time that is none is shown with its caret" {
  make_ledger
  run_apart audit search --since lastweek
  [ "$status" -eq 2 ]
  [[ $stderr == *"  lastweek"*"  ^^^^^^^^"* ]]
}

@test "--json prints one object per entry, also where it stands before the command" {
  make_ledger
  audit search --json refund |
    json 'o["seq"] == 1 and o["agent"] == "billing-eu" and len(o["hash"]) == 64 and
          o["time"] == "2026-08-01T12:00:00Z" and o["payload"]["text"] == "a refund was made" and
          "decision" not in o'
  audit --json search type:unparsed | json 'o["payload_text"] == "this is no JSON"'
  audit search --output jsonl refund | cmp - <(audit search --json refund)
}

@test "--count --json is one audit.count/1 object" {
  make_ledger
  audit search --count --json | json 'o == {"schema": "audit.count/1", "count": 3, "size": 4}'
}

@test "--seq shows one entry in full; one that is not there is 66" {
  make_ledger
  run_apart audit search --seq 1
  [ "$status" -eq 0 ]
  [[ $stdout == "entry 1"*"billing-eu"*"a refund was made"* ]]
  audit search --seq 0 --json | json 'o["type"] == "sys.created"'
  run_apart audit search --seq 4
  [ "$status" -eq 66 ]
  [[ $stderr == *"entries 0..3"* ]]
  run_apart audit search --seq 1 refund
  [ "$status" -eq 2 ]
}

@test "--output csv has a header and the rows in the order asked for" {
  make_ledger
  audit search --output csv | tr -d '\r' >out
  [ "$(wc -l <out)" -eq 4 ]
  [[ $(sed -n 1p out) == seq,* ]]
  [[ $(sed -n 2p out) == 3,* && $(sed -n 4p out) == 1,* ]]
}

@test "what an agent wrote cannot move the cursor or reorder text" {
  audit init -q
  printf '{"type":"message","agent":"\\u001b[31mred","text":"a\\u202eb\\u0007"}\nplain \033]0;title\007\n' |
    audit ingest -q
  audit search >out
  audit search --seq 1 >>out
  audit search --seq 2 >>out
  refute has_bytes '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae' <out
  grep -qF '\x1b[31mred' out
}

@test "on a terminal JSON and CSV are shown escaped too, in a pipe they are exact" {
  audit init -q
  printf '{"type":"message","text":"a\xe2\x80\xaeb\xc2\x9b31m"}\nplain \033]0;title\007\n' |
    audit ingest -q
  run on_terminal 80 24 "'$audit' search --json; '$audit' export --raw; '$audit' export --csv --fields payload"
  refute has_bytes '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|\xc2\x9b' <<<"$output"
  audit search --json type:message | has_bytes '\xe2\x80\xae'
  audit export --raw | has_bytes '\x1b\]0;title\x07'
  on_terminal 80 24 "'$audit' export --raw -o -" | has_bytes '\x1b\]0;title\x07'
}

@test "on a terminal days are headings, lines fit, and colour repeats the words" {
  make_ledger
  run on_terminal 60 40 "'$audit' search --no-pager"
  [ "$status" -eq 0 ]
  [[ $output == *"2026-08-02 Sunday"* && $output == *"2026-08-01 Saturday"* ]]
  [[ $output == *$'\e[1;31mdeny\e[0m'* ]]
  printf '%s\n' "$output" | sed 's/\x1b\[[0-9;]*[mK]//g' | awk 'length > 60 && !/searched all/ { exit 1 }'
  [[ $output == *"3 entries; searched all 4 entries"* ]]
}

@test "hits are highlighted on a terminal" {
  make_ledger
  run on_terminal 100 40 "'$audit' search --no-pager refund"
  [[ $output == *$'\e[1;33mrefund\e[0m'* ]]
}

@test "colour: --color over NO_COLOR over CLICOLOR_FORCE over the terminal" {
  make_ledger
  colored() { "$@" | grep -q $'\e\\['; }
  colored on_terminal 80 24 "'$audit' search --no-pager"
  refute colored on_terminal 80 24 "NO_COLOR=1 '$audit' search --no-pager"
  refute colored on_terminal 80 24 "'$audit' --color never search --no-pager"
  refute colored on_terminal 80 24 "TERM=dumb '$audit' search --no-pager"
  refute colored audit search
  CLICOLOR_FORCE=1 colored audit search
  CLICOLOR_FORCE=1 NO_COLOR=1 refute colored audit search
  NO_COLOR=1 colored audit search --color always
}

@test "the pager gets what does not fit the screen, and only that" {
  make_ledger
  add_messages 60
  run on_terminal 80 24 "AUDIT_PAGER='sed s/^/paged:/' '$audit' search"
  [[ $output == *paged:* ]]
  run on_terminal 80 24 "AUDIT_PAGER='sed s/^/paged:/' '$audit' search -n 3"
  [[ $output != *paged:* ]]
  run on_terminal 80 24 "AUDIT_PAGER='sed s/^/paged:/' '$audit' search --no-pager"
  [[ $output != *paged:* ]]
  run on_terminal 80 24 "PAGER=false AUDIT_PAGER= '$audit' search"
  [[ $output == *message* ]]
  run on_terminal 80 24 "PAGER='sed s/^/other:/' '$audit' search"
  [[ $output == *other:* ]]
}

@test "a reader who leaves the pager early is no error" {
  make_ledger
  add_messages 3000
  run on_terminal 80 24 "AUDIT_PAGER='head -n 2' '$audit' search -n 0"
  [ "$status" -eq 0 ]
}

@test "a pipe that is cut ends the program by SIGPIPE, not with success" {
  make_ledger
  add_messages 5000
  set +o pipefail
  "$audit" search -n 0 --json | head -n 1 >/dev/null
  statuses=("${PIPESTATUS[@]}")
  [ "${statuses[0]}" -eq 141 ]
}

@test "no ledger: 66, and what to do" {
  run_apart audit search
  [ "$status" -eq 66 ]
  [[ $stderr == *"there is no ledger 'audit.ledger'"*"-l FILE or AUDIT_LEDGER"* ]]
  [[ $stderr != *init* ]]
}

@test "stdout that is full or closed exits 74" {
  make_ledger
  status=0
  "$audit" search >/dev/full 2>err || status=$?
  [ "$status" -eq 74 ]
  status=0
  "$audit" search >&- 2>err || status=$?
  [ "$status" -eq 74 ]
}

@test "the receipt in place of a time the event does not give is marked, and only that" {
  make_ledger
  audit search >out
  [ "$(grep -c '^~' out)" -eq 1 ]
  grep '^~' out | grep -q 'this is no JSON'
  run on_terminal 100 40 "'$audit' --color never search --no-pager"
  [ "$(grep -cE '^~[0-9]{2}:' <<<"$output")" -eq 1 ]
  [ "$(grep -cE '^ [0-9]{2}:' <<<"$output")" -eq 2 ]
}

@test "a narrow terminal leaves out what it must, but never the number of an entry" {
  make_ledger
  for columns in 40 50 60 80; do
    run on_terminal "$columns" 40 "'$audit' --color never search --no-pager decision:deny"
    [[ $output =~ \ 2$'\n' ]] || fail "$columns: $output"
  done
}

@test "a few entries that are not indexed yet are no lack worth a word" {
  make_ledger
  run on_terminal 100 40 "'$audit' search --no-pager"
  [[ $output == *"searched all 4 entries"* ]]
  [[ $output != *indexed* ]]
}

@test "a query without its value, as the shell leaves it behind, is answered with quoting" {
  make_ledger
  run_apart audit search payload.input.amount:
  [ "$status" -eq 2 ]
  [[ $stderr == *"in a shell quote what has > or <"* ]]
}

@test "an address is answered with how to look for it" {
  make_ledger
  run_apart audit search http://example.com/pay
  [ "$status" -eq 2 ]
  [[ $stderr == *"'\"http://...\"'"* ]]
  [[ $stderr != *"did you mean"* ]]
}

@test "--output that is a file is answered with export" {
  make_ledger
  run_apart audit search --output x.csv
  [ "$status" -eq 2 ]
  [[ $stderr == *"audit export --csv -o x.csv"* ]]
}

@test "a time of day needs no seconds, and a bad time is told what else there is" {
  make_ledger
  [ "$(audit search --count --since '2026-08-01 12:00' --until 2026-08-01T12:01)" -eq 1 ]
  run_apart audit search --since '2026-08-01 12'
  [ "$status" -eq 2 ]
  [[ $stderr == *7d*yesterday* ]]
}

@test "values are counted, the most frequent first, and combinations of them" {
  make_ledger
  add_messages 5
  run_apart audit search --by agent
  [ "$status" -eq 0 ]
  [ "$(awk '{ sum += $1 } END { print sum }' stdout.txt)" -eq "$(audit search --count)" ]
  [ "$(sort -k1,1nr -k2 -s stdout.txt)" = "$stdout" ]
  [ "$(audit search --by agent agent:billing-eu)" = '1  billing-eu' ]
  [ "$(audit search --by agent,type -n 1 agent:billing-eu)" = '1  billing-eu  tool.call' ]
  [ "$(audit search --by agent --json agent:billing-eu)" = '{"value":"billing-eu","count":1}' ]
  [ "$(audit search --by agent,user --output jsonl agent:billing-eu)" = \
    '{"values":{"agent":"billing-eu","user":null},"count":1}' ]
  run_apart audit search --by agent zanzibar
  [ "$status" -eq 1 ]
  [ -z "$stdout" ]
}

@test "a field that does not exist is named with its nearest, flags that contradict are refused" {
  make_ledger
  run_apart audit search --by agnt
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'agent'"* ]]
  for flags in '--by agent --count' '--count --histogram 1h' '--follow --seq 1' \
    '--by agent,type,tool,user' '--by ,' '--histogram 1x' '--histogram 5'; do
    run_words "search $flags"
    [ "$status" -eq 2 ]
    [ -z "$stdout" ]
  done
}

@test "a histogram has every bar between the first and the last" {
  make_ledger
  run_apart audit search --histogram 1d --until 2026-08-10
  [ "$status" -eq 0 ]
  [ "$(awk '{ sum += $2 } END { print sum }' stdout.txt)" -eq "$(audit search --count --until 2026-08-10)" ]
  [ "$(head -1 stdout.txt | cut -c1-20)" = 2026-08-01T00:00:00Z ]
  audit search --histogram 1d --json --until 2026-08-10 | head -1 |
    grep -qx '{"from":"2026-08-01T00:00:00Z","until":"2026-08-02T00:00:00Z","count":[0-9]*}'
  run_apart audit search --histogram 1s # the line that is no JSON happened now
  [ "$status" -eq 65 ]
  [[ $stderr == *'100000 bars'*'longer span'* ]]
}

@test "matches are printed as they are committed, by other processes, and none but these" {
  make_ledger
  timeout 60 "$audit" search --follow --json -n 2 type:note >followed.txt &
  for ((n = 1; n < 200; ++n)); do
    kill -0 $! 2>/dev/null || break
    printf '{"type":"note","n":%d}\n{"type":"other","n":%d}\n' $n $n | audit ingest -q
    sleep 0.1
  done
  wait $!
  [ "$(jq -r .type followed.txt)" = $'note\nnote' ]
  [ "$(jq -s '.[1].payload.n - .[0].payload.n' followed.txt)" -eq 1 ]
}

@test "following ends when nobody reads, and when it is told to" {
  make_ledger
  SECONDS=0
  timeout 20 "$audit" search --follow | head -n 0
  ((SECONDS < 15))
  timeout 60 "$audit" search --follow >/dev/null &
  sleep 0.5
  pkill -TERM -P $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 130 ]
}

@test "a mistyped value is answered with nothing, and on a terminal with what was probably meant" {
  make_ledger
  run on_terminal 80 24 "$audit --no-pager search decision:dney"
  [[ $output == *"no entry has decision 'dney'; did you mean 'deny'?"* ]]
  run on_terminal 80 24 "$audit --no-pager -q search decision:dney"
  [ -z "$output" ]
  run_apart audit search decision:dney
  [ "$status" -eq 1 ]
  [ -z "$stdout" ]
  [ "$stderr" = "audit: note: no entry has decision 'dney'; did you mean 'deny'?" ]
  run_apart audit search decision:sideways
  [ "$stderr" = "audit: note: no entry has decision 'sideways'; there is deny" ]
  run_apart audit search -q decision:dney
  [ -z "$stdout$stderr" ]
}

@test "a question is explained as it was understood, and beside the answer" {
  make_ledger
  run_apart audit search --explain --count 'refund -(agent:sup* OR decision:deny) payload.amount:>10'
  [ "$stdout" = 0 ]
  [ "$(sed -n 's/^    //p' stderr.txt)" = 'all of
  the payload says "refund", or a field is '"'refund'"'
  not
    any of
      agent begins with '"'sup'"'
      decision is '"'deny'"'
  payload.amount is above 10' ]
  grep -qx '  read      [0-9]* of 4 entries' stderr.txt
  run_apart audit search --explain --json refund
  [ "$(jq -r .seq stdout.txt)" -eq 1 ]
  [ "$(jq -r .schema stderr.txt)" = audit.explain/1 ]
  for flags in '--explain --seq 1' '--explain --follow'; do
    run_words "search $flags"
    [ "$status" -eq 2 ]
  done
}

@test "what nobody approved is one line, wherever the approval stands" {
  audit init -q
  cat >calls.jsonl <<'END'
{"type":"tool.call","time":"2026-08-05T12:00:00Z","agent":"billing-eu","session":"s1","tool":"issue_refund","tool_call_id":"1","input":{"amount":120}}
{"type":"tool.call","time":"2026-08-05T12:01:00Z","agent":"billing-eu","session":"s2","tool":"issue_refund","tool_call_id":"1","input":{"amount":500}}
{"type":"tool.call","time":"2026-08-05T12:02:00Z","agent":"billing-us","session":"s3","tool":"issue_refund","tool_call_id":"1","input":{"amount":99}}
{"type":"approval.granted","time":"2026-08-05T11:00:00Z","session":"s1","tool_call_id":"1","approver":"kim"}
END
  audit ingest -q calls.jsonl
  run_apart audit search 'agent:billing-* type:tool.call tool:issue_refund payload.input.amount:>100 call.ran:yes call.approved:no since:2026-08-01 until:2026-09-01'
  [ "$status" -eq 0 ]
  [ "$(wc -l <stdout.txt)" -eq 1 ]
  [[ $stdout == "2026-08-05T12:01:00Z  2  "* ]]
  run_apart audit search --follow call.approved:no
  [ "$status" -eq 2 ]
  [[ $stderr == *"cannot be followed"* ]]
}

@test "--prove ends with what the answer rests on and the checkpoint, word for word" {
  make_ledger
  run_apart audit search --prove refund
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ ${stdout%%$'\n'*} == "2026-08-01T12:00:00Z  1  billing-eu"* ]]
  [[ $stdout == *"proved    1 entry"*"signer    self-declared"* ]]
  audit verify -q --save kept
  tail -n "$(wc -l <kept)" stdout.txt | cmp - kept
  run_apart audit search --prove --key audit.ledger.pub --seq 2
  [[ $stdout == "entry 2"*"proved    1 entry"*"signer    a key that was given"* ]]
  run_apart audit search --prove zanzibar
  [ "$status" -eq 1 ]
  [[ $stdout == *"proved    no entry matches"* ]]
}

@test "--prove --json: a proof in each object, and one object that closes" {
  make_ledger
  audit search --prove --json >lines
  [ "$(wc -l <lines)" -eq 4 ]
  json 'o["proof"]["leaf_index"] == o["seq"] == 3 and o["proof"]["tree_size"] == 4 and
        len(o["proof"]["path"]) == 2' < <(head -1 lines)
  audit verify -q --save kept
  tail -1 lines | json 'o["schema"] == "audit.proof/1" and o["checkpoint"] == open("kept").read() and
    (o["proved"], o["unproved"], o["erased"], o["more"], o["size"]) == (3, 0, 0, False, 4)'
  audit search --prove --count --json refund | head -1 | json 'o["count"] == 1'
}

@test "--prove with what shows no entries, or has no place for proofs, is exit 2" {
  make_ledger
  for flags in '--by agent' '--histogram 1h' '--follow' '--output csv' '--runs' '--trace s1' '--seq 1 --why' 'call.approved:no'; do
    run_words "search --prove $flags"
    [ "$status" -eq 2 ]
    [[ $stderr == *--prove* ]]
  done
  run_words 'search --key audit.ledger.pub'
  [ "$status" -eq 2 ]
  run_words 'search --prove --key nobody+123+abc'
  [ "$status" -eq 2 ]
}

@test "on a terminal a search says that nobody verified the index, until verify did" {
  make_ledger
  add_messages 300
  footer() {
    on_terminal 100 24 "'$audit' --no-pager search -n 2 fill" | tr '\n' ' '
  }
  [[ $(footer) != *"index not verified"* ]] # made here
  AUDIT_STATE='' run footer
  [[ $output == *"index not verified (audit verify does)"* ]]
  rm -r state # who it was made by is forgotten
  [[ $(footer) == *"index not verified"* ]]
  audit verify -q >/dev/null
  [[ $(footer) != *"index not verified"* ]]
  # A state that cannot be written or read is no reason to say anything else.
  AUDIT_STATE=/dev/null/x run_apart audit verify -q
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  run_apart audit search --prove fill
  [[ $stdout == *"verified here on "* ]]
  AUDIT_STATE=/dev/null/x run_apart audit search --prove fill
  [ -z "$stderr" ]
  [[ $stdout == *"index not verified: audit verify does"*"not verified"* ]]
  # Few entries are read without the index.
  [[ $(on_terminal 100 24 "'$audit' --no-pager search -n 2") != *"index not verified"* ]]
}

@test "nothing is remembered where verify finds something, and nothing by --quick" {
  make_ledger
  add_messages 300
  rm -r state
  audit verify -q --quick >/dev/null
  [ ! -e state/index ]
  python3 - <<'END'
import sqlite3
db = sqlite3.connect("audit.ledger.index")
db.execute("UPDATE page SET bytes = CAST(substr(bytes, 2) || 'x' AS BLOB) WHERE id = (SELECT max(id) FROM page)")
db.commit()
END
  run_apart audit verify -q
  [ "$status" -eq 1 ]
  [ ! -e state/index ]
  audit verify -q --rebuild-index >/dev/null
  [ "$(find state/index -type f | wc -l)" -eq 1 ]
  [ -z "$(find state -perm /077)" ]
}

@test "--view redacted shows envelopes, and nothing that was taken from content" {
  make_ledger
  for words in '' --json '--output csv' '--seq 1' '--seq 2' '--seq 3' '--json --seq 2' '--oldest' '--explain type:*'; do
    run_words "search --view redacted $words"
    [ "$status" -eq 0 ]
    refute grep -qE 'refund was|address in|no JSON' <<<"$stdout$stderr"
  done
  audit search --view redacted --json --seq 2 >out
  json '"reason" not in o and "payload" not in o and o["payload_withheld"] and o["policy"] == "pii"' <out
  audit search --view full --json --seq 2 >out
  json 'o["reason"] == "address in body" and o["payload"]["policy"] == "pii"' <out
}

@test "--view redacted answers no question that would tell content" {
  make_ledger
  for words in refund '"was made"' -refund 'agent:support OR refund' 'refun*' payload.text:x 'reason:address*' \
    has:reason has:error intent:x payload_hash:00 'tool:refund call.approved:no' \
    '--by reason' '--count refund' '--histogram 1h refund' '--trace 1' --runs '--seq 1 --why' --prove \
    '--explain refund' '--follow refund'; do
    run_words "search --view redacted $words"
    [ "$status" -eq 2 ]
    [ -z "$stdout" ]
    [[ $stderr == *redacted* ]]
  done
  [ "$(audit search --view redacted --count decision:deny)" -eq 1 ]
  [ "$(audit search --view redacted --by agent | wc -l)" -ge 2 ]
}

@test "the redacted view marks the part of a query that it refuses" {
  make_ledger
  run_apart audit search --view redacted 'agent:support refund'
  [ "$status" -eq 2 ]
  [[ $stderr == *$'agent:support refund\n'*'^^^^^^'* ]]
}

@test "the redacted view can be the default of a configuration, and is no more than that" {
  make_ledger
  printf '[search]\nview = "redacted"\n[export]\nview = "redacted"\n' >config.toml
  export AUDIT_CONFIG=$PWD/config.toml
  refute grep -q 'refund was' <(audit search --json)
  refute grep -q 'refund was' <(audit export --jsonl)
  audit search --view full --json | grep -q 'refund was'
}

@test "--view redacted --follow tells no content of what comes" {
  make_ledger
  audit search --view redacted --follow --json -n 1 >out &
  reader=$!
  for _ in $(seq 100); do
    echo '{"type":"message","agent":"late","text":"kept back"}' | audit ingest -q
    kill -0 "$reader" 2>/dev/null || break
    read -rt 0.1 <> <(:) || true
  done
  wait "$reader"
  refute grep -q 'kept back' out
  grep -q payload_withheld out
}

@test "where data may live, and where it goes, are fields that are found" {
  audit init -q
  {
    echo '{"type":"tool.call","agent":"a","region":"eu-west-1","destination":"s3://bucket"}'
    echo '{"type":"tool.call","agent":"b","cloud.region":"us-east-1"}'
    echo '{"type":"tool.call","agent":"c","jurisdiction":"DE"}'
  } | audit ingest -q
  [ "$(audit search --count region:eu-west-1)" -eq 1 ]
  [ "$(audit search --count 'region:us-*')" -eq 1 ]
  [ "$(audit search --count region:DE)" -eq 1 ]
  [ "$(audit search --count 'destination:s3*' -region:DE)" -eq 1 ]
  [ "$(audit search --count 'type:tool.call -has:region')" -eq 0 ]
  audit search --by region | grep -q eu-west-1
}

@test "whoever is answered with nothing is told nothing" {
  make_ledger
  run_apart audit search zyxander
  [ "$status" -eq 1 ]
  [[ $stderr == *"nothing matches"* ]]
  run_apart audit search -q zyxander
  [ -z "$stderr" ]
  run_apart audit search --json zyxander
  [ -z "$stderr" ]
  for format in csv bundle pdf; do
    run_apart audit export --$format -o x.out zyxander
    [ "$status" -eq 1 ]
    [[ $stderr == *"nothing matches: x.out was not written"* ]] || fail "$format: $stderr"
    [ ! -e x.out ]
  done
  run_apart audit export --csv -o x.out refund
  [[ $stderr == *"1 entry written to x.out"* ]]
}

@test "entries of the program's own that hold a word are left out in silence" {
  make_ledger
  audit init -q --hold 'case-1=zyxander' 2>/dev/null
  run_apart audit search zyxander
  [ "$status" -eq 1 ]
  [[ $(tr '\n' ' ' <<<"$stderr") == *"1 of the program's own entries matches too: 'type:sys.* zyxander' shows it"* ]]
  audit search -q 'type:sys.* zyxander' | grep -q sys.hold
  echo '{"type":"note","text":"zyxander"}' | audit ingest -q
  run_apart audit search zyxander
  [ "$status" -eq 0 ]
  [[ $(tr '\n' ' ' <<<"$stderr") == *"the program's own entries matches too"* ]]
}
