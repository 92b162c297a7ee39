#!/usr/bin/env bash
# Measures audit against what people use instead, on this machine, in one run: prints one table.
#
# usage: scripts/bench.sh [--quick] [--events N] [--runs N] [--only I,O,V,S,E,Z,M,C,G,P] [--no-large]
#
#   --quick     100,000 events instead of 1,000,000
#   --only      some groups of rows: ingest, ingest of OpenTelemetry, verify, search, export, size,
#               memory, start-up, gate
#   --no-large  without the rows that need ten times the events
#
# With a million events it takes about half an hour and 8 GB of disk (40 GB for the large rows,
# which are left out where that is not free). Works in build/bench; AUDIT_BENCH_FOLDER names another
# folder. Nothing here is a test: a target that is missed is a row that says NO, not a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=()
while (($# > 0)); do
  case $1 in
    --quick) arguments+=(--events 100000) ;;
    --events | --runs | --only)
      (($# > 1)) || {
        echo "bench: $1 needs a value" >&2
        exit 2
      }
      arguments+=("$1" "$2")
      shift
      ;;
    --no-large) arguments+=("$1") ;;
    -h | --help)
      sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
      exit 0
      ;;
    *)
      echo "bench: unknown argument '$1'; scripts/bench.sh --help" >&2
      exit 2
      ;;
  esac
  shift
done

scripts/install-packages.sh build bench
for tool in g++ cmake python3 sqlite3 sqlite-utils rg openssl pdfinfo /usr/bin/time; do
  command -v "$tool" >/dev/null || {
    echo "bench: '$tool' is missing and could not be installed" >&2
    exit 1
  }
done

work=${AUDIT_BENCH_FOLDER:-$PWD/build/bench}
mkdir -p "$work" build/release
export AUDIT_STATE=$work/state
echo "building ..." >&2
if ! { cmake --preset release && cmake --build --preset release --target audit_cli; } >build/release/bench.log 2>&1; then
  tail -n 30 build/release/bench.log >&2
  exit 1
fi

# The events of a shared generator make runs of several projects comparable.
generator=tests/bench/generate.cpp
if [[ -e ../shared/bench/gen.cpp ]]; then generator=../shared/bench/gen.cpp; fi
g++ -std=c++20 -O2 -o "$work/generate" "$generator"

exec tests/bench/measure.py --audit "$(find "$PWD/build/release/apps" -type f -name audit -perm -u+x)" \
  --generate "$work/generate" --work "$work" "${arguments[@]}"
