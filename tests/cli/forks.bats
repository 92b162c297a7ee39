#!/usr/bin/env bats
# Two histories of one ledger, written down: what proves them, and who can check it.
# shellcheck disable=SC2154  # helper.bash sets what run_apart finds

load helper

# audit.ledger of 6 entries and copy of 5, which agree on 4; what proves it in fork.txt.
make_fork() {
  make_ledger
  for name in key pub; do cp "audit.ledger.$name" "copy.$name"; done
  cp audit.ledger copy
  printf '{"type":"message","n":%s}\n' 1 2 | audit ingest -q
  echo '{"type":"message","n":3}' | audit ingest -q -l copy
  audit verify -q copy --save head
  run_apart audit verify -q --known head --evidence fork.txt
  [ "$status" -eq 1 ] || fail "no fork: $stdout$stderr"
}

reverify() {
  python3 "$BATS_TEST_DIRNAME/../../scripts/reverify.py" "$@"
}

@test "evidence of a fork that a third party cannot check with the public key alone" {
  make_fork
  [[ $stderr == *"what proves the fork is in fork.txt"*"audit verify fork.txt --key PUB"* ]]
  mkdir third && cp fork.txt audit.ledger.pub third && cd third
  run_apart audit verify -q fork.txt --key audit.ledger.pub
  [ "$status" -eq 1 ]
  [[ $stdout == forked:*" signed a head of 5 entries, and one of 6 entries that does not contain it" ]]
  run_apart audit verify fork.txt --key audit.ledger.pub --json
  [ "$status" -eq 1 ]
  json 'o["verdict"] == "forked" and [f["kind"] for f in o["findings"]] == ["forked"]' <<<"$stdout"
  run reverify fork.txt --key audit.ledger.pub
  [ "$status" -eq 1 ]
  [[ $output == *forked* ]]
}

@test "evidence that proves nothing is taken for a fork" {
  make_fork
  run_apart audit verify -q fork.txt
  [ "$status" -eq 65 ]
  [[ $(tr '\n' ' ' <<<"$stdout") == unverifiable:*"give the one you know with --key"* ]]
  audit init -q other.ledger
  run_apart audit verify -q fork.txt --key other.ledger.pub
  [ "$status" -eq 65 ]
  # The first head twice; another prefix; a signature with one letter changed; cut off; of tomorrow.
  python3 - <<'END'
text = open("fork.txt").read()
head, rest = text.split("\n\n", 1)
first = "\n\n".join(rest.split("\n\n")[:2])
prefix = head[head.index("prefix ") + 7:].split("\n")[0]
root = rest.split("\n")[2]
letter = text[-20]
open("twice", "w").write(head + "\n\n" + first + "\n" + first + "\n")
open("extends", "w").write(text.replace(prefix, root, 1))
open("letter", "w").write(text[:-20] + ("A" if letter != "A" else "B") + text[-19:])
open("cut", "w").write(text[:-3])
open("tomorrow", "w").write(text.replace("@v1", "@v2", 1))
END
  for wrong in twice extends letter cut tomorrow; do
    run_apart audit verify -q "$wrong" --key audit.ledger.pub
    [ "$status" -eq 65 ] || fail "$wrong: $status $stdout"
    run reverify "$wrong" --key audit.ledger.pub
    [ "$status" -eq 65 ] || fail "reverify, $wrong: $status $output"
  done
}

@test "who asks for evidence is not told why there is none, or how there would be" {
  make_fork
  # The hint of a fork that two ledgers show can be typed as it stands.
  run_apart audit verify -q audit.ledger copy --evidence other.txt
  [ "$status" -eq 2 ]
  hint=${stderr#*hint: }
  hint=$(tr '\n' ' ' <<<"$hint" | tr -s ' ' | sed 's/, then / ; /; s/HEAD/two.head/g; s/FILE/other.txt/')
  eval "$hint" >/dev/null 2>&1 || true
  [ "$(head -1 other.txt)" = audit-fork@v1 ]
  # A ledger that is shorter than what was kept shows no fork, whatever it holds.
  audit verify -q --save longer
  run_apart audit verify -q copy --known longer --evidence none.txt
  [ "$status" -eq 1 ]
  [[ $stdout == rolled-back:* ]]
  [[ $(tr '\n' ' ' <<<"$stderr" | tr -s ' ') == *"no evidence was written: the ledger is shorter than what was kept"* ]]
  [ ! -e none.txt ]
}

@test "a fork in the place of a checkpoint is called a bad number" {
  make_fork
  run_apart audit verify -q --known fork.txt
  [ "$status" -eq 65 ]
  [[ $stdout == *"fork.txt is not a checkpoint: it is fork evidence"* ]]
}
