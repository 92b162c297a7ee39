#include "export/column.hpp"

#include <audit/error.hpp>
#include <audit/export.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace audit;

namespace {

// The hint of the refusal; fails the test when there is none.
std::string hint_for(const std::string& name) {
  try {
    (void)exports::parse_columns({"seq", name});
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.message().find(name) != std::string::npos);
    return error.hint();
  }
  FAIL("accepted " << name);
  return {};
}

}  // namespace

TEST_CASE("a mistyped column is refused with the nearest name") {
  CHECK(hint_for("agnet") == "did you mean 'agent'?");
  CHECK(hint_for("paylod") == "did you mean 'payload'?");
  CHECK(hint_for("recieved") == "did you mean 'received'?");
  CHECK(hint_for("costs") == "did you mean 'cost'?");
  CHECK(hint_for("something_else").find("audit-events(5)") != std::string::npos);
}

TEST_CASE("a column name is shown escaped when it is refused") {
  try {
    (void)exports::parse_columns({"\x1b[2J"});
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.message().find('\x1b') == std::string::npos);
  }
}

TEST_CASE("an export reads no more than its columns need") {
  ExportOptions options;
  CHECK_FALSE(export_needs_payload("csv", options));
  CHECK(export_fields("csv", options).has(Field::agent));
  CHECK(export_fields("csv", options).has(Field::cost_nano));
  CHECK_FALSE(export_fields("csv", options).has(Field::intent));

  options.fields = {"seq", "cost", "hash"};
  CHECK_FALSE(export_needs_payload("csv", options));
  CHECK(export_fields("csv", options).has(Field::cost_nano));
  CHECK_FALSE(export_fields("csv", options).has(Field::agent));

  options.fields = {"seq", "payload"};
  CHECK(export_needs_payload("csv", options));
  options.fields = {"summary"};
  CHECK(export_needs_payload("csv", options));
  CHECK(export_fields("csv", options).has(Field::tool));
  options.fields = {"agent"};
  CHECK_FALSE(export_needs_payload("pdf", options));

  for (const char* format : {"raw", "jsonl", "json", "pdf"}) {
    CHECK(export_needs_payload(format, {}));
  }
  CHECK_FALSE(export_fields("raw", {}).has(Field::agent));
  CHECK(export_fields("jsonl", {}).has(Field::schema));
}

TEST_CASE("columns and formats that do not exist are refused before anything is read") {
  ExportOptions options;
  options.fields = {"nope"};
  CHECK_THROWS_AS((void)export_fields("csv", options), Error);
  CHECK_THROWS_AS((void)export_needs_payload("pdf", options), Error);
  CHECK_THROWS_AS((void)export_fields("docx", {}), Error);
}
