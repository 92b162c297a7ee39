#include <audit/ingest.hpp>
#include <audit/verify.hpp>

#include <atomic>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "events.hpp"
#include "own_entry.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

struct Run {
  test::TempFolder folder;
  std::filesystem::path ledger = folder / "l";
  IngestOptions options;
  std::vector<IngestNotice> notices;

  Run() { test::make_ledger(ledger); }

  SchemaEntry declare(std::string_view schemas) const {
    const auto set = parse_schemas(fmt::format(R"({{"schemas":{{{}}}}})", schemas));
    REQUIRE(set);
    return declare_schemas(ledger, *set);
  }

  IngestReport ingest(std::string_view lines) {
    std::ofstream(folder / "in", std::ios::binary) << lines;
    options.inputs = {(folder / "in").string()};
    IngestHooks hooks;
    hooks.notice = [&](const IngestNotice& notice) { notices.push_back(notice); };
    const std::atomic<bool> stop{false};
    return ingest_into(ledger, options, hooks, stop);
  }
};

}  // namespace

TEST_CASE("a declaration of nobody's: the run does not begin as if there were none") {
  for (const std::string_view payload :
       {R"({})", R"({"text":3})", R"({"text":"no schemas"})",
        R"({"text":"{\"schemas\":{\"tool.call\":{\"newKeyword\":1}}}"})"}) {
    CAPTURE(payload);
    Run run;
    (void)test::append_own(run.ledger, "sys.schema", payload);
    CHECK(test::code_of([&] { (void)run.ingest("{}\n"); }) == ErrorCode::unsupported);
    // Another one may be declared.
    CHECK(run.declare(R"("message":true)").seq == 2);
    CHECK(run.ingest("{}\n").counts.stored == 1);
  }
}

TEST_CASE("a schema that is asked about what --set or --redact made of a record too early") {
  Run run;
  (void)run.declare(
      R"("refund":{"required":["amount"]},"mail":{"properties":{"to":{"maxLength":20}}})");
  run.options.set = {{"type", "refund"}};
  CHECK(run.ingest("{\"type\":\"message\"}\n").counts.flagged == 1);
  run.options.set = {};
  run.options.redact = {"email"};
  CHECK(run.ingest("{\"type\":\"mail\",\"to\":\"somebody.with.a.name@mail.example.com\"}\n")
            .counts.flagged == 0);
  CHECK(verify_ledger(run.ledger, {}).verdict == Verdict::intact);
}

TEST_CASE("what could not be read is held against a schema for every kind") {
  Run run;
  (void)run.declare(R"("*":false)");
  const IngestReport report = run.ingest("no JSON\n{\"a\":1,\"a\":2}\n{\"type\":\"message\"}\n3\n");
  CHECK(report.counts.flagged == 4);
  REQUIRE(run.notices.size() == 4);
  CHECK(run.notices[0].flags == "unparsed");
  CHECK(run.notices[1].flags == "duplicate-key");
  CHECK(run.notices[2].flags == "schema");
  CHECK(run.notices[2].message == "payload: want nothing here");
  CHECK(run.notices[3].flags == "schema");
}

TEST_CASE("a duplicate that is stored again because a schema was declared since") {
  Run run;
  const std::string line = "{\"type\":\"note\",\"id\":\"n-1\"}\n";
  CHECK(run.ingest(line).counts.stored == 1);
  (void)run.declare(R"("note":{"required":["a"]})");
  const IngestReport again = run.ingest(line);
  CHECK(again.counts.duplicates == 1);
  CHECK(again.counts.stored == 0);
}

}  // namespace audit
