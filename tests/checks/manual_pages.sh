#!/usr/bin/env bash
# Every manual page is clean mdoc, and refers to no page or test of ours that is not there.
# usage: manual_pages.sh ROOT
set -euo pipefail
cd "$1/man"
pages=(*.[157])
[[ -e ${pages[0]} ]] || {
  echo "no manual page in $PWD" >&2
  exit 1
}
mandoc -T lint -W warning "${pages[@]}"
missing=0
while read -r page name section; do
  if [[ ! -e $name.$section ]]; then
    echo "$page refers to $name($section), which is not there" >&2
    missing=1
  fi
done < <(grep -oE '^\.Xr (audit|audit-[a-z]+) [0-9]' "${pages[@]}" | sed -E 's/:\.Xr / /' | sort -u)
# A test is a file, or FILE:NAME for a function or a class in it.
named=0
while IFS=: read -r file name; do
  named=$((named + 1))
  mapfile -t found < <(compgen -G "../tests/$file*")
  if ((${#found[@]} == 0)); then
    echo "audit-security(7) names tests/$file, which is not there" >&2
    missing=1
  elif [[ -n $name ]] && ! grep -qE "^ *(def|class) $name\\(" "${found[@]}"; then
    echo "audit-security(7) names the test $name, which is not in tests/$file" >&2
    missing=1
  fi
done < <(sed -n 's/^\.Bq //p' audit-security.7 | tr ' ' '\n' | sort -u)
((named >= 80)) || {
  echo "audit-security(7) names only $named tests: is it still read as it should be?" >&2
  exit 1
}
((missing == 0)) || exit 1
echo "manual pages: ${#pages[@]} are clean"
