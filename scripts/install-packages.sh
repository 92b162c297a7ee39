#!/usr/bin/env bash
# Installs what is missing of the Debian packages named below, without asking anything.
#
# usage: scripts/install-packages.sh [--list] GROUP...        groups: build test fuzz lint bench
#
# Prints nothing if nothing is missing. Exit 1: something could not be installed.
set -euo pipefail

packages_of() {
  case $1 in
    build) # the library and the program
      echo g++ cmake ninja-build ccache pkg-config
      echo libcli11-dev libexpected-dev libfmt-dev libhpdf-dev libre2-dev libsimdjson-dev
      echo libsqlite3-dev libssl-dev libutf8proc-dev libxlsxwriter-dev libzstd-dev zlib1g-dev
      echo fonts-dejavu-core # embedded in PDF exports
      ;;
    test) # what scripts/test.sh runs
      echo doctest-dev librapidcheck-dev
      echo bats bats-assert bats-support
      echo chromium # opens the pages of audit export --html
      echo cmark-gfm # reads the Markdown of documents
      echo fonts-droid-fallback fonts-freefont-ttf fonts-nanum # embedded where DejaVu has no glyph
      echo codespell faketime json-schema-test-suite less mandoc openssl poppler-utils procps python3 qpdf
      echo python3-jsonschema python3-openpyxl python3-prometheus-client rsyslog shellcheck sqlite3 strace util-linux gzip zstd
      ;;
    fuzz) # libFuzzer comes with clang
      echo clang libclang-rt-14-dev
      ;;
    lint) # before a commit, beside what test has
      echo clang-format clang-tidy gcovr git
      ;;
    bench) # the peers of scripts/bench.sh
      echo openssl poppler-utils python3 ripgrep sqlite3 sqlite-utils time
      ;;
    *)
      echo "install-packages: unknown group '$1', want build, test, fuzz, lint or bench" >&2
      exit 2
      ;;
  esac
}

list_only=no
if [[ ${1-} == --list ]]; then
  list_only=yes
  shift
fi
if (($# == 0)); then
  echo "usage: $0 [--list] GROUP...   groups: build test fuzz lint bench" >&2
  exit 2
fi

wanted=()
for group in "$@"; do
  names=$(packages_of "$group")
  # shellcheck disable=SC2206  # one word per package is what is wanted
  wanted+=($names)
done
mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sort -u)

if [[ $list_only == yes ]]; then
  printf '%s\n' "${wanted[@]}"
  exit 0
fi

if ! command -v dpkg-query >/dev/null; then
  echo "install-packages: not a Debian system; the packages wanted are called there:" >&2
  echo "  ${wanted[*]}" >&2
  echo "install-packages: going on as if they were installed" >&2
  exit 0
fi

is_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

missing=()
for name in "${wanted[@]}"; do
  is_installed "$name" || missing+=("$name")
done
((${#missing[@]} > 0)) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    echo "install-packages: these packages are missing and need root to be installed:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
    "$@" </dev/null >>"$log" 2>&1
}

echo "installing ${missing[*]} ..." >&2
# The lists on the machine may be fresh enough even if they cannot be fetched again.
apt update || true
if ! apt install --no-install-recommends "${missing[@]}"; then
  tail -n 20 "$log" >&2
  echo "install-packages: apt-get could not install all of: ${missing[*]}" >&2
  exit 1
fi
