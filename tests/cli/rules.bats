#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

# A file of rules: rules MEMBERS..., each the members of a rule but for its id, r1, r2, ...
rules() {
  local n=0 list=''
  for members in "$@"; do
    n=$((n + 1))
    list+="${list:+,}{\"id\":\"r$n\",$members}"
  done
  printf '{"schema":"audit.rules/1","name":"set","version":"7","rules":[%s]}\n' "$list" >r.json
}

# The members of a rule about a query: about ACTION QUERY.
about() {
  printf '"severity":"high","action":"%s","when":"%s"' "$1" "$2"
}

# How many entries are an answer; none is no failure here.
count() {
  audit search --count "$1" || true
}

@test "what is blocked is stored, followed by a guardrail.block, and not passed on" {
  audit init -q
  rules "$(about block tool:rm)"
  cat >in <<'END'
{"type":"tool.call","id":"1","tool":"ls","session":"s","tool_call_id":"c1"}
{"type":"tool.call","id":"2","tool":"rm","session":"s","tool_call_id":"c2"}
{"type":"tool.call","id":"3","tool":"cat","session":"s","tool_call_id":"c3"}
END
  run_apart audit ingest --tee --json --rules r.json in
  [ "$status" -eq 0 ]
  grep -v rm in | cmp - stdout.txt
  tail -n 1 stderr.txt | json 'o["stored"] == 3 and o["entries"] == 4 and o["blocked"] == 1 and
    o["alerts"] == 0 and o["last_seq"] == 4 and o["halted"] is False'
  audit search --seq 3 --json | json 'o["type"] == "guardrail.block" and o["rule"] == "r1" and
    o["policy"] == "set" and o["rule_version"] == "7" and o["risk"] == "high" and
    o["decision"] == "deny" and o["links"] == ["2"] and o["tool_call_id"] == "c2" and
    o["payload"]["entries"][0]["seq"] == 2 and "event_id" not in o'
  # It names the entry by its hash, too.
  hash=$(audit search --seq 2 --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["hash"])')
  audit search --seq 3 --json | grep -q "\"hash\":\"$hash\""
  audit verify -q
}

@test "what rules wrote is no record: --raw gives back what arrived" {
  audit init -q
  rules "$(about block tool:rm)" "$(about flag type:error)" "$(about alert type:error)"
  printf '{"tool":"rm"}\n{"type":"error"}\n{"type":"message"}\n' >in
  audit ingest -q --rules r.json in
  audit export --raw | cmp - in
  [ "$(count 'format:rules')" -eq 2 ]
  [ "$(count 'type:sys.alert')" -eq 1 ]
  audit verify -q
}

@test "a duplicate of what was blocked does not pass when it is sent again" {
  audit init -q
  rules "$(about block tool:rm)"
  printf '%s\n' '{"id":"1","tool":"ls"}' '{"id":"2","tool":"rm"}' '{"id":"2","tool":"rm"}' >in
  audit ingest -q --tee --rules r.json in >out
  [ "$(cat out)" = '{"id":"1","tool":"ls"}' ]
  # Nor in a later run, with rules that say nothing of it.
  rules "$(about alert tool:other)"
  run_apart audit ingest --tee --json --rules r.json in
  [ "$stdout" = '{"id":"1","tool":"ls"}' ]
  tail -n 1 stderr.txt | json 'o["duplicates"] == 3 and o["blocked"] == 2 and o["entries"] == 0'
}

@test "an event that another writer stored without rules passes the gate as a duplicate" {
  audit init -q
  printf '%s\n' '{"id":"1","tool":"ls"}' '{"id":"2","tool":"rm"}' >in
  printf '%s\n' '{"type":"assistant","uuid":"u","sessionId":"s","message":{"id":"m","content":[{"type":"tool_use","id":"t","name":"rm","input":{}}]}}' >>in
  audit ingest -q in
  rules "$(about block tool:rm)"
  run_apart audit ingest --tee --json --rules r.json in
  [ "$stdout" = '{"id":"1","tool":"ls"}' ]
  tail -n 1 stderr.txt | json 'o["duplicates"] == 3 and o["blocked"] == 2 and o["entries"] == 2'
  [ "$(count 'type:guardrail.block links:2')" -eq 1 ]
  # It is counted once: two events do not make three.
  rules "\"severity\":\"high\",\"action\":\"block\",\"when\":\"tool:ls\",\"threshold\":\"count >= 2 in 5m\""
  run_apart audit ingest --tee --rules r.json in
  [ "$(grep -c ls stdout.txt)" -eq 1 ]
  # A rule that halts ends the run.
  rules "$(about halt tool:rm)"
  run_apart audit ingest --tee --rules r.json in
  [ "$status" -eq 4 ]
  refute grep -q rm stdout.txt
  audit verify -q
}

@test "an id whose event was erased opens the gate for anything" {
  audit init -q
  echo '{"id":"1","tool":"ls","text":"private"}' >in
  audit ingest -q in
  audit erase --seq 1 --what payload --reason r --authority a --yes >/dev/null
  echo '{"id":"1","tool":"rm"}' >forged
  rules "$(about block tool:rm)"
  for how in "--rules r.json" ""; do
    # shellcheck disable=SC2086
    run_apart audit ingest --tee $how forged
    [ "$status" -eq 0 ]
    [ ! -s stdout.txt ]
    [[ $stderr == *"erased: it was erased earlier, and is not stored again"* ]]
  done
}

@test "what an executor would run passes the gate, for how it is spelled" {
  audit init -q
  rules "$(about block 'type:tool.call tool:refund payload.input.amount:>1000')"
  refund() {
    printf '{%s"type":"tool.call","tool":"refund","input":{"amount":5000}%s}\n' "$1" "$2"
  }
  {
    refund '' ',"x":1,"x":2'
    refund '' ',"x":NaN'
    refund '' ',"x":"\ud800"'
    printf '{"n":1} %s' "$(refund '' '')"
    echo
    refund '' ',"jsonrpc":"2.0"'
    refund '' ',"object":"trace"'
    refund '' ',"action_requests":[]'
    refund '' ',"trace":{},"observations":[]'
    refund '' ',"decision_id":"x","path":"y","labels":{}'
    refund '"resourceSpans":[],' ''
    printf '[%s]\n' "$(refund '' '')"
    printf '[%s]\n' "$(refund '' ',"jsonrpc":"2.0"')"
    refund '' ',"event_type":"message"'
    refund '"eventType":"message",' ''
    refund '' ',"gen_ai.tool.name":"safe"'
    refund '' ',"Type":"message","Tool":"safe"'
  } >in
  run_apart audit ingest - --tee --json --rules r.json <in
  [ "$status" -eq 0 ]
  [ ! -s stdout.txt ]
  tail -n 1 stderr.txt | json 'o["read"] == 16 and o["stored"] == 16 and o["blocked"] == 16'
  # What is none of that still passes, and so does all that rules cannot read if so told.
  refund '' '' | sed 's/5000/5/' >small
  run_apart audit ingest - --tee --rules r.json <small
  cmp stdout.txt small
  echo 'no JSON' >text
  run_apart audit ingest - --tee --rules r.json <text
  [ ! -s stdout.txt ]
  [[ $stderr == *"not passed on by --tee"* ]]
  run_apart audit ingest - --tee --tee-unread --rules r.json <text
  cmp stdout.txt text
  # Rules that keep nothing back change nothing.
  rules "$(about alert tool:refund)"
  audit ingest - -q --tee --rules r.json <text >passed
  cmp passed text
}

@test "a span that was blocked does not pass with a new one beside it" {
  audit init -q
  rules "$(about block 'type:tool.call tool:rm')"
  span() {
    printf '{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"%s","name":"execute_tool %s",' "$1" "$2"
    printf '"startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":['
    printf '{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},'
    printf '{"key":"gen_ai.tool.name","value":{"stringValue":"%s"}}]}' "$2"
  }
  request() {
    printf '{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[%s]}]}]}\n' "$1"
  }
  request "$(span b7ad6b7169203331 rm)" >first
  request "$(span b7ad6b7169203331 rm),$(span b7ad6b7169203332 ls)" >second
  request "$(span b7ad6b7169203333 ls)" >third
  for part in first second third; do
    audit ingest -q --tee --rules r.json $part >$part.out
  done
  [ ! -s first.out ]
  [ ! -s second.out ]
  cmp third third.out
  [ "$(count type:guardrail.block)" -eq 1 ]
  audit export --raw | cmp - <(cat first second third)
}

@test "halt: what was read is committed, nothing from the event on passes, exit 4" {
  audit init -q
  rules "$(about halt tool:rm),\"title\":\"no rm here\""
  for i in 1 2 3; do echo "{\"id\":\"$i\",\"tool\":\"ls\"}"; done >before
  {
    cat before
    echo '{"id":"4","tool":"rm"}'
    echo '{"id":"5","tool":"ls"}'
  } >in
  run_apart audit ingest - --tee --rules r.json <in
  [ "$status" -eq 4 ]
  cmp stdout.txt before
  [[ $stderr == *"error: halted by the rule 'r1' of 'set' (entry 5): no rm here"* ]]
  [[ $stderr == *"halted: stored 5 of 5 records"* ]]
  audit search --seq 5 --json |
    json 'o["type"] == "sys.alert" and o["decision"] == "abort" and o["links"] == ["4"]'
  audit verify -q
  # Sent again it passes no more than before; the others do.
  run_apart audit ingest -q --tee --rules r.json in
  [ "$status" -eq 0 ]
  grep -v rm in | cmp - stdout.txt
}

@test "halt with --json says so in both objects" {
  audit init -q
  rules "$(about halt type:error)"
  run_apart audit ingest --json --rules r.json <<<'{"type":"error"}'
  [ "$status" -eq 4 ]
  json 'o["halted"] is True and o["alerts"] == 1' <<<"$stdout"
  json 'o["schema"] == "audit.error/1" and o["code"] == 4' <<<"$stderr"
}

@test "halt ends a run whose input goes on" {
  audit init -q
  rules "$(about halt type:error)"
  mkfifo pipe
  audit ingest --tee --batch 1 --rules r.json <pipe >out 2>/dev/null &
  exec 7>pipe
  printf '{"type":"message"}\n{"type":"error"}\n' >&7
  status=0
  wait $! || status=$?
  exec 7>&-
  [ "$status" -eq 4 ]
  [ "$(cat out)" = '{"type":"message"}' ]
}

@test "an alert is counted, and an alert about alerts does not loop" {
  audit init -q
  rules "$(about alert '*')" "$(about flag 'type:sys.alert OR type:risk.signal OR format:rules')"
  printf '{"n":1}\n{"n":2}\n' | audit ingest --json --rules r.json |
    json 'o["alerts"] == 2 and o["entries"] == 4 and o["read"] == o["stored"] == 2 and o["size"] == 5'
}

@test "an alert is counted and told once, though nothing follows it but blank lines" {
  audit init -q
  rules "$(about alert type:error)"
  printf '{"type":"error"}\n\n\n' |
    audit ingest --json --batch 1 --on-alert 'echo x >>told' --rules r.json | json 'o["alerts"] == 1'
  [ "$(wc -l <told)" -eq 1 ]
}

@test "what does not come may halt a run that waits" {
  audit init -q
  rules "$(about halt type:heartbeat),\"absent\":{\"query\":\"type:heartbeat\",\"within\":\"1s\",\"by\":\"agent\"}"
  mkfifo pipe
  audit ingest -q --rules r.json <pipe 2>err &
  exec 7>pipe
  echo '{"type":"heartbeat","agent":"a"}' >&7
  status=0
  wait $! || status=$?
  exec 7>&-
  [ "$status" -eq 4 ]
  grep -q "halted by the rule 'r1'" err
  audit search --json type:sys.alert | json '"decision" not in o and o["payload"]["group"] == {"agent": "a"}'
}

@test "what is found in an old log is of that time, and a run is no longer for it" {
  audit init -q
  rules "$(about block tool:rm)" "$(about alert tool:rm)"
  echo '{"type":"tool.call","time":"2020-01-02T03:04:05Z","tool":"rm","session":"s"}' >in
  audit ingest -q --rules r.json in
  for seq in 2 3; do
    audit search --seq $seq --json | json 'o["time"] == "2020-01-02T03:04:05Z" and o["received"] > "2026"'
  done
  audit search --runs session:s --json | json 'o["end"] == o["begin"]'
}

@test "an event that claims to be an entry of a rule keeps nothing back" {
  audit init -q
  rules "$(about block tool:rm)"
  printf '%s\n' '{"id":"1","tool":"ls"}' '{"type":"guardrail.block","format":"rules","links":["1"]}' \
    '{"type":"sys.alert","format":"rules","decision":"abort"}' >in
  audit ingest -q in
  audit ingest -q --tee --rules r.json in >out
  cmp in out
}

@test "a threshold is kept over runs, and over processes beside each other" {
  audit init -q
  rules "$(about alert type:error),\"threshold\":\"count >= 3 in 1h by agent\""
  for agent in a a b; do
    echo "{\"type\":\"error\",\"agent\":\"$agent\"}" | audit ingest -q --rules r.json
  done
  [ "$(count type:sys.alert)" -eq 0 ]
  for agent in a a; do
    echo "{\"type\":\"error\",\"agent\":\"$agent\"}" | audit ingest -q --rules r.json
  done
  [ "$(count type:sys.alert)" -eq 1 ]
  audit search --json type:sys.alert | json 'o["payload"]["group"] == {"agent": "a"} and
    o["payload"]["count"] == 3 and [e["seq"] for e in o["payload"]["entries"]] == [1, 2, 4]'
  # What another process wrote meanwhile counts.
  mkfifo pipe
  audit ingest -q --tee --batch 1 --rules r.json <pipe >out &
  exec 7>pipe
  echo '{"type":"error","agent":"c"}' >&7
  until [ -s out ]; do :; done
  echo '{"type":"error","agent":"c"}' | audit ingest -q
  echo '{"type":"error","agent":"c"}' >&7
  exec 7>&-
  wait $!
  [ "$(count type:sys.alert)" -eq 2 ]
}

@test "what does not come is told on an idle pipe, once" {
  audit init -q
  rules "$(about alert type:tool.call),\"absent\":{\"query\":\"type:tool.result\",\"within\":\"1s\",\"by\":\"tool_call_id\"}"
  mkfifo pipe
  audit ingest -q --on-alert 'cat >>told' --rules r.json <pipe &
  exec 7>pipe
  printf '%s\n' '{"type":"tool.call","call_id":"1"}' '{"type":"tool.call","call_id":"2"}' \
    '{"type":"tool.result","call_id":"2"}' >&7
  until [ -s told ]; do sleep 0.05; done
  [ "$(count type:sys.alert)" -eq 1 ]
  exec 7>&-
  wait $!
  json 'o["group"] == {"tool_call_id": "1"} and o["entries"][0]["seq"] == 1 and o["absent"] == "1s"' <told
  audit ingest -q --rules r.json </dev/null
  [ "$(count type:sys.alert)" -eq 1 ]
  audit verify -q
}

@test "what did not come while nobody ran is told by the next run, once" {
  audit init -q
  rules "$(about alert type:tool.call),\"absent\":{\"query\":\"type:tool.result\",\"within\":\"1s\",\"by\":\"tool_call_id\"}"
  echo '{"type":"tool.call","call_id":"1"}' | audit ingest -q --rules r.json
  sleep 1.1
  audit ingest --json --rules r.json </dev/null | json 'o["alerts"] == 1 and o["entries"] == 1'
  audit ingest --json --rules r.json </dev/null | json 'o["alerts"] == 0'
  audit search type:sys.alert | grep -q alert
}

@test "--on-alert gets the alert as data, never as part of the command" {
  audit init -q
  rules "$(about alert type:error)"
  # shellcheck disable=SC2016  # for the shell of the command, or for none
  run_apart audit ingest -q --rules r.json \
    --on-alert 'cat >"told.$AUDIT_ALERT_SEQ"; echo "$AUDIT_ALERT_RULE $AUDIT_ALERT_SEVERITY $AUDIT_ALERT_ACTION"' \
    <<<'{"type":"error","id":"$(touch pwned); `touch pwned`","agent":"; touch pwned"}'
  [ "$status" -eq 0 ]
  [ "$stderr" = 'r1 high alert' ]
  json 'o["seq"] == 2 and o["entries"][0]["event_id"].endswith("touch pwned`") and len(o["hash"]) == 64' <told.2
  [ ! -e pwned ]
}

@test "an --on-alert that fails is a note, and what is teed stays clean" {
  audit init -q
  rules "$(about alert type:error)"
  run_apart audit ingest --tee --rules r.json --on-alert 'echo noise; exit 3' <<<'{"type":"error"}'
  [ "$status" -eq 0 ]
  [ "$stdout" = '{"type":"error"}' ]
  [[ $stderr == *noise* ]]
  grep -q "the command of --on-alert for entry 2 ended with exit" stderr.txt
}

@test "many alerts: the command runs for each, and one that does not read does no harm" {
  audit init -q
  rules "$(about alert '*')"
  for i in $(seq 40); do echo "{\"n\":$i}"; done >in
  audit ingest -q --rules r.json --on-alert 'echo x >>told' in
  [ "$(wc -l <told)" -eq 40 ]
}

@test "many alerts of no weight keep the one that matters from its command" {
  audit init -q
  rules '"severity":"low","action":"alert","when":"type:message"' \
    '"severity":"critical","action":"alert","when":"type:error"'
  {
    for i in $(seq 1200); do echo "{\"type\":\"message\",\"n\":$i}"; done
    echo '{"type":"error"}'
  } >in
  # shellcheck disable=SC2016  # the command's own
  run_apart audit ingest -q --rules r.json --on-alert 'echo $AUDIT_ALERT_SEVERITY >>ran' in
  [ "$(grep -c critical ran)" -eq 1 ]
  head -n 20 ran | grep -q critical
}

@test "a rule that is not understood: exit 2, nothing is stored, and what is wrong is marked" {
  audit init -q
  rules "$(about alert 'tol:bash cost:>1')"
  run_apart audit ingest --rules r.json <<<'{"n":1}'
  [ "$status" -eq 2 ]
  [[ $stderr == *"r.json: rule 'r1', when: unknown field 'tol'"* ]]
  [[ $stderr == *$'  tol:bash cost:>1\n  ^^^\n'* ]]
  [[ $stderr == *"did you mean 'tool'"* ]]
  audit ingest --json </dev/null | json 'o["size"] == 1'
  rules '"severity":"high","action":"alrt","when":"x"'
  run_apart audit ingest --rules r.json <<<'{"n":1}'
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'alert'"* ]]
  echo '{"schema":"audit.rules/1"' >r.json
  run_apart audit ingest --rules r.json <<<'{"n":1}'
  [ "$status" -eq 2 ]
  [[ $stderr == *"r.json: line 2, column 1: it is not JSON"* ]]
}

@test "rules that cannot be used together, or do not exist" {
  audit init -q
  rules "$(about alert x)"
  run_apart audit ingest --rules r.json --rules r.json <<<'{}'
  [ "$status" -eq 2 ]
  run_apart audit ingest --on-alert true <<<'{}'
  [ "$status" -eq 2 ]
  run_apart audit ingest --rules none.json <<<'{}'
  [ "$status" -eq 66 ]
  run_apart audit ingest --rules builtin:secret-leek <<<'{}'
  [ "$status" -eq 2 ]
  [[ $stderr == *"builtin:secret-leak"* ]]
}

@test "the rules that come with the program are named, and all can be used" {
  audit init -q
  audit ingest --rules list >names
  [ "$(wc -l <names)" -ge 6 ]
  words=()
  while read -r name; do words+=(--rules "$name"); done < <(grep -o '^builtin:[a-z-]*' names)
  audit ingest -q "${words[@]}" <<<'{"type":"message","text":"hello"}'
  audit ingest --json </dev/null | json 'o["size"] == 2'
}

@test "a shipped set says what its rules do, as lines, as JSON and as its file" {
  audit ingest --rules list | grep -q '  high  *alert  *[a-z]'
  audit ingest --rules list --json | while read -r line; do
    json 'o["schema"] == "audit.rule-set/1" and all(r["title"] for r in o["rules"])' <<<"$line"
  done
  audit ingest --rules show:secret-leak | json 'o["name"] and o["rules"][0]["when"]'
  audit init -q
  audit ingest --rules show:secret-leak >copy.json
  audit ingest -q --rules copy.json <<<'{"type":"message"}'
  run_apart audit ingest --rules show:secret-leek
  [ "$status" -eq 2 ]
}

@test "a mistyped word makes a rule that never fires" {
  audit init -q
  for when in decision:blokked risk:hihg 'tool:x -status:deniedd' 'risk:low,hihg'; do
    rules "$(about block "$when")"
    run_apart audit ingest --rules r.json <<<'{"type":"message"}'
    [ "$status" -eq 2 ] || fail "$when"
    [ "$(audit search --count)" -eq 0 ]
  done
  rules "$(about block risk:hihg)"
  run_apart audit ingest --rules r.json <<<'{"type":"message"}'
  [[ $stderr == *"did you mean 'high'"* ]]
  # Kinds may be one's own: one that nearly is another is told of, others are not.
  rules "$(about block type:tool.cal)" "$(about block type:payment.made,tool.call,approval,sys.alert)"
  run_apart audit ingest --rules r.json <<<'{"type":"message"}'
  [ "$status" -eq 0 ]
  [[ $stderr == *"note: rule 'r1', when: "*"'tool.cal'; did you mean 'tool.call'?"* ]]
  [ "$(grep -c note: stderr.txt)" -eq 1 ]
  # Words that are stored as another are no slips.
  rules "$(about flag 'decision:blocked status:success approval:approved risk:>=medium')"
  audit ingest -q --rules r.json <<<'{"type":"message"}'
}

@test "rules that are no JSON are refused without the place" {
  audit init -q
  printf '{"schema":"audit.rules/1",\n "rules":[],}\n' >r.json
  run_apart audit ingest --rules r.json <<<'{}'
  [ "$status" -eq 2 ]
  [[ $stderr == *"r.json: line 2, column 13: it is not JSON"* ]]
}

@test "an alert about what did not come says not whose it was" {
  audit init -q
  rules '"severity":"low","action":"alert","when":"type:tool.call","absent":{"query":"type:tool.result","within":"1s","by":"tool_call_id"}'
  { echo '{"type":"tool.call","tool_call_id":"c1","agent":"a1","session":"s1","team":"t1"}' && sleep 2.5; } |
    audit ingest -q --rules r.json
  [ "$(audit search --count type:sys.alert agent:a1 session:s1 team:t1)" -eq 1 ]
}

@test "an alert leads to its events though they have no ids" {
  audit init -q
  rules "$(about alert tool:rm),\"threshold\":\"count >= 2 in 5m\""
  printf '{"type":"tool.call","tool":"%s"}\n' rm ls rm | audit ingest -q --rules r.json
  seq=$(audit search --json type:sys.alert | python3 -c 'import json,sys; print(json.load(sys.stdin)["seq"])')
  audit search --trace "$seq" --json | json '
    sorted(e["seq"] for s in o["steps"] for e in s["entries"]) == [1, 3, 4]'
  audit search type:sys.alert | grep -q '(entries 1, 3)'
}

@test "an answer names what rules found, whether it is indexed or not" {
  audit init -q
  rules "$(about flag tool:rm)" "$(about block tool:rm)"
  for i in $(seq 50); do
    if [ $((i % 5)) = 0 ]; then echo '{"tool":"rm"}'; else echo '{"tool":"ls"}'; fi
  done >in
  audit ingest -q --batch 7 --rules r.json in
  [ "$(count type:risk.signal)" -eq 10 ]
  [ "$(count rule:r2)" -eq 10 ]
  [ "$(count 'policy:set payload:r1')" -eq 10 ]
  audit verify -q
  audit verify -q --rebuild-index
  [ "$(count 'policy:set payload:r1')" -eq 10 ]
}
