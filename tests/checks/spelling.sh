#!/usr/bin/env bash
# No word of the tree is a well-known misspelling.   usage: spelling.sh ROOT
set -euo pipefail
cd "$1"
# Tests hold what people mistype, on purpose. "nd" is a macro of mdoc, "iif" a type in audit-ledger(5),
# "fo" a country in accounts.
codespell --quiet-level=3 --ignore-words-list=nd,iif,fo \
  --skip='./build,./build-*,./.git,./tests,./LICENSE,*.pdf,__pycache__' .
echo "spelling: no known misspelling"
