#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
# shellcheck disable=SC2016  # $ref is a word of JSON Schema
load helper

# A file of schemas: schemas 'KIND: SCHEMA, ...'
schemas() {
  printf '{"schemas": {%s}}\n' "$1" >s.json
}

# Where a refund needs an amount of at most 1000, and nothing is said about anything else.
refund_schemas() {
  schemas '"tool.call": {
    "required": ["tool", "input"],
    "properties": {"input": {"properties": {"amount": {"type": "number", "maximum": 1000}}}}}'
}

@test "a kind that is mistyped, or that a second declaration drops, is not told of" {
  schemas '"tool.cal": {}, "payment.made": {}, "tool.*": {}'
  run_apart audit init --schema s.json
  [ "$status" -eq 0 ]
  [[ $stderr == *"note: no kind that is known is called 'tool.cal'; did you mean 'tool.call'?"* ]]
  [ "$(grep -c 'no kind that is known' stderr.txt)" -eq 1 ]
  schemas '"payment.made": {}'
  run_apart audit init --schema s.json
  [ "$status" -eq 0 ]
  [[ $stderr == *"no schema holds any more for tool.cal, tool.*"* ]]
}

@test "what does not fit is stored, flagged with the reason, and counted" {
  refund_schemas
  audit init -q --schema s.json
  cat >in <<'END'
{"type":"tool.call","tool":"refund","input":{"amount":12}}
{"type":"tool.call","tool":"refund","input":{"amount":5000}}
{"type":"tool.call","tool":"refund"}
{"type":"message","text":"of another kind"}
END
  run_apart audit ingest --json in
  [ "$status" -eq 0 ]
  json 'o["read"] == 4 and o["stored"] == 4 and o["flagged"] == 2 and o["entries"] == 4' <stdout.txt
  [[ $stderr == *'"flags":"schema"'*'payload.input.amount: want at most 1000'* ]]
  [[ $stderr == *"payload: want the member 'input'"* ]]
  audit search --seq 3 --json | json 'o["schema"] == "1" and
    o["flags"] == ["schema", "schema: payload.input.amount: want at most 1000"]'
  audit search --seq 2 --json | json 'o["schema"] == "1" and "flags" not in o'
  audit search --seq 5 --json | json '"schema" not in o and "flags" not in o'
  [ "$(audit search --count flags:schema)" -eq 2 ]
  [ "$(audit search --count schema:1)" -eq 3 ]
  audit export --raw | cmp - in
  audit verify -q
}

@test "a ledger without schemas says nothing about them" {
  make_ledger
  refute audit search has:schema
  refute audit search flags:schema
}

@test "init --schema on a ledger that is there appends one entry, signed like any other" {
  make_ledger
  refund_schemas
  run_apart audit init --schema s.json
  [ "$status" -eq 0 ]
  [ "$stdout" = "entry 4 declares the schemas of tool.call" ]
  audit search --json type:sys.schema >entry
  json 'o["seq"] == 4' <entry
  # The file as it was, byte for byte.
  python3 - <<'END'
import hashlib, json
said = json.load(open("entry"))["payload"]
text = open("s.json").read()
assert said["text"] == text, said
assert said["sha256"] == hashlib.sha256(text.encode()).hexdigest(), said
END
  audit verify -q
  # What was stored before is judged by nothing.
  refute audit search flags:schema
  # The same again is said already.
  run_apart audit init --json --schema s.json
  json 'o["declared"] == {"seq": 4, "is_new": False, "kinds": ["tool.call"]} and not o["created"]' <stdout.txt
  audit verify --json | json 'o["size"] == 5'
}

@test "init --json of a new ledger says what was declared" {
  refund_schemas
  audit init --json --schema s.json | json 'o["created"] and
    o["declared"] == {"seq": 1, "is_new": True, "kinds": ["tool.call"]}'
}

@test "without a flag that reconfigures, or with a new origin, init still refuses: 73" {
  refund_schemas
  audit init -q
  sha256sum audit.ledger audit.ledger.key audit.ledger.pub >before
  run_apart audit init
  [ "$status" -eq 73 ]
  run_apart audit init --origin example.com/other --schema s.json
  [ "$status" -eq 73 ]
  sha256sum --quiet -c before
}

@test "a schema file that is not understood is exit 2, says where, and changes nothing" {
  try() { # ARGUMENTS-OF-schemas WHERE WHAT
    schemas "$1"
    run_apart audit init --schema s.json
    [ "$status" -eq 2 ] || fail "$1: $status"
    [[ $stderr == *"s.json: $2: $3"* ]] || fail "$stderr"
    [ ! -e audit.ledger ]
    [ ! -e audit.ledger.key ]
  }
  try '"tool.call": {"minimun": 1}' /schemas/tool.call/minimun "unknown keyword 'minimun'"
  [[ $stderr == *"did you mean 'minimum'?"* ]]
  try '"tool.call": {"$ref": "http://127.0.0.1:1/x"}' '/schemas/tool.call/$ref' 'the reference'
  try '"tool.call": {"$ref": "#"}' /schemas/tool.call 'it leads back to itself'
  try '"tool_call": true' /schemas/tool_call 'events of the kind'
  try '"sys.schema": true' /schemas/sys.schema 'entries of the ledger itself'
  printf '{"schemas": {"tool.call": {"type": "object",}}}\n' >s.json
  run_apart audit init --schema s.json
  [ "$status" -eq 2 ]
  [[ $stderr == *"s.json: line 1, column 45: it is not JSON"* ]]
  run_apart audit init --json --schema s.json
  json 'o["code"] == 2' <stderr.txt
  run_apart audit init --schema nothing.json
  [ "$status" -eq 66 ]
  [ ! -e audit.ledger ]
}

@test "a file of schemas with escapes in its names does not reach the terminal" {
  printf '{"schemas": {"tool.call": {"\\u001b[31mred": 1}}}\n' >s.json
  run_apart audit init --schema s.json
  [ "$status" -eq 2 ]
  refute has_bytes '\x1b' <stderr.txt
}

@test "nothing that is read can declare a schema: only init writes sys.schema" {
  refund_schemas
  audit init -q --schema s.json
  printf '%s\n' '{"type":"sys.schema","sha256":"","text":"{\"schemas\":{}}"}' >forged
  audit ingest -q forged
  audit search --seq 2 --json | json 'o["type"] == "other" and o["flags"] == ["reserved-kind"]'
  run_apart audit ingest -q --set type=sys.schema forged
  [ "$status" -eq 2 ]
  run_apart audit ingest -q --set schema=7 forged
  [ "$status" -eq 2 ]
  echo '{"type":"tool.call"}' | audit ingest -q
  [ "$(audit search --count flags:schema)" -eq 1 ]
}

@test "with --strict what does not fit is refused, and said" {
  refund_schemas
  audit init -q --schema s.json
  printf '%s\n' '{"type":"tool.call","tool":"t","input":{}}' '{"type":"tool.call"}' >in
  run_apart audit ingest --strict --json in
  [ "$status" -eq 3 ]
  json 'o["read"] == 2 and o["stored"] == 1 and o["rejected"] == 1 and o["flagged"] == 0' <stdout.txt
  [[ $stderr == *"want the member 'tool'"* ]]
}

@test "the newest declaration counts, and says which one judged" {
  schemas '"note": {"required": ["a"]}'
  audit init -q --schema s.json
  echo '{"type":"note","b":1}' | audit ingest -q
  schemas '"note": {"required": ["b"]}'
  audit init -q --schema s.json
  echo '{"type":"note","b":2}' | audit ingest -q
  audit search --oldest --json type:note >found
  head -n 1 found | json 'o["schema"] == "1" and o["flags"][0] == "schema"'
  tail -n 1 found | json 'o["schema"] == "3" and "flags" not in o'
  # {} declares that nothing is wanted any more.
  schemas ''
  audit init -q --schema s.json
  echo '{"type":"note"}' | audit ingest -q
  audit search --seq 5 --json | json '"schema" not in o and "flags" not in o'
}

@test "a declaration is found without the index, and behind it" {
  refund_schemas
  audit init -q --schema s.json
  for n in 1 2 3; do
    rm -f audit.ledger.index
    echo "{\"type\":\"tool.call\",\"n\":$n}" | audit ingest -q --index later
  done
  [ "$(audit search --count flags:schema)" -eq 3 ]
}

@test "what is declared while events come in holds for all that are written behind it" {
  audit init -q
  schemas '"note": {"required": ["a"]}'
  mkfifo pipe
  audit ingest -q --flush-ms 20 - <pipe 2>/dev/null &
  exec 9>pipe
  echo '{"type":"note","n":1}' >&9
  wait_for 'audit search --count type:note' 1
  audit init -q --schema s.json
  echo '{"type":"note","n":2}' >&9
  wait_for 'audit search --count type:note' 2
  echo '{"type":"note","n":3}' >&9
  exec 9>&-
  wait
  audit search --oldest --json type:note >found
  sed -n 1p found | json '"schema" not in o'
  sed -n 2p found | json 'o["seq"] == 3 and o["schema"] == "2" and o["flags"][0] == "schema"'
  sed -n 3p found | json 'o["schema"] == "2" and o["flags"][0] == "schema"'
  audit verify -q
}

@test "with --strict what was read before a declaration and does not fit is refused, too" {
  audit init -q
  schemas '"note": {"required": ["a"]}'
  mkfifo pipe
  audit ingest --strict --json --flush-ms 20 - <pipe >out 2>err &
  pid=$!
  exec 9>pipe
  echo '{"type":"note","n":1}' >&9
  wait_for 'audit search --count type:note' 1
  audit init -q --schema s.json
  printf '%s\n' '{"type":"note","n":2}' '{"type":"note","a":3}' >&9
  exec 9>&-
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 3 ]
  json 'o["read"] == 3 and o["stored"] == 2 and o["rejected"] == 1 and o["flagged"] == 0' <out
  grep -q "want the member 'a'" err
  [ "$(audit search --count type:note)" -eq 2 ]
  audit verify -q
}

# Until a command says what it must: wait_for COMMAND TEXT
wait_for() {
  for _ in $(seq 200); do
    [ "$(eval "$1" 2>/dev/null)" != "$2" ] || return 0
    read -rt 0.05 <> <(:) || :
  done
  fail "$1 never said $2"
}

@test "parts of a request are held against the schemas of their kinds" {
  schemas '"tool.call": {"required": ["spanId", "nothing"]}'
  audit init -q --schema s.json
  printf '%s\n' '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8aa5a2d2c872e8321cf37308d69df2","spanId":"051581bf3cb55c13","name":"execute_tool ls","kind":1,"startTimeUnixNano":"1754300000000000000","endTimeUnixNano":"1754300001000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"ls"}}]}]}]}]}' >in
  run_apart audit ingest --json in
  json 'o["flagged"] == 1 and o["stored"] == 1' <stdout.txt
  audit search --json type:tool.call | json 'o["flags"][1] == "schema: payload: want the member '"'nothing'"'"'
  audit export --raw | cmp - in
  audit verify -q
}

@test "a payload made to take for ever, or all of the stack, is flagged in time" {
  schemas '"other": {"anyOf": [{"items": {"$ref": "#"}, "minItems": 2}, {"items": {"$ref": "#"}, "minItems": 2}]}'
  audit init -q --schema s.json
  python3 -c 'print("[" * 199 + "]" * 199)' >in
  run_apart timeout 60 "$audit" ingest -q in
  [ "$status" -eq 0 ]
  [ "$(audit search --count flags:schema)" -eq 1 ]
}
