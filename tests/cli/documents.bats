#!/usr/bin/env bats
# shellcheck disable=SC2154  # audit, stdout, stderr: helper.bash
#
# Documents: what export --pdf says, read back with pdftotext, pdfinfo and qpdf.
load helper

# The text of a PDF.
text_of() {
  pdftotext -layout "$1" -
}

@test "a document says whose it is, what was asked, where it is from, and who made it" {
  make_ledger
  audit export --pdf --organisation 'Example Ltd' --by 'J. Auditor' --title 'What was refused' \
    -o out.pdf decision:deny
  text_of out.pdf >text
  for words in 'Example Ltd' 'J. Auditor' 'What was refused' 'decision:deny' \
    'Verified when this document was made: intact' "$(cat audit.ledger.pub)"; do
    grep -qF -- "$words" text
  done
  qpdf --check out.pdf
  [ "$(pdfinfo out.pdf | grep -c 'Author:  *Example Ltd')" -eq 1 ]
  audit export --pdf -o mine.pdf
  text_of mine.pdf | grep -q "Exported by *$(id -un)"
}

@test "the document hash is what its own last page says how to compute" {
  make_ledger
  audit export --pdf -o out.pdf 'type:tool.call refund'
  hash=$(audit export --csv --fields seq,hash 'type:tool.call refund' | sha256sum | cut -d' ' -f1)
  pdftotext out.pdf - | grep -qF "SHA-256 $hash"
  pdfinfo out.pdf | grep -qF "$hash"
  # A ledger that grew does not change it, other entries do.
  audit export --pdf -o one.pdf -n 2
  refute grep -qF "$hash" <(pdftotext one.pdf -)
}

@test "the checkpoint in a document is one that verify takes" {
  make_ledger
  audit export --pdf -o out.pdf
  pdftotext -layout out.pdf - | python3 -c '
import re, sys
lines = [line.strip() for line in sys.stdin]
at = next(i for i, line in enumerate(lines) if re.fullmatch(r"[A-Za-z0-9+/]{43}=", line))
print("\n".join(lines[at - 2:at + 1]) + "\n")
print(next(line for line in lines[at:] if line.startswith("\u2014 ")))
' >checkpoint.txt
  add_messages 5
  audit verify --known checkpoint.txt --require anchored
}

@test "a ledger that was tampered with gives no document, unless asked for one that says so" {
  make_ledger
  python3 - <<'END'
data = bytearray(open("audit.ledger", "rb").read())
at = data.rfind(b"refund")
data[at:at + 6] = b"refuse"
open("audit.ledger", "wb").write(data)
END
  run_apart audit export --pdf -o out.pdf
  [ "$status" -eq 65 ]
  [[ $stderr == *"not intact"*"--no-verify"* ]]
  [ ! -e out.pdf ]
  audit export --pdf --no-verify -o out.pdf
  text_of out.pdf | grep -q 'Not verified'
}

@test "--key says who must have signed, --no-verify and --key belong to documents" {
  make_ledger
  audit export --pdf --key audit.ledger.pub -o out.pdf
  text_of out.pdf | grep -q 'was given by who made this document'
  run_apart audit export --pdf --key audit.ledger.pub --no-verify -o other.pdf
  [ "$status" -eq 2 ]
  for words in '--csv --key audit.ledger.pub' '--csv --no-verify' '--bundle --no-verify -o x' \
    '--html --key audit.ledger.pub -o x'; do
    # shellcheck disable=SC2086  # words
    run_apart audit export $words
    [ "$status" -eq 2 ]
    [[ $stderr == *"is for --pdf"* ]]
  done
  audit init -q other.ledger
  run_apart audit export --pdf --key other.ledger.pub -o other.pdf
  [ "$status" -eq 65 ]
  [ ! -e other.pdf ]
}

@test "a document on a full disk leaves no half of itself" {
  make_ledger
  run_apart audit export --pdf -o /dev/full
  [ "$status" -eq 74 ]
  (
    ulimit -f 8 # blocks of 1024 bytes: less than the font takes
    trap '' XFSZ
    run_apart audit export --pdf -o out.pdf
    [ "$status" -eq 74 ]
  )
  [ -z "$(files_like out.pdf)" ]
  echo mine >out.pdf
  run_apart audit export --pdf -o out.pdf
  [ "$status" -eq 73 ]
  [ "$(cat out.pdf)" = mine ]
}

@test "a field of 3 MB and hostile words in every field end up in a document that is sound" {
  audit init -q
  python3 - <<'END' | audit ingest -q
import json
hostile = "</td><script>\u202egpj.exe\x1b[2J\u0000 (x) \\ ) Tj \u05e9\u05dc\u05d5\u05dd \u4e2d\u6587 \U0001f600 | ` *"
names = ["agent", "team", "user", "session", "tool", "policy", "decision", "approver", "reason", "error", "status", "model"]
print(json.dumps({"type": "tool.call", "message": "x" * 3_000_000, **{n: "y" * 100_000 for n in names}}))
for name in names:
    print(json.dumps({"type": "tool.call", name: hostile, "message": hostile}))
print(json.dumps({"type": "approval.denied", "approver": hostile, "reason": hostile * 500, "message": "no"}))
END
  audit export --pdf --title "$(printf 'ti\342\200\256tle')" --organisation '<b>(x)\ &amp;' --by ')' -o out.pdf
  qpdf --check out.pdf
  pdftotext out.pdf text
  grep -qF 'ti\u202etle' text
  grep -qF '\u202egpj.exe\x1b[2J\x00' text
  [ "$(stat -c %s out.pdf)" -lt 1000000 ]
  [ "$(grep -cP '[\x00-\x08\x0b\x0e-\x1f]' text)" -eq 0 ]
}
