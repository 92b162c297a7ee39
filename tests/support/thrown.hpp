// support/thrown.hpp - the code of the error that something ends with.
#pragma once

#include <audit/error.hpp>

#include <doctest/doctest.h>

namespace audit::test {

template <class Work>
[[nodiscard]] ErrorCode code_of(Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return ErrorCode::internal;
}

}  // namespace audit::test
