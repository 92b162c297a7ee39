#include <audit/error.hpp>

#include <set>
#include <string>

#include <doctest/doctest.h>

namespace audit {
namespace {

TEST_CASE("every error code has a name of its own") {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ErrorCode::internal) + 1);
  CHECK(std::string(to_string(ErrorCode::already_exists)) == "already_exists");
}

TEST_CASE("an error says what it was given") {
  const Error error(ErrorCode::busy, "the ledger is held", "wait");
  CHECK(error.code() == ErrorCode::busy);
  CHECK(std::string(error.what()) == "the ledger is held");
  CHECK(error.hint() == "wait");
}

}  // namespace
}  // namespace audit
