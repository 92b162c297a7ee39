#!/usr/bin/env bash
# Installs a build into a folder of its own, then builds and runs a stranger's program against it:
# once found by CMake's find_package, once by pkg-config.
#
# usage: install_test.sh BUILD_FOLDER CONSUMER_FOLDER COMPILER
set -euo pipefail

build=$1
consumer=$2
compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
  echo "install: $*" >&2
  exit 1
}

step() {
  local log=$work/log
  "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    fail "failed: $*"
  }
}

step cmake --install "$build" --prefix "$prefix"

# Linux audit owns libaudit, audit.pc and /etc/audit; PAM depends on that library.
clash=$(find "$prefix" -name 'libaudit.*' -o -name 'libaudit.h' -o -name 'audit.pc')
[[ -z $clash ]] || fail "clashes with Linux audit: $clash"
[[ -x $prefix/bin/audit ]] || fail "no bin/audit was installed"
[[ -n $(find "$prefix" -path '*/man5/audit-ledger.5') ]] || fail "no manual page was installed"
[[ $("$prefix/bin/audit" --version) == "audit "[0-9]* ]] || fail "bin/audit --version does not answer"

# The build folder and the source tree must not be needed: nothing installed may name them.
named=$(grep -rlF --include='*.cmake' --include='*.pc' -- "$build" "$prefix/lib" "$prefix/include" || true)
[[ -z $named ]] || fail "the build folder is named in $named"

step cmake -S "$consumer" -B "$work/found" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler"
step cmake --build "$work/found"
[[ $("$work/found/consumer" "$work/found.ledger") == intact ]] || fail "find_package: not intact"

pc=$(find "$prefix" -name agentaudit.pc)
[[ -n $pc ]] || fail "no agentaudit.pc was installed"
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --cflags --libs agentaudit)
# shellcheck disable=SC2086  # the flags are words
step "$compiler" -std=c++20 "$consumer/consumer.cpp" -o "$work/pc" $flags \
  "-Wl,-rpath,$(dirname "$(dirname "$pc")")"
[[ $("$work/pc" "$work/pc.ledger") == intact ]] || fail "pkg-config: not intact"

echo "install: a program was built with find_package and with pkg-config, and its ledgers are intact"
