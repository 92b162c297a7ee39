#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

make_action() {
  audit init -q
  cat >run.jsonl <<'END'
{"type":"llm.call","time":"2026-08-01T12:00:01Z","session":"s1","agent":"billing","event_id":"e2","model":"m-1","prompt_hash":"75c9086bc33a3fae2b0df4d8bb55e7209e5fb6121417ffd64b19bb48e28790d5","output_text":"I will \u001b[31m refund it"}
{"type":"policy.decision","time":"2026-08-01T12:00:02Z","tool_call_id":"c1","tool":"refund","decision":"allow","policy":"limits"}
{"type":"tool.call","time":"2026-08-01T12:00:03Z","session":"s1","agent":"billing","parent":"e2","tool":"refund","tool_call_id":"c1","arguments":{"amount":120}}
END
  audit ingest -q run.jsonl
}

@test "five questions, each with its entry or no record" {
  make_action
  run_apart audit search --seq 3 --why
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  diff - stdout.txt <<'END'
entry 3: tool.call  refund  billing  2026-08-01T12:00:03Z
  in run s1

What reasoning led to it?
  entry 1  llm.call: m-1
  "I will \x1b[31m refund it"

Which tool, with which arguments?
  entry 3  refund {"amount":120}

Under which system prompt and policy?
  entry 1  system prompt with the hash 75c9086bc33a3fae2b0df4d8bb55e7209e5fb6121417ffd64b19bb48e28790d5
  entry 2  policy.decision: allow by limits for tool refund (call c1)

Did what it read carry an injection?
  no record: nor of anything that it read

Who approved it, and what did they see?
  no record
END
}

@test "as JSON it is one object, the same from any entry of the step" {
  make_action
  audit search --seq 2 --why --json >why.json
  json 'o["schema"] == "audit.why/1" and o["action"]["seq"] == 3 and o["run"] == "s1"' <why.json
  json 'o["reasoning"]["model_call"]["seq"] == 1 and o["reasoning"]["known_by"] == "named"' <why.json
  json 'o["call"]["arguments"] == "{\"amount\":120}"' <why.json
  json '[e["seq"] for e in o["authority"]["policies"]] == [2]' <why.json
  json 'o["approval"] == {"requests": [], "answers": [], "shown": "no-record"}' <why.json
}

@test "--why without an entry, or with one that is not there" {
  make_action
  run_apart audit search --why
  [ "$status" -eq 2 ]
  [[ $stderr == *"audit search --seq N --why"* ]]
  run_apart audit search --seq 99 --why
  [ "$status" -eq 66 ]
  run_apart audit search --seq 3 --why --output csv
  [ "$status" -eq 2 ]
  [ -z "$stdout" ]
}
