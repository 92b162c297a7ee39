#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

# Runs of real agents, recorded with what really happened (their meta.json). They are no part of this
# repository: AUDIT_CAPTURES, else ../shared/data/captures beside it.
find_capture() {
  local all=${AUDIT_CAPTURES:-$BATS_TEST_DIRNAME/../../../shared/data/captures}
  if [ ! -d "$all/$1" ]; then
    echo "# SKIPPED: there is no $all/$1; what real agents did is not tested here" >&3
    skip "no captures at $all"
  fi
  audit init -q
  audit ingest -q "$all/$1/otlp-json"
}

# The calls of the newest run with this id, one "tool: decided -> executed" each.
calls() {
  audit search --trace "$1" --json >trace.json
  python3 - <<'END'
import json
for step in json.load(open("trace.json"))["steps"]:
    if "decided" in step:
        decided = ",".join(state["state"] for state in step["decided"])
        print(f'{step["what"]}: {decided or "-"} -> {(step["executed"] or {"state": "-"})["state"]}')
END
}

@test "a session of Claude Code: what was allowed, granted, denied, and what failed" {
  find_capture claude-agent-sdk/session-json
  calls 5cba043a-38a8-436c-88ae-c803264288b7 >calls.txt
  diff - calls.txt <<'END'
get_order: allow -> ok
Bash: granted -> ok
issue_refund: granted -> ok
send_email: allow -> error
Write: allow -> ok
Bash: denied -> -
Read: allow -> error
END
  json 'o["model_calls"] == 7 and o["tool_calls"] == 6 and o["human_decisions"] == 3' <trace.json
  # 3861 + 8992 read from the cache + 1200 written to it, as the answers said; each counted once.
  json 'o["tokens_in"] == 14053 and o["tokens_out"] == 234 and o["complete"]' <trace.json
}

@test "a run of LangChain: the approval of an interrupt that names no call" {
  find_capture langchain/openinference
  calls sess-2f1c-42 >calls.txt
  diff - calls.txt <<'END'
get_order: - -> ok
issue_refund: granted -> ok
send_email: - -> error
END
  json 'o["model_calls"] == 5 and o["tokens_in"] == 2813 and o["tokens_out"] == 142' <trace.json
  json 'o["complete"] and o["failures"] == 1 and o["human_decisions"] == 1' <trace.json
  json '[g for s in o["steps"] for g in s["gaps"]] == [] and not [s for s in o["steps"] if s["missing"]]' <trace.json
}

@test "a run of Mastra: suspended, approved, gone on in another trace of the session" {
  find_capture mastra/refund
  calls sess-2f1c-42 >calls.txt
  diff - calls.txt <<'END'
get_order: - -> ok
issue_refund: granted -> ok
send_email: - -> error
END
  json 'o["tokens_in"] == 2813 and o["tokens_out"] == 142 and o["human_decisions"] == 1' <trace.json
  json 'o["complete"] and len(o["traces"]) > 1 and o["sessions"] == ["sess-2f1c-42"]' <trace.json
}
