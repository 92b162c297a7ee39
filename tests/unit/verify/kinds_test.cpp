// The words for what is wrong, and what a file is that was taken for another one.
#include <audit/verify.hpp>

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "ledger/foreign_file.hpp"

namespace audit::test {

TEST_CASE("a kind of finding stands twice, or is not known by its word") {
  const auto kinds = finding_kinds();
  CHECK(std::ranges::is_sorted(kinds, {}, &FindingKind::word));
  CHECK(std::ranges::adjacent_find(kinds, {}, &FindingKind::word) == kinds.end());
  for (const FindingKind& kind : kinds) {
    CHECK(is_finding_kind(std::string(kind.word)));
    CHECK(!kind.meaning.empty());
  }
  CHECK(!is_finding_kind(""));
  CHECK(!is_finding_kind("require"));
}

TEST_CASE("what another file contradicts stays intact and complete") {
  VerifyReport report;
  report.verdict = Verdict::intact;
  report.level = {Level::chain, Level::tree, Level::complete};
  contradict(report, Verdict::forked, "copies", 7, "two histories");
  CHECK(report.verdict == Verdict::forked);
  CHECK(report.level == std::vector<Level>{Level::chain, Level::tree});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings.front().kind == "forked");
  CHECK(report.findings.front().seq == 7);
  REQUIRE(report.checks.size() == 1);
  CHECK(report.checks.front().status == Check::Status::fail);
  CHECK(report.checks.front().detail == "entry 7: two histories");
}

TEST_CASE("a file is taken for what it is not") {
  using ledger::describe_foreign;
  const std::string checkpoint =
      "example.com/log\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n";
  CHECK(describe_foreign(checkpoint).starts_with("a checkpoint"));
  CHECK(describe_foreign("> c2sp.org/tlog-proof@v1\n> index 3\n").starts_with("quoted"));
  CHECK(describe_foreign("audit-fork@v1\r\n# words\r\n").starts_with("a text with Windows"));
  CHECK(describe_foreign("<!DOCTYPE html>\n").starts_with("an HTML page"));
  CHECK(describe_foreign("\x1f\x8b\x08").starts_with("packed with gzip"));
  // Nothing is made of what could be anything.
  for (const char* text : {"", "\n", "\n\n\n", "a\n\n\n", "a\n12", "a\nb\nc\n", "> ", "\r\n"}) {
    INFO(text);
    CHECK(describe_foreign(text).empty());
  }
}

}  // namespace audit::test
