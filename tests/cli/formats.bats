#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

formats=$BATS_TEST_DIRNAME/../data/formats

# What the calls of models cost, in a ledger's own words.
tokens() {
  audit export --jsonl type:llm.call |
    python3 -c 'import json, sys
calls = [json.loads(line) for line in sys.stdin]
print(len(calls), *(sum(c.get(f, 0) for c in calls) for f in ("tokens_in", "tokens_out")))'
}

@test "a format that is forced in vain stores records of no kind and says nothing" {
  audit init -q
  echo '{"type":"event_msg","payload":{"type":"agent_message","message":"hi"},"timestamp":"2026-03-04T10:00:00Z"}' >codex.jsonl
  run_apart audit ingest --json --format langfuse codex.jsonl
  [ "$status" -eq 0 ]
  json 'o["stored"] == 1 and o["flagged"] == 1' <<<"$stdout"
  [[ $stderr == *"no record of the format langfuse"* ]]
  [ "$(audit search --count flags:unparsed)" -eq 1 ]
}

@test "every format is listed, and each of these can be forced" {
  audit ingest --formats >formats.txt
  [ "$(head -n 3 formats.txt | cut -d' ' -f1 | tr '\n' ' ')" = "auto jsonl otlp " ]
  for name in claude-code codex mcp langsmith langfuse opa chat; do grep -q "^$name " formats.txt; done
  audit init -q
  while read -r name _; do
    [ "$name" = otlp ] || echo '{"type":"message"}' | audit ingest -q --format "$name"
  done <formats.txt
  [ "$(audit search --count type:unparsed)" -eq 0 ]
  refute audit ingest --format nonsense </dev/null
  audit ingest --formats --json | head -n 1 | json 'o["format"] and o["about"]'
}

@test "an answer in several lines counts once: in one go, in two, and once more" {
  audit init -q
  audit ingest -q "$formats/claude-code.jsonl"
  [ "$(tokens)" = "3 3210 40" ] # two of them failed
  audit init -q -l halves.ledger
  head -n 2 "$formats/claude-code.jsonl" | audit ingest -q -l halves.ledger
  tail -n +3 "$formats/claude-code.jsonl" >rest.jsonl
  audit ingest -q -l halves.ledger rest.jsonl
  [ "$(AUDIT_LEDGER=halves.ledger tokens)" = "3 3210 40" ]
  cp "$formats/claude-code.jsonl" again.jsonl
  audit ingest -q again.jsonl
  [ "$(tokens)" = "3 3210 40" ]
  audit verify -q
}

@test "an event that has the id of a model's answer swallows that, with what it cost" {
  audit init -q
  echo '{"type":"tool.call","event_id":"msg_1"}' | audit ingest -q
  audit ingest -q "$formats/claude-code.jsonl" 2>/dev/null
  [ "$(audit search --count type:llm.call event_id:msg_1)" -eq 1 ]
  [ "$(audit search --count type:llm.call flags:conflict)" -eq 1 ]
  [ "$(tokens)" = "3 3210 40" ]
}

@test "a transcript comes back byte for byte, and reads as what happened" {
  audit init -q
  audit ingest -q "$formats/claude-code.jsonl"
  audit export --raw --oldest | cmp - "$formats/claude-code.jsonl"
  audit search --trace s-9 --json >trace.json
  json 'o["model_calls"] == 3 and o["tool_calls"] == 3 and o["human_decisions"] == 2' <trace.json
  json '[s["decided"][0]["state"] for s in o["steps"] if s.get("decided")] == ["granted", "denied", "deny"]' <trace.json
}

@test "every fixture is stored, comes back and verifies" {
  for file in "$formats"/*; do
    rm -rf audit.ledger* raw
    audit init -q
    audit ingest --json "$file" >counts.json
    json 'o["read"] == o["stored"] + o["duplicates"] and o["flagged"] == 0' <counts.json
    mkdir raw
    audit export --raw --oldest -q -o raw
    cat raw/* | cmp - "$file"
    audit verify -q
  done
}

@test "the numbers of JSON-RPC messages are not taken for ids of events" {
  audit init -q
  printf '{"jsonrpc":"2.0","id":1,"method":"ping"}\n{"jsonrpc":"2.0","id":1,"result":{}}\n' >rpc
  audit ingest --json <rpc | json 'o["conflicts"] == 0 and o["flagged"] == 0 and o["entries"] == 2'
  [ "$(audit search --count has:event_id)" -eq 0 ]
}

@test "a document over many lines is one record, and a broken one is lines" {
  audit init -q
  printf '{\n  "type": "tool.call",\n  "tool": "refund"\n}\n' >one.json
  audit ingest --json one.json | json 'o["read"] == 1 and o["entries"] == 1 and o["flagged"] == 0'
  [ "$(audit search --count type:tool.call tool:refund)" -eq 1 ]
  printf '[\n{"type":"tool.call"},\n{"type":"message"}\n]\n' >list.json
  audit ingest --json list.json | json 'o["read"] == 1 and o["entries"] == 3'
  printf '{\n  "type": "cut off\n{"type":"error"}\n' >broken.jsonl
  audit ingest --json broken.jsonl | json 'o["read"] == 3 and o["flagged"] == 2'
  [ "$(audit search --count type:error)" -eq 1 ]
  printf '{"cut":[1,\n{"type":"stop"}\n' | audit ingest -q
  [ "$(audit search --count type:stop)" -eq 1 ]
}

@test "lines of several formats on one pipe are each read as what they are" {
  audit init -q
  for file in codex mcp opa claude-agent-sdk; do head -n 1 "$formats/$file.jsonl"; done |
    audit ingest -q
  [ "$(audit search --by format | wc -l)" -ge 4 ]
  [ "$(audit search --count format:opa decision:deny)" -eq 1 ]
}
