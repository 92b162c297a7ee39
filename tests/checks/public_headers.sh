#!/usr/bin/env bash
# Every public header compiles on its own, with the warnings of a strict user.
# usage: public_headers.sh ROOT COMPILER
set -euo pipefail
root=$1
compiler=$2
bad=0
count=0
for header in "$root"/libaudit/include/audit/*.hpp; do
  count=$((count + 1))
  echo "#include <audit/$(basename "$header")>" |
    "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror \
      -I"$root/libaudit/include" -x c++ - || bad=1
done
((count >= 10)) || {
  echo "found only $count public headers in $root: wrong folder?" >&2
  exit 1
}
((bad == 0)) || exit 1
echo "public headers: $count compile alone"
