#!/usr/bin/env bash
# Every shell script of the tree passes shellcheck.   usage: shell.sh ROOT
set -euo pipefail
cd "$1"
mapfile -t scripts < <(
  find . \( -path ./build -o -path './build-*' -o -path ./.git \) -prune -o \
    -type f \( -name '*.sh' -o -name '*.bats' -o -name '*.bash' \) -print | sort
)
((${#scripts[@]} >= 5)) || {
  echo "found only ${#scripts[@]} scripts in $PWD: wrong folder?" >&2
  exit 1
}
# SC1091: helpers of bats are loaded from folders shellcheck does not know.
shellcheck --external-sources --exclude=SC1091 "${scripts[@]}"
echo "shell: ${#scripts[@]} scripts are clean"
