// check.hpp - what must hold in a fuzz target: a crash is what the fuzzer looks for.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace audit::fuzz {

inline void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace audit::fuzz
