#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "what is piped in is stored, and the counts add up" {
  audit init -q
  printf '{"type":"message","event_id":"a"}\n\n{"type":"message","event_id":"a"}\nnot JSON\n' >in
  run_apart audit ingest --json <in
  [ "$status" -eq 0 ]
  json 'o["schema"] == "audit.ingest/1" and o["read"] == 3 and o["stored"] == 2 and
        o["duplicates"] == 1 and o["flagged"] == 1 and o["rejected"] == 0 and
        o["conflicts"] == 0 and o["entries"] == 2 and o["first_seq"] == 1 and
        o["last_seq"] == 2 and o["size"] == 3 and len(o["root"]) == 44 and o["alerts"] == 0 and
        o["read"] == o["stored"] + o["duplicates"] + o["rejected"]' <<<"$stdout"
}

@test "nothing to store is a success that names no entry" {
  audit init -q
  audit ingest --json </dev/null |
    json 'o["read"] == 0 and o["first_seq"] is None and o["last_seq"] is None and o["size"] == 1'
}

@test "the summary is one line on stdout, nothing on stderr" {
  audit init -q
  echo '{"type":"message"}' >in.jsonl
  run_apart audit ingest in.jsonl
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "$(wc -l <stdout.txt)" -eq 1 ]
  [[ $stdout == "stored 1 of 1 record in "*"entries 1..1; size 2, root "* ]]
}

@test "--quiet says nothing at all" {
  audit init -q
  run_apart audit ingest -q <<<'not JSON'
  [ "$status" -eq 0 ]
  [ -z "$stdout$stderr" ]
}

@test "flagged records are named on stderr, five at most" {
  audit init -q
  for i in 1 2 3 4 5 6 7; do echo "broken $i"; done >in.jsonl
  run_apart audit ingest in.jsonl
  [ "$status" -eq 0 ]
  [ "$(grep -c 'in.jsonl:[0-9]*: unparsed' stderr.txt)" -eq 5 ]
  [[ $stderr == *"in.jsonl:1: "* ]]
  [[ $stderr == *"... and 2 more; to see them: audit search has:flags"* ]]
  [ "$(audit search --count has:flags)" -eq 7 ]
}

@test "with --json flagged records are JSON objects too" {
  audit init -q
  run_apart audit ingest --json <<<'not JSON'
  json 'o["schema"] == "audit.notice/1" and o["line"] == 1 and o["flags"] == "unparsed"' <stderr.txt
}

@test "--strict rejects what would be flagged and exits 3" {
  audit init -q
  printf '{"type":"message"}\nnot JSON\n' >in
  run_apart audit ingest --strict --json <in
  [ "$status" -eq 3 ]
  json 'o["stored"] == 1 and o["rejected"] == 1 and o["size"] == 2' <<<"$stdout"
}

@test "--tee passes each record on unchanged, and the summary goes to stderr" {
  audit init -q
  printf '{"b":1,  "a":2}\nnot JSON\n' >in
  run_apart audit ingest --tee --json <in
  [ "$status" -eq 0 ]
  cmp stdout.txt in
  tail -n 1 stderr.txt | json 'o["schema"] == "audit.ingest/1" and o["stored"] == 2'
}

@test "a line that --tee passed on is committed already" {
  audit init -q
  mkfifo pipe
  audit ingest --tee --flush-ms 1 <pipe >out 2>/dev/null &
  exec 7>pipe
  echo '{"type":"message","text":"early"}' >&7
  until [ -s out ]; do :; done
  [ "$(audit search --count early)" -eq 1 ]
  exec 7>&-
  wait
}

@test "--set puts fields on every event; an unknown field is refused" {
  audit init -q
  echo '{"type":"message"}' | audit ingest -q --set team=red --set environment=prod
  [ "$(audit search --count team:red environment:prod)" -eq 1 ]
  for set in 'taem=red' 'team' 'team=' '=red'; do
    run_apart audit ingest --set "$set" </dev/null
    [ "$status" -eq 2 ]
  done
  run_apart audit ingest --set taem=red </dev/null
  [[ $stderr == *"did you mean 'team'?"* ]]
}

@test "numbers out of range, unknown words and a second '-' are refused" {
  audit init -q
  for words in '--batch 0' '--batch x' '--flush-ms -1' '--format xml' '--index never' '- -'; do
    run_words "ingest $words" </dev/null
    [ "$status" -eq 2 ] || fail "$words: $status"
  done
}

@test "on a terminal with nothing to read it says what is missing instead of waiting" {
  audit init -q
  run on_terminal 80 24 "'$audit' ingest"
  [ "$status" -eq 2 ]
  [[ $output == *"nothing to read"* ]]
}

@test "no ledger, no input file and no key have their exit codes" {
  run_apart audit ingest </dev/null
  [ "$status" -eq 66 ]
  [[ $stderr == *"there is no ledger 'audit.ledger'"*"audit init makes one"* ]]
  audit init -q
  run_apart audit ingest nowhere.jsonl
  [ "$status" -eq 66 ]
  rm audit.ledger.key
  run_apart audit ingest </dev/null
  [ "$status" -eq 78 ]
}

@test "a list of events on one line, or in an envelope, is an entry of no kind" {
  audit init -q
  echo '[{"type":"tool.call","tool":"a"},{"type":"llm.call"}]' >list.json
  echo '{"events":[{"type":"tool.call","tool":"b"},{"type":"message"}]}' >envelope.json
  audit ingest -q list.json envelope.json
  [ "$(audit search --count type:tool.call)" -eq 2 ]
  [ "$(audit search --count type:other)" -eq 0 ]
  audit export --raw | cmp - <(cat list.json envelope.json)
  # --format jsonl never unpacks.
  audit ingest -q --format jsonl list.json
  [ "$(audit search --count type:other)" -eq 1 ]
}

@test "valid JSON that begins with a blank line, or stands one behind the other, is cut into lines" {
  audit init -q
  printf '\n{\n  "type": "tool.call",\n  "tool": "a"\n}\n' >blank.json
  printf '  {\n  "type": "tool.call",\n  "tool": "b"\n  }\n' >indented.json
  printf '{\n  "type": "tool.call",\n  "tool": "c{"\n}\n{\n  "type": "message"\n}\n\n{"type":"error"}\n' >several.json
  run_apart audit ingest --json blank.json indented.json several.json
  [ "$status" -eq 0 ]
  json 'o["read"] == 5 and o["stored"] == 5 and o["flagged"] == 0' <<<"$stdout"
  [ "$(audit search --count type:tool.call)" -eq 3 ]
  [ "$(audit search --count type:error)" -eq 1 ]
  audit ingest -q --resume several.json
  [ "$(audit search --count type:error)" -eq 1 ]
  audit verify -q
  # What is none stays lines, each of them.
  printf '{\n"a": 1\n}\n{\n"b": oops\n}\n' >broken.json
  run_apart audit ingest --json broken.json
  json 'o["read"] == 4 and o["flagged"] == 3' <<<"$stdout"
}

@test "a program or an archive is stored as hundreds of lines of junk" {
  audit init -q
  cp /bin/ls program
  tar -cf some.tar program
  python3 -c 'import zipfile; zipfile.ZipFile("some.zip", "w").writestr("a.jsonl", "{}")'
  for file in program some.tar some.zip; do
    run_apart audit ingest "$file"
    [ "$status" -eq 2 ] || fail "$file: $status"
    [[ $stderr == *"$file is a"*", and holds no events as it is"*hint:* ]]
  done
  [ "$(audit search --count has:source || true)" -eq 0 ]
  mkdir folder
  cp some.zip folder/a.json
  echo '{"type":"message"}' >folder/b.json
  run_apart audit ingest folder
  [ "$status" -eq 3 ]
  [[ $stderr == *"is a zip archive"*"passed over"* ]]
  [ "$(audit search --count type:message)" -eq 1 ]
  # Whoever insists gets lines.
  audit ingest -q --format jsonl some.zip 2>/dev/null
  [ "$(audit search --count type:unparsed)" -ge 1 ]
}

@test "--set takes words that no query finds, or says not which field was meant" {
  audit init -q
  for set in risk=hihg decision=nope status=fine approval=maybe; do
    run_apart audit ingest --set "$set" <<<'{"type":"message"}'
    [ "$status" -eq 2 ] || fail "$set"
    [[ $stderr == *"it is one of "* ]]
  done
  audit ingest -q --set decision=blocked --set risk=HIGH <<<'{"type":"message"}'
  [ "$(audit search --count decision:deny risk:high)" -eq 1 ]
  run_apart audit ingest --set env=prod <<<'{"type":"message"}'
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'environment'"* ]]
}

@test "SIGTERM commits what was read, prints the summary and exits 130" {
  audit init -q
  mkfifo pipe
  "$audit" ingest --json --flush-ms 600000 <pipe >out 2>err &
  pid=$!
  exec 7>pipe
  echo '{"type":"message"}' >&7
  # It has read the line when the pipe is empty.
  python3 - <<'END'
import fcntl, struct, termios, time
for _ in range(1000):
    if struct.unpack("i", fcntl.ioctl(7, termios.FIONREAD, b"\0" * 4))[0] == 0:
        break
    time.sleep(0.01)
END
  kill -TERM $pid
  status=0
  wait $pid || status=$?
  exec 7>&-
  [ "$status" -eq 130 ]
  json 'o["stored"] == 1' <out
  [ "$(audit search --count type:message)" -eq 1 ]
}

@test "two SIGTERM at once, as timeout(1) sends them, cost the batch or the summary" {
  audit init -q
  mkfifo pipe
  "$audit" ingest --json --flush-ms 600000 --batch 100000 <pipe >out 2>err &
  pid=$!
  exec 7>pipe
  seq 40000 | sed 's/.*/{"type":"message","text":"a line with some words in it","n":&}/' >&7
  # The batch in hand takes long enough to commit for the second signal to come in the midst of it.
  python3 -c 'import os, sys, time
for _ in range(3):
    os.kill(int(sys.argv[1]), 15)
    time.sleep(0.003)' $pid
  status=0
  wait $pid || status=$?
  exec 7>&-
  [ "$status" -eq 130 ]
  json 'o["stored"] >= 30000' <out
}

@test "a second SIGTERM, a while later, is not heeded by a run that cannot end" {
  audit init -q
  mkfifo never_read
  exec 8<>never_read
  seq 5000 | sed 's/.*/{"type":"message","text":"more than fits into a pipe","n":&}/' >many
  "$audit" ingest --tee many >&8 2>err 8>&- &
  pid=$!
  until [ "$(audit search --count)" -gt 0 ]; do sleep 0.05; done
  kill -TERM $pid
  sleep 1.1
  kill -TERM $pid
  status=0
  wait $pid || status=$?
  exec 8>&-
  [ "$status" -eq 130 ]
  [ ! -s err ] # no summary: it did not get there
}

@test "a summary that cannot be printed exits 74" {
  audit init -q
  status=0
  "$audit" ingest <<<'{"type":"message"}' >/dev/full 2>err || status=$?
  [ "$status" -eq 74 ]
  grep -q 'cannot write to standard output' err
}

@test "a signing key that others may use is told of, and used" {
  audit init -q
  echo '{"type":"message"}' >one
  run_apart audit ingest one
  [ -z "$stderr" ]
  chmod 0666 audit.ledger.key
  run_apart audit ingest one
  [ "$status" -eq 0 ]
  [[ $stderr == "audit: note: others than its owner may use the signing key"*audit.ledger.key* ]]
  run_apart audit init other.ledger --key audit.ledger.key
  [ "$status" -eq 0 ]
  [[ $stderr == *"others than its owner"* ]]
}

@test "a ledger named as input is refused, and told how to be read; its own is not grown" {
  audit init -q
  audit init -q other.ledger
  for input in other.ledger audit.ledger; do
    run_apart audit ingest "$input"
    [ "$status" -eq 2 ]
    [[ $stderr == *"is a SQLite file"*"audit export --jsonl -l "*"$input"* ]]
  done
  mkdir folder
  cp other.ledger folder/a.jsonl
  echo '{"type":"message"}' >folder/b.jsonl
  run_apart audit ingest folder
  [ "$status" -eq 3 ]
  [[ $stderr == *"a.jsonl is a SQLite file"*"passed over"* ]]
  [ "$(audit search --count)" -eq 1 ]
}

@test "files of a folder that are left out are counted, not passed over in silence" {
  audit init -q
  mkdir folder
  echo '{"type":"message"}' | tee folder/a.jsonl folder/b.log folder/c.txt >/dev/null
  run_apart audit ingest folder
  [ "$status" -eq 0 ]
  [[ $stderr == *"2 other files in folder were skipped: of a folder"* ]]
  rm folder/b.log folder/c.txt
  run_apart audit ingest folder
  [ -z "$stderr" ]
}

@test "what was erased comes back with --resume" {
  audit init -q
  printf '{\n "n": 0\n}\n{\n "secret": "alpha",\n "deep": {"more": ["alpha"]}\n}\n' >doc.json
  audit ingest -q doc.json
  audit erase -q --yes --reason r --authority a alpha
  printf '{\n "n": 2\n}\n' >>doc.json
  audit ingest -q --resume doc.json
  [ "$(audit search --count alpha || true)" -eq 0 ]
  [ "$(audit search --count type:other)" -eq 3 ]
  # Of an entry that was erased as a whole not even its place is left.
  printf '{"n":1}\n{"n":"beta"}\n' >log.jsonl
  audit ingest -q log.jsonl
  audit erase -q --yes --what entry --reason r --authority a beta
  audit ingest -q --resume doc.json
  printf '{"n":3}\n' >>log.jsonl
  run_apart audit ingest --resume log.jsonl
  [ "$status" -eq 2 ]
  [[ $stderr == *"behind byte 8 was erased"*hint:*"tail -c"* ]]
  [ "$(audit search --count beta || true)" -eq 0 ]
  # Where what stands behind it is there, it is known where reading stopped.
  tail -c 8 log.jsonl >>doc.json
  audit ingest -q --resume doc.json
}

@test "a damaged file of a folder, and one that holds no events, do not pass for success" {
  audit init -q
  mkdir logs
  printf '{"n":1}\n' >logs/a.jsonl
  { gzip -c logs/a.jsonl && head -c 4096 /dev/zero | tr '\0' x; } >logs/b.jsonl.gz
  printf '{"n":3}\n' >logs/c.jsonl
  run_apart audit ingest logs
  [ "$status" -eq 3 ]
  [[ $stderr == *"b.jsonl.gz is damaged"* ]]
  # The others, and what came before the damage.
  [[ $stdout == "stored 3 of 3"* ]]
  run_apart audit ingest --json logs
  json 'o["stored"] == 3 and o["unread"] == 1' <<<"$stdout"
  rm logs/b.jsonl.gz
  printf 'SQLite format 3\0 and more' >logs/b.jsonl
  run_apart audit ingest -q logs
  [ "$status" -eq 3 ]
  rm logs/b.jsonl
  run_apart audit ingest -q logs
  [ "$status" -eq 0 ]
}

@test "a request of OpenTelemetry becomes one entry for each fact" {
  audit init -q
  cat >spans.json <<'END'
{"resourceSpans":[{"scopeSpans":[{"spans":[
 {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"execute_tool refund",
  "startTimeUnixNano":"1780000000000000000","endTimeUnixNano":"1780000001000000000","status":{"code":2},
  "attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},
                {"key":"gen_ai.tool.name","value":{"stringValue":"refund"}}]}]}]}]}
END
  audit ingest --json spans.json | json 'o["read"] == 1 and o["stored"] == 1 and o["entries"] == 3'
  [ "$(audit search --count type:tool.call tool:refund)" -eq 1 ]
  [ "$(audit search --count type:tool.result status:error)" -eq 1 ]
  audit ingest --json spans.json | json 'o["duplicates"] == 1 and o["entries"] == 0'
  audit init -q lines.ledger
  audit ingest -q -l lines.ledger --format jsonl spans.json 2>/dev/null
  [ "$(audit search -l lines.ledger --count type:source.record)" -eq 0 ]
}

@test "a request that begins with another member is an entry of no kind" {
  audit init -q
  echo '{"x":1,"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"execute_tool a","startTimeUnixNano":"1780000000000000000","endTimeUnixNano":"1780000001000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"a"}}]}]}]}]}' >late.json
  # Words in an event of somebody else are none.
  echo '{"type":"message","text":"\"resourceSpans\"","x":{"resourceSpans":[]}}' >none.json
  audit ingest -q late.json none.json
  [ "$(audit search --count type:tool.call tool:a)" -eq 1 ]
  [ "$(audit search --count type:message)" -eq 1 ]
  audit export --raw | cmp - <(cat late.json none.json)
}

@test "packed inputs are unpacked, and a damaged one is told" {
  audit init -q
  printf '{"n":1}\n{"n":2}\n' >in.jsonl
  gzip -k in.jsonl
  zstd -q in.jsonl -o copy.zst
  audit ingest -q in.jsonl.gz copy.zst
  audit ingest -q <in.jsonl.gz
  [ "$(audit export --raw | grep -c '"n":2')" -eq 3 ]
  head -c 20 in.jsonl.gz >cut.jsonl.gz
  run_apart audit ingest cut.jsonl.gz
  [ "$status" -eq 74 ]
  [[ $stderr == *"cut.jsonl.gz"*"unpacked"* ]]
  # What came before the damage is stored.
  { gzip -c in.jsonl && printf 'no gzip at all'; } >tail.jsonl.gz
  run_apart audit ingest tail.jsonl.gz
  [ "$status" -eq 74 ]
  [ "$(audit export --raw | grep -c '"n":2')" -eq 4 ]
}
