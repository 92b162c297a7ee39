#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

# A run with a refund that was asked for, allowed and made, and a mail that got no result.
make_run() {
  audit init -q
  cat >run.jsonl <<'END'
{"type":"session.start","time":"2026-08-01T12:00:00Z","session":"s1","agent":"billing","event_id":"e1"}
{"type":"llm.call","time":"2026-08-01T12:00:01Z","session":"s1","agent":"billing","event_id":"e2","model":"m-1","tokens_in":412,"tokens_out":19,"duration_ms":4000,"cost":0.0125}
{"type":"tool.result","time":"2026-08-01T12:00:04Z","session":"s1","tool_call_id":"c1","status":"ok"}
{"type":"policy.decision","time":"2026-08-01T12:00:02Z","tool_call_id":"c1","tool":"refund","decision":"allow","policy":"limits"}
{"type":"tool.call","time":"2026-08-01T12:00:03Z","session":"s1","parent":"e2","tool":"refund","tool_call_id":"c1"}
{"type":"tool.call","time":"2026-08-01T12:00:04.5Z","session":"s1","parent":"e2","tool":"mail","tool_call_id":"c7"}
{"type":"message","time":"2026-08-01T12:00:09Z","session":"s1","text":"done \u001b[31mred","parent":"lost"}
END
  audit ingest -q run.jsonl
}

@test "what matters of a long run stands among hundreds of lines that say nothing" {
  audit init -q
  {
    echo '{"type":"tool.call","time":"2026-08-01T12:00:00Z","session":"s2","tool":"refund","event_id":"c","span":"c"}'
    for n in $(seq 200); do
      printf '{"type":"other","time":"2026-08-01T12:00:01Z","session":"s2","action":"fs.stat","event_id":"o%s"}\n' "$n"
    done
    echo '{"type":"other","time":"2026-08-01T12:00:02Z","session":"s2","action":"holds","event_id":"h"}'
    echo '{"type":"message","time":"2026-08-01T12:00:03Z","session":"s2","parent":"h"}'
    echo '{"type":"other","time":"2026-08-01T12:00:04Z","session":"s2","action":"failed","status":"error"}'
  } | audit ingest -q
  run_apart audit search --trace s2
  [ "$(grep -c fs.stat stdout.txt || true)" -eq 0 ]
  for word in refund holds message failed; do grep -q "$word" stdout.txt || fail "no $word"; done
  [[ $stderr == *"200 steps of kind other are not shown: --all shows them"* ]]
  # What was asked about is there.
  audit search --trace o7 | grep -q fs.stat
  [ "$(audit search --trace s2 --all | grep -c fs.stat)" -eq 200 ]
  audit search --trace s2 --json | json 'len(o["steps"]) == 204'
  refute audit search --all
}

@test "a run is drawn as a tree, with its sums and what is missing" {
  make_run
  run_apart audit search --trace s1
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  diff - stdout.txt <<'END'
run s1  2026-08-01 12:00:00 UTC, 9.0 s
billing
1 model call, 2 tool calls; 412 tokens in, 19 out; $0.0125; 3 gaps

+0.000  session.start  -  -  1
+1.000  llm.call  m-1, 412 in / 19 out, $0.0125  -  4.0 s  2
+2.000  ├ refund  requested → allow by limits → ok  ok  1.0 s  4
+4.500  └ mail  requested → – → begun  -  -  6
            ! tool.call c7 has no result
+9.000  ? lost  -  -  -
        │ ! lost is named as a parent and is not in the ledger
+9.000  └ message  done \x1b[31mred  -  -  7
! session s1 has no end
END
}

@test "the id of an event or a call leads to its run and is marked there" {
  make_run
  audit search --trace c7 | grep -F 'mail' | grep -qF '◀'
  audit search --trace e2 | grep -F 'llm.call' | grep -qF '◀'
  audit search --trace 5 | grep -F 'refund' | grep -qF '◀'
}

@test "as JSON a trace is one object" {
  make_run
  audit search --trace s1 --json >trace.json
  [ "$(wc -l <trace.json)" -eq 1 ]
  json 'o["schema"] == "audit.trace/1" and o["entries"] == 7 and o["cost"] == 0.0125' <trace.json
  json 'o["complete"] is False and [g["kind"] for g in o["gaps"]] == ["end-missing"]' <trace.json
  json '[s.get("what", s.get("type")) for s in o["steps"]] == ["session.start", "m-1", "refund", "mail", "lost", "message"]' <trace.json
  json '[s["parent"] for s in o["steps"]] == [None, None, 1, 1, None, 4]' <trace.json
  json '[e["seq"] for e in o["steps"][2]["entries"]] == [4, 5, 3]' <trace.json
  json 'o["steps"][2]["decided"][0]["by"] == "limits" and o["steps"][2]["executed"]["seq"] == 3' <trace.json
  json 'o["steps"][4]["missing"] and o["steps"][4]["entries"] == []' <trace.json
}

@test "on a terminal there are bars, colours and no line over the edge" {
  make_run
  for columns in 40 80 132; do
    on_terminal "$columns" 50 "'$audit' search --no-pager --trace s1" >screen.txt
    grep -qF 'refund' screen.txt
    [ "$(sed 's/\x1b\[[0-9;]*m//g' screen.txt | awk 'NR > 3' | wc -L)" -le "$columns" ]
  done
  grep -qF '━' screen.txt
  refute grep -q $'\x1b\\[31mred' screen.txt
}

@test "an id that nobody has is exit 1, and says so" {
  make_run
  run_apart audit search --trace nothing
  [ "$status" -eq 1 ]
  [ -z "$stdout" ]
  [[ $stderr == *"no session, trace, event or call has the id 'nothing'"* ]]
  run_apart audit search --trace nothing --json
  [ "$status" -eq 1 ]
  [ -z "$stdout$stderr" ]
}

@test "a trace goes with no query, no filter and no other answer" {
  make_run
  for words in '--trace s1 refund' '--trace s1 --agent x' '--trace s1 --count' '--trace s1 --by agent' '--trace s1 --explain' '--trace s1 --output csv'; do
    run_words "search $words"
    [ "$status" -eq 2 ]
    [ -z "$stdout" ]
    [[ $stderr == 'audit: error: '* ]]
  done
}
