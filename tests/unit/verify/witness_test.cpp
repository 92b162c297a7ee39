// Witnesses: they cosign what they checked, never go back, and a policy counts them.
#include <audit/error.hpp>
#include <audit/fork.hpp>
#include <audit/witness.hpp>

#include <doctest/doctest.h>

#include "lab.hpp"
#include "proof/note.hpp"

namespace audit::test {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<ErrorCode> code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

// As 'verify --save FILE --cosign KEY' does.
void cosign(const Lab& lab, const fs::path& key, const fs::path& file, std::uint64_t now) {
  const Witness witness(key);
  VerifyOptions options;
  if (const auto last = witness.last_head("example.com/lab")) options.known = {*last};
  witness.cosign(lab.verify(options), file, now);
}

// One group of witnesses, of which so many are needed.
Policy policy_of(const std::string& logs, const std::vector<fs::path>& keys,
                 const std::string& needed) {
  std::string text = logs;
  std::string group = "group g " + needed;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string name = "w" + std::to_string(i);
    fs::path pub = keys[i];
    text += "witness " + name + " " + read(pub += ".pub");
    group += " " + name;
  }
  return parse_policy(text + group + "\nquorum g\n").value();
}

std::string log_of(const Lab& lab) {
  return "log " + read_verify_keys(verify_key_file(lab.ledger)).front().text() + "\n";
}

}  // namespace

TEST_CASE("a quorum is met by fewer witnesses than it asks for, or not by enough") {
  Lab lab(300);
  const fs::path head = lab.folder / "head";
  const std::vector<fs::path> keys{lab.folder / "one.key", lab.folder / "two.key"};
  create_witness_key(keys[0], "example.com/one");
  create_witness_key(keys[1], "example.com/two");
  const auto report = [&] {
    return lab.verify({.known = {head}, .policy = policy_of(log_of(lab), keys, "all")});
  };
  cosign(lab, keys[0], head, 1'700'000'000);
  CHECK_FALSE(has_level(report(), Level::witnessed));
  CHECK(has_limit(report(), "quorum of the policy is not met"));
  CHECK(report().verdict == Verdict::intact);
  cosign(lab, keys[1], head, 1'700'000'001);
  CHECK(has_level(report(), Level::witnessed));
  CHECK(has_level(report(), Level::signed_head));  // the policy names the ledger's key
  CHECK(has_level(lab.verify({.known = {head}, .policy = policy_of(log_of(lab), keys, "any")}),
                  Level::witnessed));
  // What came later nobody has seen.
  lab.append(5);
  CHECK(has_level(report(), Level::witnessed));
  CHECK(has_limit(report(), "No quorum of witnesses has seen the entries from 301 on"));
  // Without the head that they cosigned there is nothing to count.
  CHECK_FALSE(
      has_level(lab.verify({.policy = policy_of(log_of(lab), keys, "any")}), Level::witnessed));
}

TEST_CASE("a cosignature that was changed, or is of another witness, is counted") {
  const Lab lab(20);
  const fs::path head = lab.folder / "head";
  const fs::path key = lab.folder / "w.key";
  create_witness_key(key, "example.com/w");
  cosign(lab, key, head, 1'700'000'000);
  const std::string note = read(head);
  const auto verify = [&](const fs::path& known) {
    return lab.verify({.known = {known}, .policy = policy_of(log_of(lab), {key}, "any")});
  };
  REQUIRE(has_level(verify(head), Level::witnessed));
  std::string changed = note;
  char& byte = changed[changed.size() - 30];
  byte = byte == 'A' ? 'B' : 'A';
  std::ofstream(lab.folder / "changed") << changed;
  CHECK(verify(lab.folder / "changed").verdict == Verdict::unverifiable);
  const fs::path other = lab.folder / "other.key";
  create_witness_key(other, "example.com/w");  // the same name
  const Lab same(20);
  CHECK_FALSE(
      has_level(lab.verify({.known = {head}, .policy = policy_of(log_of(lab), {other}, "any")}),
                Level::witnessed));
}

TEST_CASE("a policy without a key of this ledger vouches for it") {
  const Lab lab(20);
  const fs::path key = lab.folder / "w.key";
  create_witness_key(key, "example.com/w");
  const VerifyReport report = lab.verify({.policy = policy_of("", {key}, "any")});
  CHECK(report.verdict == Verdict::unverifiable);
  CHECK(has_limit(report, "names no key of example.com/lab"));
}

TEST_CASE("a witness cosigns a ledger that went back, or another history of it") {
  Lab lab(20);
  const fs::path head = lab.folder / "head";
  const fs::path key = lab.folder / "w.key";
  create_witness_key(key, "example.com/w");
  const std::string old_ledger = read(lab.ledger);
  lab.append(10);
  cosign(lab, key, head, 1'700'000'000);
  const std::string kept = read(head);
  lab.drop_index();
  std::ofstream(lab.ledger, std::ios::binary) << old_ledger;
  CHECK(code_of([&] { cosign(lab, key, lab.folder / "new", 1'700'000'001); }) ==
        ErrorCode::configuration);
  {
    Ledger open = lab.open_ledger();
    (void)open.append(some_events(900, 40));
    open.close();
  }
  REQUIRE(lab.verify().verdict == Verdict::intact);
  CHECK(code_of([&] { cosign(lab, key, lab.folder / "new", 1'700'000'001); }) ==
        ErrorCode::configuration);
  // Nor where it was not asked to compare.
  CHECK(code_of([&] { Witness(key).cosign(lab.verify(), lab.folder / "new", 1'700'000'001); }) ==
        ErrorCode::configuration);
  CHECK_FALSE(fs::exists(lab.folder / "new"));
  CHECK(read(head) == kept);
  // What it saw first is evidence against whoever holds the key.
  const VerifyReport report = lab.verify({.known = {head}});
  CHECK(report.verdict == Verdict::forked);
  const auto fork = parse_fork(report.fork);
  REQUIRE(fork.has_value());
  CHECK(check_fork(*fork, read_verify_keys(verify_key_file(lab.ledger))));
}

TEST_CASE("a witness cosigns what it did not check as a whole") {
  const Lab lab(20);
  const fs::path key = lab.folder / "w.key";
  create_witness_key(key, "example.com/w");
  CHECK(code_of([&] {
          Witness(key).cosign(lab.verify({.quick = true}), lab.folder / "head", 1'700'000'000);
        }) == ErrorCode::configuration);
  CHECK_FALSE(fs::exists(lab.folder / "head"));
}

TEST_CASE("two processes cosign with one key at the same time") {
  const TempFolder folder;
  create_witness_key(folder / "w.key", "example.com/w");
  const Witness first(folder / "w.key");
  CHECK(code_of([&] { Witness second(folder / "w.key"); }) == ErrorCode::busy);
}

TEST_CASE("the key of a witness is made over another one, or taken without its name") {
  const TempFolder folder;
  create_witness_key(folder / "w.key", "example.com/w");
  CHECK(code_of([&] { create_witness_key(folder / "w.key", "example.com/w"); }) ==
        ErrorCode::already_exists);
  create_witness_key(folder / "v.key", "example.com/v");
  fs::copy_file(folder / "v.key.pub", folder / "w.key.pub", fs::copy_options::overwrite_existing);
  CHECK(code_of([&] { Witness wrong(folder / "w.key"); }) == ErrorCode::configuration);
}

TEST_CASE("a witness key without its name stays, in the way of another and of no use") {
  const TempFolder folder;
  const fs::path key = folder / "w.key";
  // Its name cannot be written.
  fs::create_symlink(folder / "none" / "none", folder / "w.key.pub");
  CHECK(code_of([&] { create_witness_key(key, "example.com/w"); }) == ErrorCode::already_exists);
  CHECK_FALSE(fs::exists(key));
  fs::remove(folder / "w.key.pub");
  create_witness_key(key, "example.com/w");
  fs::remove(folder / "w.key.pub");
  try {
    const Witness witness(key);
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::configuration);
    CHECK(error.message().find("w.key.pub is not there") != std::string::npos);
  }
  CHECK(code_of([&] { const Witness none(folder / "none.key"); }) == ErrorCode::not_found);
}

TEST_CASE("who saved or cosigned a head takes away the signatures of others") {
  const Lab lab(20);
  const fs::path head = lab.folder / "head";
  for (const char* name : {"one", "two"}) {
    const fs::path key = lab.folder / (std::string(name) + ".key");
    create_witness_key(key, "example.com/" + std::string(name));
    cosign(lab, key, head, 1'700'000'000);
    cosign(lab, key, head, 1'700'000'009);  // a second time replaces the first
  }
  save_checkpoint(lab.verify(), head);
  const std::string text = read(head);
  const auto note = proof::parse_note(text);
  REQUIRE(note.has_value());
  CHECK(note->signatures.size() == 3);
}

}  // namespace audit::test
