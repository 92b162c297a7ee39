// What only someone who kept something elsewhere can see: rollback, fork, another signer.
#include <audit/error.hpp>

#include <doctest/doctest.h>

#include "lab.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

using Kinds = std::set<std::string>;

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("the tail cut together with its head verifies, says unanchored, and --known sees it") {
  Lab lab(10);
  const std::string old_ledger = read(lab.ledger);
  lab.append(10);
  const auto kept = lab.keep_head("kept");
  write(lab.ledger, old_ledger);
  lab.drop_index();
  const VerifyReport alone = lab.verify();
  CHECK(alone.verdict == Verdict::intact);
  CHECK(has_limit(alone, "unanchored"));
  const VerifyReport report = lab.verify({.known = {kept}});
  CHECK(report.verdict == Verdict::rolled_back);
  CHECK(kinds(report) == Kinds{"rolled-back"});
  CHECK_FALSE(has_level(report, Level::anchored));
  CHECK(status_of(report, "known") == Check::Status::fail);
}

TEST_CASE("a history rewritten and signed again by the holder of the key: --known sees a fork") {
  Lab lab(10, false);
  const std::string common = read(lab.ledger);
  lab.append(10, false);
  const auto kept = lab.keep_head("kept");
  write(lab.ledger, common);
  {
    Ledger open = lab.open_ledger();
    (void)open.append(some_events(500, 15));
    open.close();
  }
  lab.drop_index();
  CHECK(lab.verify().verdict == Verdict::intact);
  const VerifyReport report = lab.verify({.known = {kept}});
  CHECK(report.verdict == Verdict::forked);
  CHECK(kinds(report) == Kinds{"forked"});
}

TEST_CASE("a fresh ledger of the same name under a fresh key: --key and --known see it") {
  const Lab lab(10);
  const auto kept = lab.keep_head("kept");
  const Lab fresh(10);
  const VerifyReport by_key = fresh.verify({.keys = read_verify_keys(verify_key_file(lab.ledger))});
  CHECK(by_key.verdict == Verdict::tampered);
  CHECK(kinds(by_key) == Kinds{"key"});
  CHECK_FALSE(has_level(by_key, Level::signed_head));
  const VerifyReport by_known = fresh.verify({.known = {kept}});
  CHECK(by_known.verdict == Verdict::forked);
  CHECK_FALSE(has_level(by_known, Level::signed_head));
}

TEST_CASE("tampering beside a rollback is tampering") {
  Lab lab(10);
  const std::string old_ledger = read(lab.ledger);
  lab.append(10);
  const auto kept = lab.keep_head("kept");
  write(lab.ledger, old_ledger);
  lab.sql("UPDATE entry SET cost_nano = 3 WHERE seq = 3");
  const VerifyReport report = lab.verify({.known = {kept}, .quick = true});
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"entry", "rolled-back"});
}

TEST_CASE(
    "a checkpoint of another ledger, a text, and a broken signature answer nothing: unverifiable") {
  const Lab lab(10);
  const TempFolder folder;
  CreateOptions options;
  options.origin = "example.com/other";
  create_ledger(folder / "other", options);
  write(folder / "head", RawDatabase(folder / "other").value("SELECT note FROM head"));
  write(folder / "text", "hello\n");
  std::string note = read(lab.keep_head("kept"));
  const std::size_t at = note.size() - 20;
  note[at] = note[at] == 'A' ? 'B' : 'A';
  write(folder / "broken", note);
  for (const char* name : {"head", "text", "broken"}) {
    CAPTURE(name);
    const VerifyReport report = lab.verify({.known = {folder / name}});
    CHECK(report.verdict == Verdict::unverifiable);
    CHECK(report.findings.empty());
    CHECK_FALSE(has_level(report, Level::anchored));
  }
}

TEST_CASE("of checkpoints kept of several ledgers one of another is held against this one") {
  Lab lab(10);
  const std::string old_ledger = read(lab.ledger);
  const auto own = lab.keep_head("own");
  const TempFolder folder;
  CreateOptions options;
  options.origin = "example.com/other";
  create_ledger(folder / "other", options);
  write(folder / "head", RawDatabase(folder / "other").value("SELECT note FROM head"));
  write(folder / "text", "hello\n");
  const auto verify = [&](std::vector<std::filesystem::path> known) {
    return lab.verify({.known = std::move(known), .known_of_others = true});
  };
  using Files = std::vector<std::filesystem::path>;
  const VerifyReport both = verify({folder / "head", own});
  CHECK(both.verdict == Verdict::intact);
  CHECK(both.known == Files{own});
  CHECK(has_level(both, Level::anchored));
  // None of its own: as if none was given.
  const VerifyReport none = verify({folder / "head"});
  CHECK(none.verdict == Verdict::intact);
  CHECK(none.known.empty());
  CHECK_FALSE(has_level(none, Level::anchored));
  CHECK(has_limit(none, "with --known"));
  // Nobody can tell whose a text is.
  CHECK(verify({folder / "text", own}).verdict == Verdict::unverifiable);
  lab.append(5);
  const auto newer = lab.keep_head("newer");
  write(lab.ledger, old_ledger);
  lab.drop_index();
  CHECK(verify({folder / "head", newer}).verdict == Verdict::rolled_back);
}

TEST_CASE("every kept checkpoint must be extended") {
  Lab lab(10);
  const auto good = lab.keep_head("good");
  const std::string old_ledger = read(lab.ledger);
  lab.append(3);
  const auto lost = lab.keep_head("lost");
  write(lab.ledger, old_ledger);
  lab.drop_index();
  const VerifyReport report = lab.verify({.known = {good, lost}});
  CHECK(report.verdict == Verdict::rolled_back);
  CHECK_FALSE(has_level(report, Level::anchored));
}

TEST_CASE("a kept checkpoint at a size where the ledger keeps none is compared all the same") {
  Lab lab(4321, false);
  const auto kept = lab.keep_head("kept");
  lab.append(5000, false);
  CHECK(lab.verify({.known = {kept}}).verdict == Verdict::intact);
  std::string note = read(kept);
  const auto stated = parse_checkpoint(note);
  REQUIRE(stated);
  CHECK(stated->size == 4322);
}

TEST_CASE("a key of the history among keys of other ledgers is enough") {
  const Lab lab(3);
  const SigningKey other = SigningKey::generate("example.com/other");
  std::vector<VerifyKey> keys = read_verify_keys(verify_key_file(lab.ledger));
  keys.push_back(other.verify_key());
  const VerifyReport both = lab.verify({.keys = keys});
  CHECK(both.verdict == Verdict::intact);
  CHECK(has_level(both, Level::signed_head));
  const VerifyReport none = lab.verify({.keys = {other.verify_key()}});
  CHECK(none.verdict == Verdict::tampered);
  CHECK(kinds(none) == Kinds{"key"});
}

TEST_CASE("after a change of keys the ledger is intact, and either key stands for it") {
  Lab lab(5);
  const auto first = read_verify_keys(verify_key_file(lab.ledger));
  const auto kept = lab.keep_head("kept");
  const SigningKey second = SigningKey::generate("example.com/lab");
  rotate(lab, second);
  CHECK(lab.verify().verdict == Verdict::intact);
  lab.append(5);
  const SigningKey third = SigningKey::generate("example.com/lab");
  rotate(lab, third);
  lab.append(2);
  for (const auto& keys :
       {first, std::vector{second.verify_key()}, std::vector{third.verify_key()}}) {
    const VerifyReport report = lab.verify({.keys = keys, .known = {kept}});
    CHECK(report.verdict == Verdict::intact);
    CHECK(has_level(report, Level::signed_head));
  }
}

TEST_CASE("the checkpoint of a change of keys removed, or with one signature only, is found") {
  Lab lab(5);
  const SigningKey second = SigningKey::generate("example.com/lab");
  rotate(lab, second);
  lab.append(5);
  const std::string note = lab.value("SELECT note FROM checkpoint");
  lab.sql("UPDATE checkpoint SET note = CAST(?1 AS TEXT)",
          {note.substr(0, note.rfind("\xe2\x80\x94"))});
  CHECK(kinds(lab.verify()) == Kinds{"signature"});
  lab.sql("DELETE FROM checkpoint");
  CHECK(kinds(lab.verify()) == Kinds{"checkpoint"});
}

TEST_CASE(
    "a change to a key by someone who has neither: the previous key is not the one in force") {
  Lab lab(5);
  const SigningKey second = SigningKey::generate("example.com/lab");
  const SigningKey stranger = SigningKey::generate("example.com/lab");
  rotate(lab, second, stranger.verify_key().text());
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"key"});
  CHECK(named(report, "key") == std::set<std::uint64_t>{6});
}

TEST_CASE("a key that the ledger had before must not come back") {
  Lab lab(5);
  const SigningKey first = SigningKey::read(default_key_file(lab.ledger), "example.com/lab");
  const SigningKey second = SigningKey::generate("example.com/lab");
  rotate(lab, second);
  rotate(lab, first);
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report).count("key") == 1);
}

TEST_CASE("heads signed by the old key after a change of keys are found") {
  Lab lab(5);
  const SigningKey first = SigningKey::read(default_key_file(lab.ledger), "example.com/lab");
  const SigningKey second = SigningKey::generate("example.com/lab");
  rotate(lab, second);
  lab.append(3);
  const auto head = parse_checkpoint(lab.value("SELECT note FROM head"));  // the thief's turn
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {sign_checkpoint(*head, first)});
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::tampered);
  CHECK(kinds(report) == Kinds{"signature"});
}

TEST_CASE("--save keeps what was verified, and never replaces it by less") {
  Lab lab(5);
  const std::filesystem::path kept = lab.folder / "kept";
  const VerifyReport older = lab.verify();
  save_checkpoint(older, kept);
  CHECK(read(kept) == older.note);
  save_checkpoint(older, kept);  // the same again
  lab.append(5);
  const VerifyReport newer = lab.verify({.known = {kept}});
  CHECK(newer.verdict == Verdict::intact);
  save_checkpoint(newer, kept);
  CHECK(read(kept) == newer.note);
  CHECK_THROWS_AS(save_checkpoint(older, kept), Error);
  CHECK(read(kept) == newer.note);

  const Lab other(30);
  CHECK_THROWS_AS(save_checkpoint(Lab(10).verify(), kept), Error);  // same size, another root
  write(kept, "my notes\n");
  CHECK_THROWS_AS(save_checkpoint(newer, kept), Error);
  CHECK(read(kept) == "my notes\n");
}

TEST_CASE("--save keeps nothing that is not intact, and nothing of another origin") {
  Lab lab(5);
  const std::filesystem::path kept = lab.folder / "kept";
  save_checkpoint(lab.verify(), kept);
  const TempFolder folder;
  CreateOptions options;
  options.origin = "example.com/other";
  create_ledger(folder / "other", options);
  CHECK_THROWS_AS(save_checkpoint(verify_ledger(folder / "other", {}), kept), Error);
  lab.sql("UPDATE entry SET cost_nano = 1 WHERE seq = 2");
  CHECK_THROWS_AS(save_checkpoint(lab.verify(), lab.folder / "new"), Error);
  CHECK_FALSE(std::filesystem::exists(lab.folder / "new"));
}

TEST_CASE("the head of a proof, of a bundle or of nothing is kept as that of a verified ledger") {
  Lab lab(5);
  const VerifyReport whole = lab.verify();
  VerifyReport proof = whole;
  proof.proved.emplace();
  VerifyReport bundle = whole;
  bundle.bundled.emplace();
  VerifyReport made_up;
  made_up.verdict = Verdict::intact;
  made_up.note = whole.note;
  for (const VerifyReport* report : {&proof, &bundle, &made_up}) {
    CHECK(code_of([&] { save_checkpoint(*report, lab.folder / "kept"); }) ==
          ErrorCode::configuration);
    CHECK_FALSE(std::filesystem::exists(lab.folder / "kept"));
  }
  save_checkpoint(lab.verify({.quick = true}), lab.folder / "kept");
  CHECK(std::filesystem::exists(lab.folder / "kept"));
}

}  // namespace audit::test
