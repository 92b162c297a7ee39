#!/usr/bin/env bash
# Everything that is tested: installs what is missing, builds, runs every test.
#
# usage: scripts/test.sh [--quick]        --quick leaves the sanitizers out
#
#   dev    all tests: unit, property, tampering, the program from outside, installation, source checks
#   asan   unit tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan   the threaded ones under ThreadSanitizer
#   fuzz   a short run of each libFuzzer target, with clang
#
# The sanitizers get what is left of AUDIT_TEST_SECONDS (default 1080); what does not fit is named.
# The very last line says "N passed, N failed", counted in ctest tests; a build that fails is one
# that failed. Exit 0: nothing failed. Reports are left in build/<name>/tests.xml and tests.log.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

quick=no
case ${1-} in
  '') ;;
  --quick) quick=yes ;;
  *)
    echo "usage: scripts/test.sh [--quick]" >&2
    exit 2
    ;;
esac

passed=0
failed=0
skipped=()

finish() {
  for reason in "${skipped[@]}"; do echo "skipped: $reason"; done
  ((passed + failed > 0)) || failed=1
  printf '%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0)) || exit 1
  exit 0
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit' INT TERM

heading() { printf '\n== %s (after %d s)\n' "$1" "$SECONDS"; }

seconds_left() { echo $((${AUDIT_TEST_SECONDS:-1080} - SECONDS)); }

# build PRESET SECONDS TARGET...: 0 built, 124 out of time, else failed, with the log shown.
build() {
  local preset=$1 seconds=$2 log=build/$1/build.log status=0
  shift 2
  mkdir -p "build/$preset"
  cmake --preset "$preset" >"$log" 2>&1 || status=$?
  if ((status == 0)); then
    timeout "$seconds" cmake --build --preset "$preset" --target "$@" >>"$log" 2>&1 || status=$?
  fi
  if ((status != 0 && status != 124)); then
    grep -E '( error: | warning: |^FAILED|CMake Error|undefined reference)' "$log" | head -n 40 || tail -n 20 "$log"
    echo "$preset does not build; all of it is in $log"
  fi
  return "$status"
}

# A number from the head of a JUnit file: count FILE tests|failures|skipped|disabled
count() { tr ' ' '\n' <"$1" 2>/dev/null | sed -nE "s/^[[:space:]]*$2=\"([0-9]+)\".*/\1/p" | head -n 1; }

# run PRESET CTEST_ARGUMENTS...: runs the tests of a build and adds them up.
run() {
  local preset=$1 folder=build/$1 tests failures missing
  shift
  rm -f "$folder/tests.xml"
  "${runner[@]}" ctest --test-dir "$folder" --output-on-failure --no-tests=error --timeout 600 \
    --parallel "$(nproc)" --output-junit "$PWD/$folder/tests.xml" "$@" >"$folder/tests.log" 2>&1
  tests=$(count "$folder/tests.xml" tests)
  failures=$(count "$folder/tests.xml" failures)
  if [[ -z $tests ]]; then
    failed=$((failed + 1))
    tail -n 20 "$folder/tests.log"
    return
  fi
  missing=$(($(count "$folder/tests.xml" skipped) + $(count "$folder/tests.xml" disabled)))
  failed=$((failed + failures))
  passed=$((passed + tests - failures - missing))
  ((missing == 0)) || skipped+=("$missing of the tests of $preset, see $folder/tests.log")
  if ((failures > 0)); then
    cat "$folder/tests.log"
  else
    grep -E '^ *[0-9]+/[0-9]+ Test' "$folder/tests.log"
  fi
}

runner=()
heading 'packages'
scripts/install-packages.sh build test || {
  failed=$((failed + 1))
  exit
}
# No test may depend on who runs it.
export LC_ALL=C.UTF-8 TZ=UTC AUDIT_CONFIG="" AUDIT_STATE=""
# Properties are tried with the same random cases each time; RC_PARAMS= tries others.
export RC_PARAMS=${RC_PARAMS-seed=20250915}
unset AUDIT_LEDGER SOURCE_DATE_EPOCH AUDIT_PAGER NO_COLOR CLICOLOR_FORCE

heading 'dev: all tests'
if build dev 1500 all; then
  run dev
else
  failed=$((failed + 1))
  echo 'dev was not built: none of its tests were run'
fi

# sanitized PRESET TESTS TARGET...: builds the targets, runs the tests that match.
sanitized() {
  local preset=$1 tests=$2 status=0
  shift 2
  heading "$preset: $tests"
  # What is built has to run too: that takes about two minutes.
  if (($(seconds_left) < 150)); then
    skipped+=("$preset, no time left (AUDIT_TEST_SECONDS)")
    return
  fi
  build "$preset" $(($(seconds_left) - 120)) "$@" || status=$?
  if ((status == 124)); then
    skipped+=("$preset, not built in time (AUDIT_TEST_SECONDS)")
  elif ((status != 0)); then
    failed=$((failed + 1))
  else
    run "$preset" --tests-regex "^($tests)\$"
  fi
}

# Each target of clang's libFuzzer for 20 s; what it finds is left in build/fuzz/found.
fuzz() {
  local targets=(lines json note ledger query otlp http) found=build/fuzz/found target status=0
  heading 'fuzz: 20 s each'
  if ! command -v clang++ >/dev/null; then
    skipped+=('fuzz, there is no clang++')
    return
  fi
  if (($(seconds_left) < 200)); then
    skipped+=('fuzz, no time left (AUDIT_TEST_SECONDS)')
    return
  fi
  build fuzz $(($(seconds_left) - 110)) "${targets[@]/#/fuzz_}" || status=$?
  if ((status == 124)); then
    skipped+=('fuzz, not built in time (AUDIT_TEST_SECONDS)')
    return
  elif ((status != 0)); then
    failed=$((failed + 1))
    return
  fi
  for target in "${targets[@]}"; do
    mkdir -p "$found/$target"
    if "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time=20 -timeout=20 -rss_limit_mb=2500 \
      -max_len=4096 -print_final_stats=1 -artifact_prefix="$found/$target-" \
      "$found/$target" "tests/fuzz/corpus/$target" >"$found/$target.log" 2>&1; then
      passed=$((passed + 1))
      echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/$target.log") inputs"
    else
      failed=$((failed + 1))
      tail -n 40 "$found/$target.log"
    fi
  done
}

if [[ $quick == no ]]; then
  export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
  sanitized asan 'unit|program|fuzz_.*' all
  # Without randomised addresses: the runtime of g++ 12 does not know the wide ones of new kernels.
  if setarch "$(uname -m)" -R true 2>/dev/null; then runner=(setarch "$(uname -m)" -R); fi
  sanitized tsan 'unit_threaded|concurrency_threads' audit_unit audit_threads
  fuzz
fi
heading 'result'
