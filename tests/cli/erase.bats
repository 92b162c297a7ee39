#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

order=(--reason 'case 114' --authority 'the court')

@test "erase takes the payload of one entry, says so, and verify is intact" {
  make_ledger
  audit verify -q --save before
  run_apart audit erase --seq 1 "${order[@]}" --yes
  [ "$status" -eq 0 ]
  [[ $stdout == 'erased the payload of 1 entry; said in entry 4' ]]
  audit verify -q --known before --require anchored
  audit verify --json | json 'o["erased"] == 1 and o["erasures_not_listed"] == 0 and o["erasures"] == [
    {"seq": 4, "what": "payload", "entries": 1, "authority": "the court", "reason": "case 114"}]'
  audit verify | grep -q 'entry 4: payload of 1 entry, by the court: case 114'
  audit search --json --seq 1 | json '"payload" not in o and o["agent"] == "billing-eu"'
  audit search --json --seq 4 | json 'o["type"] == "sys.erasure" and o["payload"] == {
    "entries": [1], "what": "payload", "authority": "the court", "reason": "case 114"}'
}

@test "erase --dry-run shows what would go and changes nothing" {
  make_ledger
  sha256sum audit.ledger >sum
  run_apart audit erase --dry-run --what entry agent:billing-eu,support
  [ "$status" -eq 0 ]
  [[ $stdout == 'to be erased: all of 2 entries'*'numbers      1 to 2'*'from         2026-08-01T12:00:00Z'* ]]
  [[ $stdout == *'kinds        policy.decision 1, tool.call 1'* ]]
  audit erase --dry-run --json --what entry agent:billing-eu,support | json '
    o["schema"] == "audit.erase/1" and o["dry_run"] and o["entries"] == 2 and o["asked"] == 2 and
    o["first_seq"] == 1 and o["last_seq"] == 2 and o["kinds"] == {"tool.call": 1, "policy.decision": 1}'
  sha256sum --quiet -c sum
}

@test "erase without a terminal needs --yes: exit 2 with the next step" {
  make_ledger
  sha256sum audit.ledger >sum
  run_apart audit erase --seq 1 "${order[@]}"
  [ "$status" -eq 2 ]
  [[ $stderr == *'--dry-run shows what would go, --yes erases without asking'* ]]
  sha256sum --quiet -c sum
}

@test "erase asks on a terminal: only yes erases" {
  make_ledger
  command="$audit erase --seq 1 --reason x --authority y"
  TERM=xterm script -qec "$command" /dev/null <<<no >no.txt || [ $? -eq 130 ]
  grep -q 'nothing was erased' no.txt
  audit verify --json | json 'o["erased"] == 0'
  TERM=xterm script -qec "$command" /dev/null <<<yes >yes.txt
  grep -q 'to be erased: the payload of 1 entry' yes.txt
  audit verify --json | json 'o["erased"] == 1'
}

@test "erase refuses what was not said or cannot be: exit 2" {
  make_ledger
  for words in "--yes" "--seq 1 --yes" "--seq 1 --reason x --yes" "--seq 1 --authority x --yes" \
    "--seq 1 refund --reason x --authority y --yes" "--seq x --reason x --authority y --yes" \
    "--what agent --seq 1 --reason x --authority y --yes" "--what nothing --seq 1 --dry-run" \
    "colour:red --dry-run"; do
    run_words "erase $words"
    [ "$status" -eq 2 ] || fail "$words: $status"
  done
  run_apart audit erase --what agent --seq 1 --dry-run
  [[ $stderr == *'--what entry takes all of an entry'* ]]
}

@test "erase: reason and authority stay for ever, and must not name what goes" {
  audit init -q
  echo '{"type":"note","user":"alice@example.com","text":"hello there"}' | audit ingest -q
  run_apart audit erase --what user --seq 1 --yes --authority DPO --reason 'asked by Alice@Example.com'
  [ "$status" -eq 2 ]
  [[ $stderr == *'name the case, not the person'* ]]
  run_apart audit erase hello --yes --authority DPO --reason 'said hello'
  [ "$status" -eq 2 ]
  audit verify --json | json 'o["erased"] == 0'
}

@test "erase: nothing matches is exit 1, no such entry 66, all gone already 0" {
  make_ledger
  run_apart audit erase nowhere "${order[@]}" --yes
  [ "$status" -eq 1 ]
  run_apart audit erase --seq 99 "${order[@]}" --yes
  [ "$status" -eq 66 ]
  audit erase -q --seq 1..3 "${order[@]}" --yes
  run_apart audit erase --seq 1..3 "${order[@]}" --yes
  [ "$status" -eq 0 ]
  [[ $stdout == 'nothing of it was left to erase' ]]
  audit verify -q
}

@test "erase: what was erased is not found, not exported, and refused when it comes again" {
  audit init -q
  echo '{"event_id":"e1","type":"note","user":"alice","text":"zyxander"}' >line
  audit ingest -q line
  audit erase -q --what entry user:alice "${order[@]}" --yes
  refute audit search -q zyxander
  audit export --raw >raw || [ $? -eq 1 ]
  [ ! -s raw ]
  audit ingest --json line | json 'o["read"] == 1 and o["stored"] == 0 and o["duplicates"] == 1'
  refute grep -q zyxander audit.ledger audit.ledger.index
}

@test "erase of a part takes all that tells of it, and its record is left out of --raw" {
  audit init -q
  cat >trace.json <<'END'
{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"spans":[{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"execute_tool refund","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"refund"}},{"key":"enduser.id","value":{"stringValue":"zyxander"}}]}]}]}]}
END
  audit ingest -q trace.json
  audit search --json -n 0 --oldest >entries
  [ "$(wc -l <entries)" -eq 3 ] # the record, a call, its result
  audit erase --json --what entry --seq 2 "${order[@]}" --yes | json '
    o["entries"] == 2 and o["also"] == 1 and o["records"] == 0'
  refute grep -q zyxander audit.ledger audit.ledger.index
  audit verify -q
  run_apart audit export --raw
  [ -z "$stdout" ]
}

# A request of two spans: the one named $1, and another whose id ends in $2.
request() {
  local span='"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000"'
  printf '{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"00f067aa0ba902b1","name":"%s",%s},{"spanId":"00f067aa0ba902b%s","name":"other",%s}]}]}]}\n' \
    "$1" "$span" "$2" "$span"
}

@test "erase of a part that was sent twice takes both copies" {
  audit init -q
  request zyxander 2 | audit ingest -q
  request zyxander 3 | audit ingest -q # only the second span is new: the first stays in the record
  [ "$(grep -ao zyxander audit.ledger | wc -l)" -ge 2 ]
  audit erase --json --what entry --seq 2 "${order[@]}" --yes | json 'o["entries"] == 1 and o["records"] == 1'
  refute grep -q zyxander audit.ledger audit.ledger.index
  audit verify -q
}

@test "an erased part that is sent again with a new one does not come back" {
  audit init -q
  request zyxander 2 | audit ingest -q
  audit erase -q --what entry --seq 2 "${order[@]}" --yes
  request zyxander 3 >again
  audit ingest -q again
  refute grep -q zyxander audit.ledger audit.ledger.index
  audit search --json has:redactions | json 'o["redactions"] == ["erased:1"]'
  audit export --raw >raw # the first record was left out
  [ "$(wc -c <raw)" -eq "$(wc -c <again)" ]
  audit verify -q
}

@test "retention: erase refuses what is younger than its rule demands, and names the rule" {
  audit init -q --retain 7y
  echo '{"type":"note","user":"alice","text":"hello"}' | audit ingest -q
  run_apart audit erase --seq 2 "${order[@]}" --yes
  [ "$status" -eq 77 ]
  [[ $stderr == *"retention rule 'everything' (entry 1) keeps it at least 7y; nothing was erased"* ]]
  audit verify --json | json 'o["erased"] == 0'
  run_apart audit erase --expired --yes
  [ "$status" -eq 1 ]
  audit init -q audit.ledger --retain 0s # declared anew: what is there counts as well
  run_apart audit erase --expired --yes
  [ "$status" -eq 0 ]
  [[ $stdout == 'erased all of 1 entry; said in entry 4' ]]
  audit search --json --seq 4 | json 'o["payload"]["reason"] == "older than 0s: retention rule '"'everything'"'" and
    o["payload"]["authority"] == "retention declared in entry 3"'
  audit verify -q
}

@test "retention: the first rule of a file that fits holds" {
  cat >rules.json <<'END'
{"rules":[
  {"name":"approvals","query":"type:approval","at_least":"10y"},
  {"name":"chatter","query":"type:message","at_most":"0s","what":"payload"},
  {"name":"rest","at_least":"0s","at_most":"7y"}]}
END
  audit init -q
  audit init --json audit.ledger --retain rules.json | json 'not o["created"] and o["retention"] == 1'
  printf '%s\n' '{"type":"approval.granted","text":"a"}' '{"type":"message","text":"b"}' \
    '{"type":"note","text":"c"}' | audit ingest -q
  run_apart audit erase --seq 2,4 "${order[@]}" --yes
  [ "$status" -eq 77 ]
  [[ $stderr == *"entry 2 must stay until"*"'approvals'"* ]]
  audit erase --json --expired --yes | json 'o["what"] == "payload" and o["entries"] == 1 and o["first_seq"] == 3'
  audit erase -q --seq 4 "${order[@]}" --yes
  audit verify --json | json 'o["erased"] == 2'
}

@test "a legal hold stops erasing and expiring until it is released" {
  audit init -q --retain 0s
  printf '%s\n' '{"type":"note","agent":"a"}' '{"type":"note","agent":"b"}' | audit ingest -q
  audit init audit.ledger --hold case-7=agent:a |
    grep -q 'places the hold case-7 on agent:a, which 1 entry answers now'
  run_apart audit erase agent:a "${order[@]}" --yes
  [ "$status" -eq 77 ]
  [[ $stderr == *"entry 2 is under the legal hold 'case-7' (entry 4); nothing was erased"* ]]
  run_apart audit erase agent:a --dry-run
  [ "$status" -eq 77 ]
  [[ $stdout == *"to be erased: the payload of 1 entry"* ]]
  [[ $stderr == *"entry 2 is under the legal hold 'case-7' (entry 4)"* ]]
  audit erase --json --expired --yes | json 'o["entries"] == 1 and o["first_seq"] == 3'
  run_apart audit init audit.ledger --hold case-7=agent:b
  [ "$status" -eq 73 ]
  run_apart audit init audit.ledger --release case-8
  [ "$status" -eq 66 ]
  audit init -q audit.ledger --release case-7
  audit erase -q agent:a "${order[@]}" --yes
  audit verify -q
}

@test "of two holds in one command both are placed or none" {
  audit init -q
  audit init -q audit.ledger --hold b=seq:1
  run_apart audit init audit.ledger --retain 1y --hold a=seq:1 --hold b=seq:1 --json
  [ "$status" -eq 73 ]
  [ -z "$output" ]
  [ "$(audit search --count type:sys.hold)" = 1 ]
  [ "$(audit search --count type:sys.retention)" = 0 ]
  audit init audit.ledger --hold a=seq:1 --hold c=seq:1 --release b | grep -c '^entry' | grep -qx 3
}

@test "a hold on one span holds its request, and the rest of the rule expires" {
  audit init -q --retain 0s
  {
    echo '{"resourceSpans":[{"scopeSpans":[{"spans":[' \
      '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a","attributes":[{"key":"gen_ai.agent.name","value":{"stringValue":"one"}}]},' \
      '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"b","attributes":[{"key":"gen_ai.agent.name","value":{"stringValue":"two"}}]}]}]}]}'
    echo '{"type":"note","agent":"three"}'
  } | audit ingest -q
  audit init audit.ledger --hold case-7=agent:one --json | json 'o["held"] == [1]'
  run_apart audit erase --json --expired --yes
  [ "$status" -eq 0 ]
  json 'o["entries"] == 2' <<<"$stdout"
  [[ $stderr == *"rule 'everything': 2 entries have expired and stay"* ]]
  audit verify -q
  run_apart audit erase --seq 2 "${order[@]}" --yes
  [ "$status" -eq 77 ]
  [[ $stderr == *"entry 2 is the record of entry 3, which is under the legal hold 'case-7'"* ]]
}

@test "retention and holds that mean nothing are refused before anything is made" {
  echo '{"rules":[{"name":"x","at_least":"2y","at_most":"1y"}]}' >short.json
  echo '{"rules":[{"name":"x","keep":"2y"}]}' >unknown.json
  for words in "--retain soon" "--retain short.json" "--retain unknown.json" "--hold agent:a" \
    "--hold x=colour:red" "--hold ca/se=agent:a" "--hold x=call.approved:no"; do
    run_words "init new.ledger $words"
    [ "$status" -eq 2 ] || fail "$words: $status"
    [ ! -e new.ledger ]
  done
}

@test "erase says done where nothing of what matches is ever erased, or hides what stays" {
  audit init -q
  printf '{"type":"note","user":"dave","session":"s-%s","text":"dave was here"}\n' 1 2 | audit ingest -q
  audit init -q --hold 'case-10=session:s-9 OR "dave"' 2>/dev/null
  audit init -q --release case-10
  run_apart audit erase --what entry "${order[@]}" --yes --seq 3
  [ "$status" -eq 1 ]
  [[ $stdout == 'nothing was erased: the ledger needs it to be verified' ]]
  [ "$(audit erase --what entry "${order[@]}" --yes --json --seq 3 2>/dev/null | jq -c '[.never_erased,.never_erased_seqs]')" = '[1,[3]]' ]
  run_apart audit erase --dry-run --seq 0
  [ "$status" -eq 1 ]
  run_apart audit erase --what entry "${order[@]}" --yes 'user:dave OR dave'
  [ "$status" -eq 0 ]
  [[ $stdout == 'erased all of 2 entries; said in entry 5' ]]
  [[ $(tr '\n' ' ' <<<"$stderr") == *'entry 3 matches and stays'* ]]
  # A second time nothing is left: done, and what stays is said again.
  run_apart audit erase --what entry "${order[@]}" --yes --seq 1,2
  [ "$status" -eq 0 ]
}

@test "erase: a hold that names a person hides from whoever erases them" {
  audit init -q
  echo '{"type":"note","user":"dave@example.com","text":"hello"}' | audit ingest -q
  run_apart audit init -q --hold 'case-10=user:dave@example.com'
  [[ $(tr '\n' ' ' <<<"$stderr") == *'stays in the ledger for ever'*'not people'* ]]
  run_apart audit init -q --hold 'case-11=session:s-1,s-2'
  [ -z "$stderr" ]
  audit init -q --release case-10
  run_apart audit erase --what entry "${order[@]}" --yes user:dave@example.com
  [ "$status" -eq 0 ]
  [[ $(tr '\n' ' ' <<<"$stderr") == *"repeated in an entry of the program's own, which stays for ever: 2"* ]]
  grep -qa dave audit.ledger
}

@test "erase --seq takes a reason that repeats what goes" {
  audit init -q
  echo '{"type":"note","text":"approved by petra.lindqvist@nordlicht.example, Petra Lindqvist, for cust-20417, the case"}' | audit ingest -q
  for reason in 'see petra.lindqvist@nordlicht.example' 'asked by Petra' 'cust-20417 wrote'; do
    for words in '--yes' '--dry-run'; do
      run_apart audit erase --what payload --seq 1 --reason "$reason" --authority dpo "$words"
      [ "$status" -eq 2 ] || fail "$reason: $status"
      [[ $(tr '\n' ' ' <<<"$stderr") == *'stands in entry 1'*'not the person'* ]]
    done
  done
  audit verify --json | json 'o["erased"] == 0'
  # What tells of nobody is no reason to refuse.
  audit erase -q --what payload --seq 1 --reason 'the case 114 of 2026-11-22, approved' --authority DPO --yes
}

@test "erase tells a name that was not quoted only that nothing matches" {
  audit init -q
  echo '{"type":"note","user":"Petra Lindqvist","text":"hello"}' | audit ingest -q
  for words in 'user:Petra Lindqvist' '--user Petra Lindqvist'; do
    # shellcheck disable=SC2086
    run_apart audit erase --dry-run --what entry $words
    [ "$status" -eq 1 ]
    [[ $(tr '\n' ' ' <<<"$stderr") == *"'user:\"Petra Lindqvist\"'"* ]] || fail "$words: $stderr"
  done
  audit erase --dry-run --what entry 'user:"Petra Lindqvist"'
}
