// Rules and holds: read strictly, obeyed always.
#include <audit/retention.hpp>

#include <doctest/doctest.h>

#include "../verify/lab.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

using Seqs = std::vector<std::uint64_t>;

constexpr std::chrono::hours kYear{24 * 365};

ErrorCode refused(std::string_view json) {
  return code_of([&] { (void)parse_retention(json); });
}

Timestamp received(const Lab& lab, std::uint64_t seq) {
  return LedgerView::open(lab.ledger).entry(seq)->received;
}

std::vector<Expired> expired(const Lab& lab, Timestamp now) {
  const LedgerView view = LedgerView::open(lab.ledger);
  return find_expired(view, read_retention(view), now);
}

ErrorCode forbidden(const Lab& lab, const Seqs& seqs, Timestamp now) {
  const LedgerView view = LedgerView::open(lab.ledger);
  return code_of([&] { require_erasable(view, read_retention(view), seqs, now); });
}

}  // namespace

TEST_CASE("rules that mean nothing are refused") {
  for (const char* json :
       {"", "[]", "{}", R"({"rules":[]})", R"({"rules":[1]})", R"({"rules":[{"at_least":"1y"}]})",
        R"({"rules":[{"name":"a"}]})", R"({"rules":[{"name":"a","at_least":"soon"}]})",
        R"({"rules":[{"name":"a","at_least":"2y","at_most":"1y"}]})",
        R"({"rules":[{"name":"a","at_least":"1y","query":"colour:red"}]})",
        R"({"rules":[{"name":"a","at_least":"1y","query":"call.approved:no"}]})",
        R"({"rules":[{"name":"a","at_least":"1y","what":"user"}]})",
        R"({"rules":[{"name":"a","at_least":1}]})",
        R"({"rules":[{"name":"a","at_least":"1y","until":"x"}]})"}) {
    CAPTURE(json);
    CHECK(refused(json) == ErrorCode::invalid_argument);
  }
  CHECK(code_of([] { (void)retain_all("7"); }) == ErrorCode::invalid_argument);
}

TEST_CASE("the first rule that fits says how long; what is declared last counts") {
  Lab lab(10);
  (void)declare_retention(lab.ledger, retain_all("7y"));
  (void)declare_retention(
      lab.ledger,
      parse_retention(R"({"rules":[{"name":"calls","query":"type:tool.call","at_least":"2y"},
        {"name":"rest","at_most":"1y","what":"payload"}]})"));
  const Timestamp begin = received(lab, 1);
  // Entries 1, 4, 7, 10 are calls.
  CHECK(forbidden(lab, {2, 4}, begin + kYear) == ErrorCode::permission);
  CHECK_NOTHROW(require_erasable(LedgerView::open(lab.ledger),
                                 read_retention(LedgerView::open(lab.ledger)), Seqs{2, 4},
                                 begin + 2 * kYear + std::chrono::hours(1)));
  CHECK(expired(lab, begin + kYear - std::chrono::hours(1)).empty());
  const auto old = expired(lab, begin + kYear + std::chrono::hours(1));
  REQUIRE(old.size() == 1);
  CHECK(old[0].rule.name == "rest");
  CHECK(old[0].entries == Seqs{2, 3, 5, 6, 8, 9});
}

TEST_CASE("a hold stops what a rule would let go, until it is released") {
  Lab lab(10);
  (void)declare_retention(lab.ledger, retain_all("1d"));
  (void)place_hold(lab.ledger, "case-7", "agent:agent-2");
  (void)place_hold(lab.ledger, "case-8", "seq:5");
  const Timestamp later = received(lab, 1) + kYear;
  CHECK(forbidden(lab, {1, 3}, later) == ErrorCode::permission);
  CHECK(expired(lab, later).at(0).entries == Seqs{1, 2, 4, 6, 7, 9, 10});
  CHECK(code_of([&] { (void)place_hold(lab.ledger, "case-7", "seq:1"); }) ==
        ErrorCode::already_exists);
  CHECK(code_of([&] { (void)place_hold(lab.ledger, "a b", "seq:1"); }) ==
        ErrorCode::invalid_argument);
  CHECK(code_of([&] { (void)release_hold(lab.ledger, "case-9"); }) == ErrorCode::not_found);
  (void)release_hold(lab.ledger, "case-7");
  CHECK(expired(lab, later).at(0).entries == Seqs{1, 2, 3, 4, 6, 7, 8, 9, 10});
}

TEST_CASE("erase asks what is declared, whatever its caller did") {
  Lab lab(10);
  (void)place_hold(lab.ledger, "case-7", "agent:agent-2");
  const ErasurePlan plan = plan_erasure(LedgerView::open(lab.ledger), Seqs{1, 2, 3},
                                        find_erasure_scope("payload").value());
  CHECK(code_of([&] { (void)erase(lab.ledger, plan, {"who", "why"}); }) == ErrorCode::permission);
  CHECK(lab.verify().erased == 0);
}

}  // namespace audit::test
