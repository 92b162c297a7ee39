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
while read -r test; do
  if ! compgen -G "../tests/$test*" >/dev/null; then
    echo "audit-security(7) names tests/$test, which is not there" >&2
    missing=1
  fi
done < <(sed -n 's/^\.Bq //p' audit-security.7 | tr ' ' '\n' | sort -u)
((missing == 0)) || exit 1
echo "manual pages: ${#pages[@]} are clean"
