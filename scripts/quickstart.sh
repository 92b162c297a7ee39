#!/usr/bin/env bash
# Two minutes with audit: installs what is missing, builds, and tells one story from a pipe to proof.
#
# usage: scripts/quickstart.sh
#
# Works in a temporary folder; the only trace in the source tree is build/, which git ignores.
# Exit 0: every step did what it should. Exit 1: one did not; the line before says which.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

if [[ -t 1 && -z ${NO_COLOR-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

steps=0

# What comes next, and why.
step() {
  steps=$((steps + 1))
  printf '\n%s%2d. %s%s\n' "$bold" "$steps" "$1" "$plain"
  shift
  if (($# > 0)); then printf '    %s\n' "$@"; fi
}

say() { printf '    %s%s%s\n' "$dim" "$1" "$plain"; }

good() { printf '    %s✓ %s%s\n' "$green" "$1" "$plain"; }

fail() {
  printf '    %s✗ step %d: %s%s\n' "$red" "$steps" "$1" "$plain" >&2
  exit 1
}

# Shows a command as one would type it.
show() { printf '    $ %s\n' "$1"; }

# Prints a result, indented, at most $1 lines of it, long ones cut.
print() {
  local line
  [[ -n $2 ]] || return 0
  while IFS= read -r line; do
    ((${#line} <= 118)) || line="${line:0:117}…"
    printf '      %s\n' "$line"
  done < <(head -n "$1" <<<"$2")
}

# run WANT_EXIT LINES SHOWN COMMAND...: shows the command, runs it, shows what it said, and stops
# unless its exit status is the one wanted. Its output is left in $output.
run() {
  local want=$1 lines=$2 shown=$3 status=0
  shift 3
  show "$shown"
  output=$("$@" 2>&1) || status=$?
  print "$lines" "$output"
  ((status == want)) || {
    printf '%s\n' "$output" >&2
    fail "'$shown' ended with status $status, want $want"
  }
}

# The last "[12/185]" of the build in the log, or nothing.
counter() { grep -o '^\[[0-9]*/[0-9]*\]' "$log" | tail -n 1 || true; }

# Says how far WHAT is until it is stopped: on a terminal a line that counts, else a line every 20 s.
# It asks for the script because an interrupt ends that but not what runs behind it.
count_along() {
  local what=$1 start=$SECONDS told=$SECONDS
  while kill -0 $$ 2>/dev/null; do
    sleep 0.5
    if [[ -t 1 ]]; then
      printf '\r    %s %s %d s ' "$what" "$(counter)" $((SECONDS - start))
    elif ((SECONDS - told >= 20)); then
      told=$SECONDS
      say "still $what $(counter) after $((SECONDS - start)) s"
    fi
  done
}

# watched WHAT COMMAND...: runs it with its output in the log and says how far it is.
watched() {
  local what=$1 along status=0
  shift
  count_along "$what" &
  along=$!
  "$@" >>"$log" 2>&1 || status=$?
  kill "$along" 2>/dev/null || true
  wait "$along" 2>/dev/null || true
  if [[ -t 1 ]]; then printf '\r\e[K'; fi
  ((status == 0)) || {
    tail -n 40 "$log" >&2
    fail "$what failed; all of it is in $log"
  }
}

printf '%saudit: a trail of what AI agents did, that nobody can edit unnoticed%s\n' "$bold" "$plain"

step 'Build' 'g++, CMake and a few Debian packages; the first time takes some minutes.'
build=$root/build/release
log=$root/build/quickstart.log
mkdir -p "$root/build"
: >"$log"
say 'packages: installing what is missing'
scripts/install-packages.sh build || fail 'packages are missing'
say "configuring (all that is said goes to ${log#"$root"/})"
watched 'configuring' cmake --preset release
say 'building'
watched 'building' cmake --build --preset release --target audit_cli
program=$(find "$build/apps" -type f -name audit -perm -u+x)
[[ -x $program ]] || fail "no program was built in $build"
good "$("$program" --version) is ${program#"$root"/}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/data/story/agents.jsonl "$work/agents.jsonl"
cd "$work"
mkdir bin
ln -s "$program" bin/audit
export PATH=$work/bin:$PATH
# Only this story's ledger and no configuration of yours.
export AUDIT_CONFIG='' AUDIT_STATE='' LC_ALL=C.UTF-8
unset AUDIT_LEDGER SOURCE_DATE_EPOCH

step 'Create a ledger' \
  'One file for everything, one signing key, one public key that you give away.'
run 0 9 'audit init --origin nordlicht.example/agents' audit init --origin nordlicht.example/agents
[[ $(stat -c %a audit.ledger.key) == 600 ]] || fail 'the signing key is not private'

step 'Pipe a log into it' \
  'Four agents, a policy gateway and an approval desk, each with its own dialect; one week, 398 lines.'
lines=$(wc -l <agents.jsonl)
run 0 6 'head -n 200 agents.jsonl | audit ingest' bash -c 'head -n 200 agents.jsonl | audit ingest'
cp audit.ledger wednesday.copy
run 0 6 'tail -n +201 agents.jsonl | audit ingest' bash -c 'tail -n +201 agents.jsonl | audit ingest'
stored=$(audit search --count)
[[ $stored == "$lines" ]] || fail "$lines lines went in, $stored entries came out"
good "every one of the $lines lines is stored; what was not JSON is stored too, and flagged"

step 'Ask it' 'Which actions were refused? One name for it, whatever the log called it.'
run 0 12 "audit search 'decision:deny'" audit search 'decision:deny'
((${#output} > 0)) || fail 'nothing was found'
run 0 12 "audit search '\"INV-10482\" 912.40'" audit search '"INV-10482" 912.40'

step 'One entry in full' 'What was decided about that refund in the end.'
seq=$(audit search --json 'type:decision "refunded 912.40 EUR"' | sed -E 's/^\{"seq":([0-9]+),.*/\1/')
[[ $seq =~ ^[0-9]+$ ]] || fail "want one decision about 912.40 EUR, got '$seq'"
run 0 24 "audit search --seq $seq" audit search --seq "$seq"

step 'Verify' \
  'Every hash, the chain, the tree, the signatures; the verified checkpoint is kept elsewhere.'
mkdir elsewhere
cp audit.ledger.pub elsewhere/
run 0 24 'audit verify --key elsewhere/audit.ledger.pub --save elsewhere/friday.checkpoint' \
  audit verify --key elsewhere/audit.ledger.pub --save elsewhere/friday.checkpoint
[[ $output == intact* ]] || fail 'the ledger should be intact'
[[ -s elsewhere/friday.checkpoint ]] || fail 'no checkpoint was saved'

step 'Nothing was lost' 'What comes out raw is what went in, byte for byte.'
show 'audit export --raw | cmp - agents.jsonl'
audit export --raw | cmp - agents.jsonl || fail 'the raw export differs from the input'
good 'identical'

step 'A report for people' 'The same query, as a PDF with the checkpoint it belongs to.'
run 0 4 "audit export --pdf --title 'Refused actions' -o refused.pdf decision:deny" \
  audit export --pdf --title 'Refused actions' -o refused.pdf decision:deny
[[ $(head -c 5 refused.pdf) == %PDF- ]] || fail 'refused.pdf is not a PDF'
good "refused.pdf, $(stat -c %s refused.pdf) bytes"

step 'Now somebody edits the file' \
  'Not through audit, not through SQLite: one byte on the disk. 912.40 EUR becomes 112.40 EUR.'
cp audit.ledger honest.ledger
offset=$(LC_ALL=C grep -abo 'refunded 912.40 EUR for INV-10482' audit.ledger | head -n 1 | cut -d: -f1)
[[ $offset =~ ^[0-9]+$ ]] || fail 'the text of the decision is not in the file'
offset=$((offset + 9)) # "refunded " is nine bytes long
show "printf 1 | dd of=audit.ledger bs=1 seek=$offset conv=notrunc"
printf 1 | dd of=audit.ledger bs=1 seek="$offset" conv=notrunc status=none
[[ $(cmp -l audit.ledger honest.ledger | wc -l) == 1 ]] || fail 'want exactly one byte changed'
look="audit search --seq $seq | grep -o 'refunded .* EUR for INV-10482'"
run 0 1 "$look" bash -c "$look"
[[ $output == 'refunded 112.40 EUR for INV-10482' ]] || fail 'the forged amount is not what a reader sees'
say 'The forged amount is what a reader of the file now sees.'

step 'Verify again' 'It must notice, say no, and name the entry.'
run 1 18 'audit verify --known elsewhere/friday.checkpoint' \
  audit verify --known elsewhere/friday.checkpoint
[[ $output == tampered* ]] || fail "want 'tampered', got: ${output%%$'\n'*}"
audit verify --json >verdict.json && fail 'the machine-readable verdict should be no, too'
grep -q "\"seq\":${seq}[,}]" verdict.json || fail "entry $seq is not named"
good "entry $seq is named, the exit status is 1"

step 'An old copy put back does not help either' \
  "Wednesday's file is sound in itself, but it is behind the checkpoint that was kept."
cp honest.ledger audit.ledger
run 0 1 'cp honest.ledger audit.ledger; audit verify --known elsewhere/friday.checkpoint' \
  audit verify --known elsewhere/friday.checkpoint
cp wednesday.copy audit.ledger
run 1 1 'cp wednesday.copy audit.ledger; audit verify --known elsewhere/friday.checkpoint' \
  audit verify --known elsewhere/friday.checkpoint
[[ $output == rolled-back* ]] || fail "want 'rolled-back', got: ${output%%$'\n'*}"

cat <<END

${green}All $steps steps did what they should.${plain} Everything was in a temporary folder and is gone now.
The program is ${program#"$root"/}; start with:  ${program#"$root"/} --help
END
