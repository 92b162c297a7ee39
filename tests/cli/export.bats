#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

@test "--raw gives back every non-blank line, byte for byte" {
  audit init -q
  printf '{"a" : 1}\r\n\nnot JSON \xff\xfe\n{"type":"message","x":"\\u0000"}\nno line end' >in
  audit ingest -q <in
  audit export --raw >out
  cmp out <(printf '{"a" : 1}\r\nnot JSON \xff\xfe\n{"type":"message","x":"\\u0000"}\nno line end\n')
}

@test "exactly one format" {
  make_ledger
  run_apart audit export
  [ "$status" -eq 2 ]
  [[ $stderr == *--csv* ]]
  run_apart audit export --csv --raw
  [ "$status" -eq 2 ]
}

@test "in export --json names the format, before and after the command" {
  make_ledger
  audit export --json >out
  json 'isinstance(o, dict)' <out
  audit --json export | cmp - out
}

@test "entries come in the order of the ledger, without a limit, and only those asked for" {
  make_ledger
  add_messages 60
  [ "$(audit export --jsonl | wc -l)" -eq 63 ]
  [ "$(audit export --jsonl | head -1 | python3 -c 'import json; print(json.loads(input())["seq"])')" -eq 1 ]
  [ "$(audit export --jsonl -n 2 --oldest | wc -l)" -eq 2 ]
  [ "$(audit export --jsonl --decision deny | wc -l)" -eq 1 ]
  [ "$(audit export --jsonl -refund -type:message | wc -l)" -eq 2 ]
}

@test "-o writes a whole file, refuses to overwrite, and replaces with --force" {
  make_ledger
  audit export --csv -o out.csv
  cmp out.csv <(audit export --csv)
  run_apart audit export --csv -o out.csv decision:deny
  [ "$status" -eq 73 ]
  cmp out.csv <(audit export --csv)
  audit export --csv -o out.csv --force decision:deny
  cmp out.csv <(audit export --csv decision:deny)
  [ "$(files_like out.csv)" = out.csv ]
}

@test "-o through a link replaces the file, not the link; a device is written to" {
  make_ledger
  echo old >target
  ln -s target link
  audit export --raw -o link --force
  [ -L link ]
  cmp target <(audit export --raw)
  audit export --raw -o /dev/null
  [ -c /dev/null ]
  audit export --raw -o /dev/stdout | cmp - target
}

@test "nothing that matches: exit 1, no file" {
  make_ledger
  run_apart audit export --csv -o out.csv zanzibar
  [ "$status" -eq 1 ]
  [ -z "$(files_like out.csv)" ]
}

@test "an export that fails leaves no file" {
  make_ledger
  run_apart audit export --csv --fields nosuch -o out.csv
  [ "$status" -eq 2 ]
  run_apart audit export --csv -l nowhere -o out.csv
  [ "$status" -eq 66 ]
  run_apart audit export --csv -o nowhere/out.csv
  [ "$status" -eq 66 ]
  [ -z "$(files_like out.csv)" ]
}

@test "a PDF is not for a terminal, unless -o - insists" {
  make_ledger
  run on_terminal 80 24 "'$audit' export --pdf"
  [ "$status" -eq 2 ]
  [[ $output == *"-o FILE"*"-o -"* ]]
  [ "$(audit export --pdf | head -c 5)" = %PDF- ]
  [ "$(audit export --pdf -o - | head -c 5)" = %PDF- ]
}

@test "SOURCE_DATE_EPOCH makes a document reproducible" {
  make_ledger
  export SOURCE_DATE_EPOCH=1790000000
  audit export --pdf --title 'A title' -o one.pdf
  audit export --pdf --title 'A title' -o two.pdf
  cmp one.pdf two.pdf
  pdftotext one.pdf - | grep -q 'A title'
  SOURCE_DATE_EPOCH=soon run_apart audit export --pdf -o three.pdf
  [ "$status" -eq 2 ]
}

@test "--fields chooses the columns" {
  make_ledger
  [ "$(audit export --csv --fields seq,agent,payload decision:deny | tr -d '\r' | head -1)" = seq,agent,payload ]
}

@test "a full disk is noticed: exit 74" {
  make_ledger
  status=0
  "$audit" export --csv >/dev/full 2>err || status=$?
  [ "$status" -eq 74 ]
  grep -q 'No space left' err
}

@test "-o never replaces a ledger, what lies beside it, or a key: not even with --force" {
  make_ledger
  audit init -q other.ledger
  ln -s audit.ledger link
  ln other.ledger.key hard
  echo 'some text' >plain.txt
  sha256sum audit.ledger* other.ledger* hard >before
  for target in audit.ledger audit.ledger.key audit.ledger.pub audit.ledger.index link ./link \
    audit.ledger-wal audit.ledger-journal other.ledger other.ledger.key other.ledger.pub \
    other.ledger.index other.ledger-wal hard; do
    for flags in --force ''; do
      run_words "export --csv $flags -o $target"
      [ "$status" -eq 78 ] || fail "$target $flags: $status $stderr"
      [[ $stderr == *"no result is ever written over it"*"choose another file"* ]]
    done
  done
  sha256sum --quiet -c before
  [ -z "$(files_like -wal)$(files_like -journal)" ]
  audit export --csv --force -o plain.txt
  audit export --csv --force -o plain.txt
}

@test "-o never replaces the ledger in use under another of its names" {
  make_ledger
  mkdir sub
  ln -s ../audit.ledger sub/now
  for target in audit.ledger.index sub/now sub/../audit.ledger "$PWD/audit.ledger.key"; do
    run_apart audit export -l sub/now --csv --force -o "$target"
    [ "$status" -eq 78 ] || fail "$target: $status $stderr"
  done
  audit verify -q
}

@test "a folder that is not there is named, with what to do" {
  make_ledger
  run_apart audit export --csv -o nowhere/out.csv
  [ "$status" -eq 66 ]
  [[ $stderr == *"there is no folder 'nowhere'"*"make the folder"* ]]
}

@test "--format is answered with the flag that was meant" {
  make_ledger
  for words in 'export --format csv' 'export --format=csv'; do
    run_words "$words"
    [ "$status" -eq 2 ]
    [[ $stderr == *"unknown flag '--format'"*"hint: write --csv"* ]]
  done
  run_apart audit export --format nosuch
  [ "$status" -eq 2 ]
  [[ $stderr != *"write --"* ]]
}

@test "the receipt in place of a time the event does not give is marked in a PDF" {
  make_ledger
  audit export --pdf -o out.pdf
  pdftotext -layout out.pdf out.txt
  [ "$(grep -cE '^ *[0-9]+ +~[0-9]{4}-' out.txt)" -eq 1 ]
  grep -E '^ *[0-9]+ +~' out.txt | grep -q 'this is no JSON'
  grep -q 'A time with ~ before it' out.txt
  audit export --csv | refute grep -q '~'
  audit export --pdf --fields seq,time,received -o chosen.pdf
  pdftotext chosen.pdf - | refute grep -q '~'
}

@test "a limit that is none is not answered with the largest number there is" {
  make_ledger
  for words in 'search --limit abc' 'export --csv -n -1' 'search -n 1.5'; do
    run_words "$words"
    [ "$status" -eq 2 ]
    [[ $stderr == *"want a whole number (0: all)"* ]]
  done
}

@test "--raw puts a request together again, and one that is no line needs a folder" {
  audit init -q
  request='{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b"}]}]}]}'
  printf '%s\n{"type":"message"}\n' "$request" >lines.jsonl
  audit ingest -q lines.jsonl
  audit export --raw | cmp - lines.jsonl
  printf '{\n"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"c"},\n{"name":"d"}]}]}]}\n' >'odd name;.json'
  audit ingest -q 'odd name;.json'
  run_apart audit export --raw
  [ "$status" -eq 2 ]
  [[ $stderr == *"is no line"*"-o FOLDER"* ]]
  run_apart audit export --raw -o out/
  [ "$status" -eq 0 ]
  cmp out/lines.txt lines.jsonl
  cmp out/0000000005-odd-name-.json 'odd name;.json'
  [ "$(find out -type f | wc -l)" -eq 2 ]
  run_apart audit export --raw -o out/
  [ "$status" -eq 73 ]
  audit export --raw --force -o out
  run_apart audit export --jsonl -o out
  [ "$status" -eq 2 ]
}

@test "--copy gives a ledger in use, verified, without key and index, readable by its owner only" {
  make_ledger
  audit export --copy copy.ledger >said
  grep -q '4 entries' said
  [ "$(stat -c %a copy.ledger)" = 600 ]
  [ "$(files_like copy.ledger)" = copy.ledger ]
  audit verify -q --key audit.ledger.pub --require signed copy.ledger
  cmp <(audit export --raw -l copy.ledger) <(audit export --raw)
  root=$(audit verify --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["root"])')
  grep -qF "$root" said
  audit --json export --copy again.ledger >said
  json 'o["schema"] == "audit.copy/1" and o["size"] == 4 and o["root"] == "'"$root"'"' <said
  run_apart audit ingest -l copy.ledger events.jsonl
  [ "$status" -eq 78 ]
}

@test "--copy never takes the place of a ledger, a key, or what lies beside one" {
  make_ledger
  audit export -q --copy copy.ledger
  sum=$(sha256sum audit.ledger* copy.ledger)
  for file in copy.ledger audit.ledger audit.ledger.key audit.ledger.pub audit.ledger.index audit.ledger-wal; do
    run_apart audit export --copy "$file" --force
    [ "$status" -eq 78 ]
  done
  [ "$(sha256sum audit.ledger* copy.ledger)" = "$sum" ]
  echo mine >note
  run_apart audit export --copy note
  [ "$status" -eq 73 ]
  [ "$(cat note)" = mine ]
  audit export -q --copy note --force
  audit verify -q note
  run_apart audit export --copy nowhere/copy.ledger
  [ "$status" -eq 66 ]
  run_apart audit export --copy .
  [ "$status" -eq 2 ]
}

@test "--copy of a ledger that was tampered with leaves nothing" {
  make_ledger
  at=$(grep -abo 'a refund was made' audit.ledger | head -n 1 | cut -d: -f1)
  printf b | dd of=audit.ledger bs=1 seek="$at" conv=notrunc status=none
  run_apart audit export --copy copy.ledger
  [ "$status" -eq 65 ]
  [[ $stderr == *tampered* ]]
  [ -z "$(files_like copy.ledger)" ]
}

@test "--copy while others write is a beginning of the ledger" {
  make_ledger
  for i in $(seq 2000); do echo "{\"type\":\"message\",\"n\":$i}"; done >many
  audit ingest -q --batch 10 many &
  for i in 1 2 3; do
    audit export -q --copy "copy$i.ledger"
    audit export --raw -l "copy$i.ledger" >"raw$i"
  done
  wait
  for i in 1 2 3; do
    audit verify -q "copy$i.ledger"
    cmp -n "$(stat -c %s "raw$i")" "raw$i" <(audit export --raw)
  done
}

@test "--copy stands alone among the formats" {
  make_ledger
  for words in '--copy x --csv' '--copy x --proof 1' '--copy x -o y' '--copy x refund' '--copy x -n 1'; do
    run_words "export $words"
    [ "$status" -eq 2 ]
    [ ! -e x ]
  done
}

@test "--view redacted writes no content, and refuses what is made of it" {
  make_ledger
  for format in csv json jsonl; do
    audit export "--$format" --view redacted >"out.$format"
    refute grep -qE 'refund was made|address in body|no JSON' "out.$format"
    grep -q billing-eu "out.$format"
  done
  audit export --pdf --view redacted -o out.pdf
  if command -v pdftotext >/dev/null; then
    refute grep -qE 'refund was|address in|no JSON' <(pdftotext out.pdf -)
  fi
  for words in --raw '--csv --fields payload' '--csv --fields reason' '--json refund' '--copy copy.ledger'; do
    run_words "export --view redacted $words"
    [ "$status" -eq 2 ]
    [ -z "$stdout" ]
  done
  audit export --view redacted --proof 1 >/dev/null
}

@test "a page whose title names what it hides is made" {
  audit init -q
  echo '{"type":"note","user":"cust-20417","text":"refund of an invoice"}' | audit ingest -q
  run_apart audit export --html --title 'Refund of cust-20417' --hide user -o page.html
  [ "$status" -eq 2 ]
  [[ $stderr == *"--title names what --hide user hides"* ]]
  [ ! -e page.html ]
  audit export --html --title 'Case 114' --hide user -o page.html 2>said
  grep -q 'something is hidden in 1 of them (user' said
}

@test "--copy takes a flag for the name of a file, and one that is there for a wrong setting" {
  make_ledger
  run_apart audit export --copy -o x
  [ "$status" -eq 2 ]
  [[ $stderr == *"--copy wants the name of a file"* ]]
  audit export -q --copy copy.ledger
  run_apart audit export --copy copy.ledger
  [ "$status" -eq 73 ]
  run_apart audit export --seq 2 --csv
  [ "$status" -eq 2 ]
  [[ $stderr == *"seq:N"* ]]
}

@test "a bundle of the first entries claims to hold all that answer" {
  make_ledger
  audit export -q --bundle -n 1 -o one.bundle
  tar -xOf one.bundle README.txt | grep -q 'every entry (the first 1 at most)'
  audit verify one.bundle --key audit.ledger.pub --json |
    json 'o["verdict"] == "intact" and o["bundled"]["query"] == "every entry (the first 1 at most)"'
}
