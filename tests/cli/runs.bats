#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

make_runs() {
  audit init -q
  cat >runs.jsonl <<'END'
{"type":"tool.call","time":"2026-08-01T12:00:00Z","session":"s1","agent":"billing","tool":"refund","tool_call_id":"c1","risk":"high"}
{"type":"tool.result","time":"2026-08-01T12:00:02Z","session":"s1","tool_call_id":"c1","status":"error"}
{"type":"approval.denied","time":"2026-08-01T12:00:01Z","tool_call_id":"c1","approver":"kim"}
{"type":"llm.call","time":"2026-08-02T12:00:00Z","session":"s2","agent":"support","env":"production","cost":1.25,"tokens_in":7,"duration_ms":1500}
{"type":"message","time":"2026-08-03T12:00:00Z","trace":"t3","text":"a word \u001b[31m"}
{"type":"message","time":"2026-08-03T12:00:00Z","text":"belongs to no run"}
END
  audit ingest -q runs.jsonl
}

@test "a line per run, the newest first, with what it came to" {
  make_runs
  run_apart audit search --runs
  [ "$status" -eq 0 ]
  diff - stdout.txt <<'END'
2026-08-03T12:00:00Z  t3  -  -  -  0 ms  1  -  -  -  -  -  complete
2026-08-02T12:00:00Z  s2  support  -  production  1.5 s  1  -  -  $1.25  -  -  complete
2026-08-01T12:00:00Z  s1  billing  -  -  2.0 s  1  1  1  -  high  error  complete
END
  [ "$(audit search --runs -n 1 | wc -l)" -eq 1 ]
}

@test "as JSON a run is an object with the names that queries use" {
  make_runs
  audit search --runs --json refund >run.json || audit search --runs --json tool:refund >run.json
  json 'o["schema"] == "audit.run/1" and o["sessions"] == ["s1"]' <run.json
  json 'o["run"] == "s1" and o["entries"] == 3 and o["steps"] == 1 and o["failures"] == 1' <run.json
  json 'o["human_decisions"] == 1 and o["risk"] == "high" and o["complete"] and "cost" not in o' <run.json
  for name in begin entries steps model_calls tool_calls failures human_decisions gaps; do
    json "'$name' in o" <run.json
  done
  # What nobody reported is left out, and not 0.
  json '"tokens_in" not in o' <run.json
  audit search --runs --json agent:support | json 'o["tokens_in"] == 7 and "tokens_out" not in o'
}

@test "a run that says no times lasts 0 ms, and began when it was received" {
  audit init -q
  printf '{"type":"%s","session":"s"}\n' message tool.call | audit ingest -q
  audit search --runs | grep -qE '^~[^ ]+  s  -  -  -  -  2 '
  # Between others an event without a time stands where they do.
  printf '{"type":"%s","session":"t","agent":"a"%s}\n' message ',"time":"2026-08-01T12:00:00Z"' \
    tool.call '' error ',"time":"2026-08-01T12:00:01Z"' message '' | audit ingest -q
  audit search --runs | grep -q '^2026-08-01T12:00:00Z  t  a  -  -  1.0 s  4 '
  audit search --trace t | grep -qE '^\+0\.000  (. )?tool.call'
}

@test "what a session costs is told by itself where its calls say only tokens" {
  audit init -q
  audit ingest -q <<'END'
{"type":"llm.call","time":"2026-08-01T12:00:01Z","session":"s","tokens_in":7}
{"type":"session.end","time":"2026-08-01T12:00:02Z","session":"s","cost":0.5,"tokens_in":9,"tokens_out":3}
END
  audit search --runs --json |
    json 'o["cost"] == 0.5 and o["tokens_in"] == 7 and o["tokens_out"] == 3'
}

@test "tests of runs and of entries narrow together" {
  make_runs
  [ "$(audit search --runs 'run.failures:>0' | wc -l)" -eq 1 ]
  [ "$(audit search --runs --since 2026-08-02 | wc -l)" -eq 2 ]
  [ "$(audit search --runs --agent support,billing 'run.cost:>1' | cut -d' ' -f3)" = s2 ]
  run_apart audit search --runs --agent support 'run.failures:>0'
  [ "$status" -eq 1 ]
  [ -z "$stdout" ]
}

@test "a mistake in a test of runs shows a caret" {
  make_runs
  run_apart audit search --runs refund 'run.failure:>0'
  [ "$status" -eq 2 ]
  [ "$stderr" = "audit: error: runs have no 'run.failure'
  refund run.failure:>0
         ^^^^^^^^^^^
hint: did you mean 'run.failures'?" ]
  run_apart audit search 'run.failures:>0'
  [ "$status" -eq 2 ]
  [[ $stderr == *"audit search --runs lists runs"* ]]
  for words in '--runs --count' '--runs --oldest' '--runs --output csv' '--runs --explain' '--runs --trace s1'; do
    run_words "search $words"
    [ "$status" -eq 2 ]
    [ -z "$stdout" ]
  done
}

@test "on a terminal there is a heading and no line over the edge" {
  make_runs
  for columns in 60 80 160; do
    on_terminal "$columns" 50 "'$audit' search --no-pager --runs" >screen.txt
    grep -qF 's1' screen.txt
    [ "$(sed 's/\x1b\[[0-9;]*m//g' screen.txt | wc -L)" -le "$columns" ]
  done
}
