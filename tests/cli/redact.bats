#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

# Secrets of all kinds, each in a place of its own.
write_secrets() {
  cat >secrets.jsonl <<'END'
{"type":"message","event_id":"1","user":"kim@example.com","text":"mail lee\u0040example.com at 192.0.2.17"}
{"type":"tool.call","event_id":"2","arguments":"{\"card\":\"4111 1111 1111 1111\",\"n\":1}","ssn":"078-05-1120"}
{"type":"message","text":"AKIAIOSFODNN7EXAMPLE and DE89370400440532013000, call +49 30 1234567"}
no JSON, but mo@example.com is in it
END
  secrets='example\.com|192\.0\.2\.17|4111|078-05|AKIA|DE89|1234567'
}

@test "nothing of what is masked is in any file of the ledger" {
  audit init -q
  write_secrets
  audit ingest -q --redact all secrets.jsonl 2>/dev/null
  [ -f audit.ledger.index ]
  grep -qE "$secrets" secrets.jsonl
  audit export --raw >raw
  grep -q 'redacted:email' raw
  refute grep -qE "$secrets" raw
  # Payloads may be packed: a ledger of lines too short for that has them as they are.
  for file in audit.ledger audit.ledger.index; do
    refute grep -qaE "$secrets" "$file"
    refute grep -qaiE 'kim@|lee@|mo@' "$file"
  done
  grep -qa 'redacted:email' audit.ledger
  for word in kim lee 4111 akiaiosfodnn7example; do
    [ "$(audit search --count "$word")" -eq 0 ]
  done
  audit verify -q
}

@test "the entry says what was masked, and the summary in how many records" {
  audit init -q
  write_secrets
  run_apart audit ingest --json --redact email,ip secrets.jsonl
  [ "$status" -eq 0 ]
  json 'o["stored"] == 4 and o["redacted"] == 2' <<<"$stdout"
  audit search --json 'event_id:1' | json '"email:2" in str(o) and "ip:1" in str(o)'
  [ "$(audit search --count has:redactions)" -eq 2 ]
  # An entry beside them counts what was masked; it is no record.
  audit search --json type:pii.redacted | json '
    o["payload"]["redacted"] == {"email": 3, "ip": 1} and o["payload"]["records"] == 2'
  [ "$(audit export --raw | wc -l)" -eq 4 ]
  audit verify -q
}

@test "the rest of a record stays as it was, byte for byte" {
  audit init -q
  printf '{ "b": 1.50e0,\t"to" :"x\\/kim@example.com" ,"a":"\\u00e9" }\n' |
    audit ingest -q --redact email
  audit export --raw >raw
  printf '{ "b": 1.50e0,\t"to" :"x\\/[redacted:email]" ,"a":"\\u00e9" }\n' | cmp - raw
}

@test "--tee passes on what is stored" {
  audit init -q
  run_apart audit ingest --tee -q --redact email <<<'{"to":"kim@example.com"}'
  [ "$stdout" = '{"to":"[redacted:email]"}' ]
}

@test "ids join as before, but for one that was masked" {
  audit init -q
  audit ingest -q --redact all <<'END'
{"type":"message","event_id":"4111111111111111","session_id":"192.0.2.1","n":1}
{"type":"message","event_id":"kim@example.com","n":2}
{"type":"message","event_id":"lee@example.com","n":2}
END
  [ "$(audit search --count 'event_id:4111111111111111 session:192.0.2.1')" -eq 1 ]
  # These two look the same now; neither is lost.
  [ "$(audit search --count type:message)" -eq 3 ]
  [ "$(audit search --count 'states:"event_id=withheld"')" -eq 2 ]
}

@test "patterns of one's own, with commas in them" {
  audit init -q
  printf '{"o":"O-12345","m":"kim@example.com"}\n' |
    audit ingest -q --redact 'order=O-[0-9]{4,6}' --redact email,ip
  [ "$(audit export --raw)" = '{"o":"[redacted:order]","m":"[redacted:email]"}' ]
}

@test "what cannot be masked is told before anything is read" {
  audit init -q
  for wrong in mail 'a=(' 'a=x*' 'A=x' '=x' email,,ip ''; do
    run_apart audit ingest --redact "$wrong" <<<'{"type":"message"}'
    [ "$status" -eq 2 ] || fail "'$wrong': $status"
    [ -n "$stderr" ]
  done
  [ "$(audit search --count type:message)" -eq 0 ]
}

@test "protobuf is masked without a byte moving" {
  audit init -q
  # A request with one span: a trace id, a span id, the name "to kim@example.com".
  printf '\x0a\x36\x12\x34\x12\x32\x0a\x10AAAAAAAAAAAAAAAA\x12\x08BBBBBBBB\x2a\x12to kim@example.com' >s.pb
  printf '\x30\x01' >>s.pb
  audit ingest -q --redact all s.pb
  mkdir out
  audit export --raw -o out
  refute grep -qa 'kim@' out/*
  [ "$(cat out/* | wc -c)" -eq "$(wc -c <s.pb)" ]
  [ "$(audit search --count has:redactions)" -eq 1 ]
  refute grep -qa 'kim@' audit.ledger
}

@test "a pattern of one's own that is found in an id is left there without a word" {
  audit init -q
  printf '{"event_id":"O-123456","text":"O-654321"}\n' >in.jsonl
  run_apart audit ingest --redact 'order=O-[0-9]{6}' in.jsonl
  [ "$status" -eq 0 ]
  [[ $stderr == *"the pattern 'order' was found in ids"* ]]
  printf '{"event_id":"e-2","text":"O-654321"}\n' >in.jsonl
  run_apart audit ingest --redact 'order=O-[0-9]{6}' in.jsonl
  [ -z "$stderr" ]
}

@test "--resume loses nothing and doubles nothing that was redacted" {
  audit init -q
  write_secrets
  audit ingest -q --redact all secrets.jsonl 2>/dev/null
  echo '{"type":"message","text":"new kim@example.com"}' >>secrets.jsonl
  audit ingest -q --resume --redact all secrets.jsonl 2>/dev/null
  [ "$(audit search --count has:source)" -eq 5 ]
  audit ingest -q --resume --redact all secrets.jsonl
  [ "$(audit search --count has:source)" -eq 5 ]
  # Masked by other patterns, or by none: what was not masked tells.
  audit ingest -q --resume --redact ip secrets.jsonl
  audit ingest -q --resume secrets.jsonl
  [ "$(audit search --count has:source)" -eq 5 ]
}

@test "--resume does not guess: too little was left, or another file" {
  audit init -q
  echo 'kim@example.com' >mails
  audit ingest -q --redact email mails 2>/dev/null
  audit ingest -q --resume --redact email mails
  [ "$(audit search --count has:source)" -eq 1 ]
  run_apart audit ingest --resume mails
  [ "$status" -eq 2 ]
  [[ $stderr == *"cannot tell where to go on in "*mails*"same --redact"* ]]
}

@test "--resume reads a file anew that is another one, also where the last one was redacted" {
  audit init -q
  echo '{"type":"message","text":"the first file, by kim@example.com"}' >log
  audit ingest -q --redact email log
  echo '{"type":"message","text":"another file, by lee@example.com"}' >log
  audit ingest -q --resume --redact email log
  [ "$(audit search --count has:source)" -eq 2 ]
  [ "$(audit search --count another)" -eq 1 ]
}
