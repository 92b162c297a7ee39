// Verifying only what is new: held against what a full verify of the same ledger finds.
#include <doctest/doctest.h>

#include "lab.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;
using Seqs = std::set<std::uint64_t>;

// 10,001 entries, a checkpoint of these, and 500 more.
struct Grown {
  Grown() : lab(10'000, false), kept(lab.keep_head("kept")) { lab.append(500, false); }

  [[nodiscard]] VerifyReport since() const {
    return lab.verify({.known = {kept}, .since_known = true});
  }

  [[nodiscard]] VerifyReport full() const { return lab.verify({.known = {kept}, .quick = true}); }

  Lab lab;
  std::filesystem::path kept;
};

}  // namespace

TEST_CASE("what is new is not told apart from what was checked before") {
  const Grown grown;
  const VerifyReport report = grown.since();
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.size == 10'501);
  CHECK(report.checked_from > 0);
  CHECK(report.checked_from <= 10'001);
  CHECK(report.entries_checked == 10'501 - report.checked_from);
  CHECK(report.root == grown.full().root);
  CHECK(has_level(report, Level::anchored));
  CHECK(has_level(report, Level::signed_head));
  CHECK_FALSE(has_level(report, Level::complete));
  CHECK(has_limit(report, "were not read again"));
  CHECK(grown.full().checked_from == 0);
}

TEST_CASE("a new entry that was changed passes an incremental verify") {
  Grown grown;
  grown.lab.sql("UPDATE entry SET cost_nano = 3 WHERE seq = 10321");
  CHECK(grown.since().verdict == Verdict::tampered);
  CHECK(named(grown.since()) == Seqs{10'321});
}

TEST_CASE("what an incremental verify did not read again is called verified") {
  Grown grown;
  grown.lab.sql("UPDATE entry SET cost_nano = 3 WHERE seq = 100");
  CHECK(grown.since().verdict == Verdict::intact);
  CHECK(has_limit(grown.since(), "Entries 0 to "));
  CHECK(named(grown.full()) == Seqs{100});
}

TEST_CASE("old hashes that were changed pass an incremental verify") {
  Grown grown;
  const std::vector<std::string> other{std::string(32, 'x')};
  SUBCASE("of a subtree") {
    grown.lab.sql("UPDATE subtree SET hash = ?1 WHERE level = 1 AND number = 3", other);
  }
  SUBCASE("a subtree is gone") {
    grown.lab.sql("DELETE FROM subtree WHERE level = 1 AND number = 3");
  }
  SUBCASE("a checkpoint is gone") { grown.lab.sql("DELETE FROM checkpoint WHERE size = 10000"); }
  CHECK(grown.since().verdict == Verdict::tampered);
  CHECK(grown.full().verdict == Verdict::tampered);
}

TEST_CASE("a tail that was cut, or written anew, passes an incremental verify") {
  Grown grown;
  const auto later = grown.lab.keep_head("later");
  const TempFolder folder;
  std::filesystem::copy_file(grown.lab.ledger, folder / "copy");
  const auto verify = [&](const std::filesystem::path& file) {
    return verify_ledger(file, {.known = {grown.kept, later}, .since_known = true});
  };
  CHECK(verify(folder / "copy").verdict == Verdict::intact);
  Lab other(10'000, false);
  CHECK(verify(other.ledger).verdict != Verdict::intact);
  // The same key, and another history from the first checkpoint on.
  Lab forked(10'000, false);
  const auto base = forked.keep_head("base");
  std::filesystem::copy_file(forked.ledger, folder / "forked");
  forked.append(300, false);
  const auto one = forked.keep_head("one");
  RawDatabase(folder / "forked").run("UPDATE head SET note = note");
  OpenOptions options;
  options.key_file = default_key_file(forked.ledger);
  Ledger second = Ledger::open(folder / "forked", options);
  (void)second.append(some_events(70'000, 400));
  second.close();
  const VerifyReport report =
      verify_ledger(folder / "forked", {.known = {base, one}, .since_known = true});
  CHECK(report.verdict == Verdict::forked);
  const VerifyReport cut = verify_ledger(folder / "forked", {.known = {base}, .since_known = true});
  CHECK(cut.verdict == Verdict::intact);
}

TEST_CASE("keys that changed before and behind the known checkpoint are not the ledger's") {
  Lab lab(10'000, false);
  const auto given = read_verify_keys(verify_key_file(lab.ledger));
  rotate(lab, SigningKey::generate("example.com/lab"));
  const auto kept = lab.keep_head("kept");
  lab.append(100, false);
  rotate(lab, SigningKey::generate("example.com/lab"));
  lab.append(100, false);
  const VerifyReport report = lab.verify({.keys = given, .known = {kept}, .since_known = true});
  CHECK(report.findings.empty());
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_level(report, Level::signed_head));
}

TEST_CASE("a new sys.erasure takes what must stay, of entries that were not read again") {
  Grown grown;
  (void)grown.lab.append_system("sys.erasure",
                                R"({"entries":[0],"what":"payload","reason":"r","authority":"a"})");
  const VerifyReport since = grown.since();
  CHECK(since.verdict == Verdict::tampered);
  CHECK(kinds(since) == kinds(grown.full()));
}

TEST_CASE("a known checkpoint of another ledger lets entries go unread") {
  Grown grown;
  const TempFolder folder;
  CreateOptions options;
  options.origin = "example.com/other";
  create_ledger(folder / "other", options);
  std::ofstream(folder / "head") << RawDatabase(folder / "other").value("SELECT note FROM head");
  const VerifyReport report = grown.lab.verify({.known = {folder / "head"}, .since_known = true});
  CHECK(report.verdict == Verdict::unverifiable);
  CHECK(report.checked_from == 0);
  CHECK(report.entries_checked == 10'501);
}

}  // namespace audit::test
