#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
load helper

reverify=$BATS_TEST_DIRNAME/../../scripts/reverify.py

# Our verify and reverify.py must both find it intact.
both_intact() {
  audit verify -q "$@"
  python3 "$reverify" "$@" >/dev/null
}

# The same command, with the passphrase and without: 0 and 78.
opens_only_with() {
  local passphrase=$1
  shift
  run_apart setsid "$audit" "$@" <<<'{"n":1}'
  [ "$status" -eq 78 ] || fail "$* without a passphrase: $status $stderr"
  [[ $stderr == *"there is no passphrase"* ]] || fail "$*: $stderr"
  run_apart setsid "$audit" "$@" --passphrase-file wrong <<<'{"n":1}'
  [ "$status" -eq 78 ] || fail "$* with a wrong one: $status $stderr"
  [[ $stderr == *"does not open"* ]] || fail "$*: $stderr"
  run_apart setsid "$audit" "$@" --passphrase-file "$passphrase" <<<'{"n":1}'
  [ "$status" -eq 0 ] || fail "$*: $status $stderr"
}

# A ledger that went through three keys, first.pub, and a checkpoint from each time: head.1, 2, 3.
make_rotated() {
  make_ledger
  cp audit.ledger.pub first.pub
  audit verify -q --save head.1
  audit init -q --rotate-key
  add_messages 3
  audit verify -q --save head.2
  audit init -q --rotate-key
  add_messages 3
  audit verify -q --save head.3
}

# Waits until a file has so many lines.
wait_for_lines() {
  local tries
  for ((tries = 0; tries < 400; ++tries)); do
    [ "$(wc -l <"$2")" -ge "$1" ] && return
    sleep 0.05
  done
  fail "$2 never had $1 lines"
}

@test "--rotate-key changes the key, keeps the first public key, and says what it did" {
  make_ledger
  cp audit.ledger.pub first.pub
  cp audit.ledger.key old.key
  run_apart audit init --rotate-key
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ $stdout == "entry 4 hands over to a new signing key"*unlinked*"$(tail -n1 audit.ledger.pub)"* ]]
  refute cmp -s audit.ledger.key old.key
  [ "$(stat -c %a audit.ledger.key)" = 600 ]
  [ ! -e audit.ledger.key.new ]
  [ "$(head -n1 audit.ledger.pub)" = "$(cat first.pub)" ]
  [ "$(wc -l <audit.ledger.pub)" -eq 2 ]
  add_messages 1
  both_intact audit.ledger --key first.pub
  both_intact audit.ledger --key audit.ledger.pub
}

@test "--rotate-key --json tells the old key and the new one" {
  make_ledger
  audit init --rotate-key --json >out
  json 'o["schema"] == "audit.init/1" and not o["created"] and o["rotated"]["seq"] == 4 and
    [o["rotated"]["previous"], o["rotated"]["verify_key"]] == open("audit.ledger.pub").read().split() and
    o["rotated"]["key_file"] == "audit.ledger.key" and
    o["rotated"]["verify_key_file"] == "audit.ledger.pub"' <out
}

@test "a twice rotated ledger stands for whoever knows any of its keys, and any head" {
  make_rotated
  local line head
  while read -r line; do
    both_intact audit.ledger --key "$line"
  done <audit.ledger.pub
  for head in head.1 head.2 head.3; do
    both_intact audit.ledger --key first.pub --known $head
    audit verify -q --key first.pub --known $head --require signed,anchored,complete
  done
  audit init -q stranger.ledger
  run_apart audit verify audit.ledger --key stranger.ledger.pub
  [ "$status" -eq 1 ]
}

@test "what proves things to others works on a rotated ledger" {
  make_rotated
  audit search -q --prove --key first.pub refund
  local seq
  for seq in 1 4 5 8 9; do
    audit export --proof $seq -o $seq.proof
    both_intact $seq.proof --key "$(tail -n1 audit.ledger.pub)"
    audit verify -q $seq.proof --key audit.ledger.pub
  done
  audit export -q --tiles log
  cmp log/checkpoint head.3
  add_messages 2
  audit init -q --rotate-key
  audit export -q --tiles log
  audit verify -q --key first.pub --save seen --cosign ci.key --witness example.com/ci
  cat >trust.policy <<END
log $(cat first.pub)
witness ci $(cat ci.key.pub)
quorum ci
END
  audit verify -q --known seen --policy trust.policy --require witnessed,signed,anchored
  audit verify -q --known seen --known head.1 --since-known --key first.pub
}

@test "a rotation goes with what else init declares, and never makes a ledger" {
  run_apart audit init --rotate-key
  [ "$status" -eq 66 ]
  [ ! -e audit.ledger ]
  [ ! -e audit.ledger.key ]
  make_ledger
  run_apart audit init --rotate-key --origin example.com/new
  [ "$status" -eq 2 ]
  audit init --json --rotate-key --hold case-7=agent:support --retain 7y |
    json 'o["retention"] == 4 and o["holds"] == [5] and o["rotated"]["seq"] == 6'
  run_apart audit init --rotate-key --hold case-7=agent:other
  [ "$status" -eq 73 ]
  [ "$(wc -l <audit.ledger.pub)" -eq 2 ]
  run_apart audit init --rotate-key --key none.key
  [ "$status" -eq 78 ]
  both_intact audit.ledger --key audit.ledger.pub
}

@test "a key elsewhere is rotated where it is" {
  mkdir safe
  audit init -q --key safe/run.key
  cp safe/run.key old.key
  cp audit.ledger.pub first.pub
  audit init -q --rotate-key --key safe/run.key
  [ "$(ls safe)" = run.key ]
  [ ! -e audit.ledger.key ]
  echo '{}' | audit ingest -q --key safe/run.key
  run_apart audit ingest --key old.key events <<<'{}'
  [ "$status" -ne 0 ]
  both_intact audit.ledger --key first.pub
}

@test "who has only the old key is refused with 78, and nothing is written" {
  make_ledger
  cp audit.ledger.key old.key
  audit init -q --rotate-key
  sha256sum audit.ledger >before
  local words
  for words in 'ingest --key old.key' 'init --rotate-key --key old.key' 'init --retain 7y --key old.key' \
    'erase --yes --seq 1 --reason r --authority a --key old.key'; do
    run_words "$words" <<<'{}'
    [ "$status" -eq 78 ] || fail "$words: $status $stderr"
    [[ $stderr == *"is not the key that signs"* ]] || fail "$words: $stderr"
  done
  sha256sum --quiet -c before
}

@test "a running ingest goes on under the new key" {
  make_ledger
  mkfifo pipe
  audit ingest -q --tee --flush-ms 0 - <pipe >teed 3>&- &
  exec 9>pipe
  echo '{"n":1}' >&9
  wait_for_lines 1 teed
  audit init -q --rotate-key
  echo '{"n":2}' >&9
  wait_for_lines 2 teed
  audit init -q --rotate-key
  audit init -q --rotate-key
  echo '{"n":3}' >&9
  exec 9>&-
  wait $!
  [ "$(wc -l <teed)" -eq 3 ]
  both_intact audit.ledger --key "$(head -n1 audit.ledger.pub)"
}

@test "the next writer finishes a rotation that was cut off" {
  make_ledger
  cp audit.ledger.pub first.pub
  cp audit.ledger.key old.key
  audit init -q --rotate-key
  mv audit.ledger.key audit.ledger.key.new # as if the rename had not been reached
  cp old.key audit.ledger.key
  cp first.pub audit.ledger.pub
  add_messages 1
  [ ! -e audit.ledger.key.new ]
  refute cmp -s audit.ledger.key old.key
  [ "$(wc -l <audit.ledger.pub)" -eq 2 ]
  both_intact audit.ledger --key audit.ledger.pub
}

@test "a key beside the one in force that signs nothing is left, and said" {
  make_ledger
  audit init -q other.ledger
  cp other.ledger.key audit.ledger.key.new
  run_apart audit ingest <<<'{}'
  [ "$status" -eq 0 ]
  [[ $stderr == *"audit.ledger.key.new is not the key that signs"* ]]
  run_apart audit init --rotate-key
  [ "$status" -eq 73 ]
  cmp other.ledger.key audit.ledger.key.new
  rm audit.ledger.key.new
  audit init -q --rotate-key
  both_intact audit.ledger --key audit.ledger.pub
}

@test "an encrypted key is opened by every command that signs, and by openssl" {
  printf 'correct horse\nnot this\n' >secret
  printf 'correct hors' >wrong
  audit init -q --passphrase-file secret
  [ "$(head -n1 audit.ledger.key)" = "-----BEGIN ENCRYPTED PRIVATE KEY-----" ]
  [ "$(stat -c %a audit.ledger.key)" = 600 ]
  openssl pkey -in audit.ledger.key -passin file:secret -pubout >/dev/null
  refute openssl pkey -in audit.ledger.key -passin file:wrong -noout 2>/dev/null
  openssl asn1parse -in audit.ledger.key | grep -q scrypt
  openssl asn1parse -in audit.ledger.key | grep -q aes-256-cbc
  sha256sum audit.ledger >before
  run_apart audit ingest --passphrase-file wrong <<<'{}'
  sha256sum --quiet -c before
  opens_only_with secret ingest -q
  opens_only_with secret init -q --hold case-7=agent:nobody
  opens_only_with secret erase --yes --seq 1 --reason r --authority a
  opens_only_with secret init -q --rotate-key
  both_intact audit.ledger --key "$(head -n1 audit.ledger.pub)"
  audit verify -q --save seen --cosign ci.key --witness example.com/ci --passphrase-file secret
  grep -q ENCRYPTED ci.key
  opens_only_with secret verify -q --save seen --cosign ci.key
}

@test "a rotation goes to an encrypted key, to another passphrase, and back" {
  echo one >one
  echo two >two
  echo wrong >wrong
  make_ledger
  audit init -q --rotate-key --passphrase-file one
  openssl pkey -in audit.ledger.key -passin file:one -noout
  audit init -q --rotate-key --passphrase-file one
  openssl pkey -in audit.ledger.key -passin file:one -noout
  audit init -q --rotate-key --passphrase-file one --new-passphrase-file two
  openssl pkey -in audit.ledger.key -passin file:two -noout
  [ ! -e audit.ledger.key.new ]
  run_apart audit init -q --rotate-key --passphrase-file one --plain-key
  [ "$status" -eq 78 ]
  audit init -q --rotate-key --passphrase-file two --plain-key
  openssl pkey -in audit.ledger.key -noout
  add_messages 1
  both_intact audit.ledger --key audit.ledger.pub
  [ "$(wc -l <audit.ledger.pub)" -eq 5 ]
}

@test "a rotation to another passphrase that died before its end is finished with the new one" {
  echo one >one
  echo two >two
  audit init -q --passphrase-file one
  cp audit.ledger.key old.key
  audit init -q --rotate-key --passphrase-file one --new-passphrase-file two
  mv audit.ledger.key audit.ledger.key.new
  cp old.key audit.ledger.key
  run_apart audit ingest --passphrase-file one <<<'{}'
  [ "$status" -eq 78 ]
  [[ $stderr == *"audit.ledger.key.new"* ]] || fail "$stderr"
  cmp old.key audit.ledger.key
  audit ingest -q --passphrase-file two <<<'{}'
  [ ! -e audit.ledger.key.new ]
  openssl pkey -in audit.ledger.key -passin file:two -noout
  both_intact audit.ledger --key audit.ledger.pub
}

@test "a next key that never came into force hides no wrong passphrase" {
  echo one >one
  echo two >two
  audit init -q --passphrase-file one
  openssl genpkey -algorithm ed25519 -aes256 -pass file:two -out audit.ledger.key.new 2>/dev/null
  run_apart audit ingest --passphrase-file two <<<'{}'
  [ "$status" -eq 78 ]
  [[ $stderr == *"does not open"* ]] || fail "$stderr"
  audit ingest -q --passphrase-file one <<<'{}'
  [ -e audit.ledger.key.new ]
}

@test "a key that openssl encrypted is taken, and a passphrase that cannot be is refused" {
  echo old >secret
  : >empty
  head -c 2000 /dev/zero | tr '\0' x >long
  openssl genpkey -algorithm ed25519 -aes256 -pass file:secret -out own.key 2>/dev/null
  chmod 600 own.key
  audit init -q --key own.key --passphrase-file secret
  audit ingest -q --key own.key --passphrase-file secret <<<'{}'
  both_intact audit.ledger --key audit.ledger.pub
  local file
  for file in empty long none; do
    run_apart audit init -q "$file.ledger" --passphrase-file $file
    want=78
    [ "$file" != none ] || want=66
    [ "$status" -eq "$want" ] || fail "$file: $status $stderr"
    [ -z "$(files_like "$file.ledger")" ] || fail "$file left something"
  done
  run_apart audit init b.ledger --key own.key --encrypt-key
  [ "$status" -eq 2 ]
  run_apart audit init b.ledger --plain-key
  [ "$status" -eq 2 ]
  run_apart audit init --retain 7y --encrypt-key
  [ "$status" -eq 2 ]
  run_apart setsid "$audit" init b.ledger --encrypt-key
  [ "$status" -eq 78 ]
  [ -z "$(files_like b.ledger)" ]
}

@test "at a terminal the passphrase is asked for, and not shown" {
  cat >typed.py <<'END'
import os, pty, sys, time
words, answers = sys.argv[1].split(), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(os.environ["PROGRAM"], [os.environ["PROGRAM"], *words])
said = b""
for answer in answers:
    begin = len(said)
    while not said[begin:].rstrip().endswith(b":"):
        said += os.read(terminal, 4096)
    time.sleep(0.1)
    os.write(terminal, answer.encode() + b"\n")
try:
    while more := os.read(terminal, 4096):
        said += more
except OSError:
    pass
sys.stdout.write(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
END
  export PROGRAM=$audit
  run_apart python3 typed.py 'init -q --encrypt-key' 'open sesame' 'open sesame'
  [ "$status" -eq 0 ]
  [[ $stdout == *"new passphrase for audit.ledger.key"*"the same again"* ]]
  [[ $stdout != *sesame* ]]
  openssl pkey -in audit.ledger.key -passin 'pass:open sesame' -noout
  run_apart python3 typed.py 'init --retain 7y' 'open sesame'
  [ "$status" -eq 0 ]
  [[ $stdout != *sesame* ]]
  run_apart python3 typed.py 'init --retain 8y' 'open barley'
  [ "$status" -eq 78 ]
  run_apart python3 typed.py 'init -q --rotate-key' 'open sesame'
  [ "$status" -eq 0 ]
  openssl pkey -in audit.ledger.key -passin 'pass:open sesame' -noout
  run_apart python3 typed.py 'init -q --encrypt-key b.ledger' 'open sesame' 'open sesam'
  [ "$status" -eq 78 ]
  [ -z "$(files_like b.ledger)" ]
}

@test "init says when key and ledger share a folder, and only then" {
  run_apart audit init
  [ "$status" -eq 0 ]
  [[ $stderr == "audit: note: key and ledger share a folder"* ]]
  [ "$(wc -l <stderr.txt)" -eq 1 ]
  run_apart audit init --key ./beside.key b.ledger
  [[ $stderr == *"share a folder"* ]]
  mkdir safe
  run_apart audit init --key safe/c.key c.ledger
  [ -z "$stderr" ]
  run_apart audit init -q d.ledger
  [ -z "$stderr" ]
  run_apart audit init --json e.ledger
  [ -z "$stderr" ]
}

# Types Ctrl-C at the question of a command that runs at a terminal of its own; its exit status.
interrupt_question() {
  python3 - "$@" <<'END'
import os, pty, signal, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
while b"passphrase" not in seen:
    seen += os.read(terminal, 1000)
time.sleep(0.2)
os.write(terminal, b"\x03")
try:
    while data := os.read(terminal, 1000):
        seen += data
except OSError:
    pass
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}

@test "Ctrl-C at the question for a passphrase is taken for no passphrase" {
  echo secret >phrase
  audit init -q --passphrase-file phrase
  echo '{"type":"note"}' >events
  audit ingest -q --passphrase-file phrase events
  size=$(stat -c %s audit.ledger)
  [ "$(interrupt_question "$audit" ingest events)" -eq 130 ]
  [ "$(interrupt_question "$audit" erase --seq 1 --reason a --authority b --yes)" -eq 130 ]
  [ "$(interrupt_question "$audit" init --rotate-key)" -eq 130 ]
  [ "$(interrupt_question "$audit" init other.ledger --encrypt-key)" -eq 130 ]
  [ -z "$(files_like other)" ]
  [ "$(stat -c %s audit.ledger)" -eq "$size" ]
  audit verify -q
}

@test "a passphrase that others may read is taken without a word" {
  echo secret >phrase
  chmod 644 phrase
  run_apart audit init --passphrase-file phrase
  [ "$(grep -c 'others than its owner may use the passphrase file phrase' <<<"$stderr")" -eq 1 ]
  chmod 600 phrase
  run_apart audit init other.ledger --passphrase-file phrase
  [[ $stderr != *"passphrase file"* ]]
}

@test "a rotation does not say whether the new key is encrypted" {
  echo secret >phrase
  audit init -q
  run_apart audit init --rotate-key
  [[ $stdout == *"(new, not encrypted;"* ]]
  run_apart audit init --rotate-key --passphrase-file phrase
  [[ $stdout == *"(new, encrypted;"* ]]
}

@test "the name that --witness gives is ignored where the key is there" {
  make_ledger
  audit verify -q --save head --cosign ci.key --witness example.com/ci
  audit verify -q --save head --cosign ci.key --witness example.com/ci
  run_apart audit verify -q --save head --cosign ci.key --witness example.com/other
  [ "$status" -eq 78 ]
  [[ $stderr == *"ci.key is the key of example.com/ci"* ]]
}
