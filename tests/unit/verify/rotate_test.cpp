#include <audit/key.hpp>
#include <audit/ledger.hpp>
#include <audit/rotate.hpp>
#include <audit/verify.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "file_bytes.hpp"
#include "lab.hpp"
#include "thrown.hpp"

namespace audit::test {
namespace {

namespace fs = std::filesystem;

fs::path next_to(const fs::path& key) { return key.string() + ".new"; }

void append_one(Ledger& ledger) {
  Event event;
  event.envelope.set_text(Field::type, "note");
  event.payload = "{}";
  (void)ledger.append(std::span(&event, 1));
}

std::vector<VerifyKey> first_of(const Lab& lab) {
  return {read_verify_keys(verify_key_file(lab.ledger)).front()};
}

// Intact, signed for whoever knows one of the keys, and LEDGER.pub names keys of this ledger only.
void check_sound(const Lab& lab, const std::vector<VerifyKey>& pinned) {
  const VerifyReport report = lab.verify({.keys = pinned});
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_level(report, Level::signed_head));
  const auto all = read_verify_keys(verify_key_file(lab.ledger));
  CHECK(all.front() == pinned.front());
  for (const VerifyKey& key : all) {
    CHECK(has_level(lab.verify({.keys = {key}}), Level::signed_head));
  }
}

TEST_CASE("a rotated ledger that verify refuses, or that nobody can write") {
  Lab lab(5);
  const auto pinned = first_of(lab);
  const std::string first_key = read_bytes(default_key_file(lab.ledger));
  for (int i = 0; i < 3; ++i) {
    const Rotated rotated = rotate_key(lab.ledger);
    CHECK(rotated.key_file == default_key_file(lab.ledger));
    CHECK(rotated.verify_key_file == verify_key_file(lab.ledger));
    CHECK(rotated.verify_key != rotated.previous);
    check_sound(lab, pinned);
    lab.append(2);
    check_sound(lab, pinned);
  }
  const fs::path key = default_key_file(lab.ledger);
  CHECK(read_bytes(key) != first_key);
  CHECK(key_file_is_private(key));
  CHECK_FALSE(fs::exists(next_to(key)));
  CHECK(read_verify_keys(verify_key_file(lab.ledger)).size() == 4);
}

TEST_CASE("a rotation at a size where there is a checkpoint anyway leaves two, or one signature") {
  Lab lab(9998, false);
  const auto pinned = first_of(lab);
  CHECK(rotate_key(lab.ledger).seq == 9999);
  check_sound(lab, pinned);
  CHECK(lab.number("SELECT count(*) FROM checkpoint") == 1);
  lab.append(2, false);
  check_sound(lab, pinned);
}

TEST_CASE("a writer that was open before a rotation goes on under the old key") {
  Lab lab(5);
  const auto pinned = first_of(lab);
  Ledger open = lab.open_ledger();
  append_one(open);
  (void)rotate_key(lab.ledger);
  append_one(open);
  check_sound(lab, pinned);
  (void)rotate_key(lab.ledger);
  (void)rotate_key(lab.ledger);
  append_one(open);
  open.close();
  check_sound(lab, pinned);
}

TEST_CASE("a writer that has only the old key writes, or can be made to") {
  Lab lab(5);
  const fs::path copy = lab.folder / "copy.key";
  fs::copy_file(default_key_file(lab.ledger), copy);
  lab.key_file = copy;
  Ledger open = lab.open_ledger();
  (void)rotate_key(lab.ledger);
  const std::string before = lab.value("SELECT note FROM head");
  CHECK(code_of([&] { append_one(open); }) == ErrorCode::configuration);
  CHECK(code_of([&] { (void)lab.open_ledger(); }) == ErrorCode::configuration);
  CHECK(code_of([&] { (void)rotate_key(lab.ledger, {.open = {.key_file = copy}}); }) ==
        ErrorCode::configuration);
  CHECK(lab.value("SELECT note FROM head") == before);
  CHECK_FALSE(fs::exists(next_to(copy)));
}

TEST_CASE("a rotation that was cut off before its files were in place is never finished") {
  for (const bool has_line : {false, true}) {
    Lab lab(5);
    const auto pinned = first_of(lab);
    const fs::path key = default_key_file(lab.ledger);
    const std::string old_key = read_bytes(key);
    const std::string old_line = read_bytes(verify_key_file(lab.ledger));
    (void)rotate_key(lab.ledger);
    const std::string new_key = read_bytes(key);
    fs::rename(key, next_to(key));
    std::ofstream(key) << old_key;
    if (!has_line) std::ofstream(verify_key_file(lab.ledger)) << old_line;
    lab.append(1);
    CHECK(read_bytes(key) == new_key);
    CHECK_FALSE(fs::exists(next_to(key)));
    CHECK(read_verify_keys(verify_key_file(lab.ledger)).size() == 2);
    check_sound(lab, pinned);
  }
}

TEST_CASE("a key that signs nothing, beside the one in force, is taken or lost") {
  const Lab other(1);
  for (const std::string& bytes :
       {read_bytes(default_key_file(other.ledger)), std::string("-----BEGIN PRI"), std::string()}) {
    Lab lab(5);
    const auto pinned = first_of(lab);
    const fs::path next = next_to(default_key_file(lab.ledger));
    std::ofstream(next) << bytes;
    lab.append(1);
    const std::string before = lab.value("SELECT note FROM head");
    CHECK(code_of([&] { (void)rotate_key(lab.ledger); }) == ErrorCode::already_exists);
    CHECK(lab.value("SELECT note FROM head") == before);
    CHECK(read_bytes(next) == bytes);
    CHECK(left_key_file(lab.ledger) == next);
    check_sound(lab, pinned);
    fs::remove(next);
    CHECK_FALSE(left_key_file(lab.ledger));
    (void)rotate_key(lab.ledger);
    check_sound(lab, pinned);
  }
}

TEST_CASE("a key behind a link stays the old one, or the link is lost") {
  Lab lab(5);
  const auto pinned = first_of(lab);
  const fs::path real = lab.folder / "safe" / "signing.key";
  fs::create_directory(real.parent_path());
  fs::rename(default_key_file(lab.ledger), real);
  fs::create_symlink(real, default_key_file(lab.ledger));
  const std::string old_key = read_bytes(real);
  (void)rotate_key(lab.ledger);
  CHECK(fs::is_symlink(default_key_file(lab.ledger)));
  CHECK(read_bytes(real) != old_key);
  lab.append(1);
  check_sound(lab, pinned);
}

TEST_CASE("LEDGER.pub is made anew where somebody took it away, or loses what stands in it") {
  Lab lab(5);
  const fs::path file = verify_key_file(lab.ledger);
  const std::string first = read_bytes(file);
  std::ofstream(file) << "# ours\n" << first.substr(0, first.size() - 1);  // no line end
  fs::permissions(file, fs::perms(0640));
  const Rotated rotated = rotate_key(lab.ledger);
  CHECK(read_bytes(file) == "# ours\n" + first + rotated.verify_key + "\n");
  CHECK((fs::status(file).permissions() & fs::perms::all) == fs::perms(0640));
  fs::remove(file);
  CHECK(rotate_key(lab.ledger).verify_key_file.empty());
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE(
    "the line that a rotation could not add to LEDGER.pub is never added, and nobody is told") {
  Lab lab(5);
  const auto pinned = first_of(lab);
  const fs::path file = verify_key_file(lab.ledger);
  const std::string first = read_bytes(file);
  std::ofstream(file) << first << "#" << std::string(2 << 20, '.') << "\n";  // more than is read
  const Rotated rotated = rotate_key(lab.ledger);
  REQUIRE(rotated.public_half);
  CHECK(rotated.public_half->code() == ErrorCode::limit);
  CHECK(rotated.verify_key_file.empty());
  CHECK_FALSE(fs::exists(next_to(default_key_file(lab.ledger))));
  CHECK(SigningKey::read(default_key_file(lab.ledger), "example.com/lab").verify_key().text() ==
        rotated.verify_key);
  (void)lab.open_ledger();  // nor can this one
  std::ofstream(file) << first;
  (void)lab.open_ledger();
  CHECK(read_bytes(file) == first + rotated.verify_key + "\n");
  check_sound(lab, pinned);
}

TEST_CASE("who owns the folder lets a writer add a line to a file that is not LEDGER.pub") {
  Lab lab(5);
  const fs::path file = verify_key_file(lab.ledger);
  const std::string first = read_bytes(file);
  const fs::path victim = lab.folder / "profile";
  std::ofstream(victim) << first;
  const auto is_left_alone = [&](const std::string& bytes) {
    const Rotated rotated = rotate_key(lab.ledger);
    (void)lab.open_ledger();
    return rotated.public_half && rotated.verify_key_file.empty() && read_bytes(victim) == bytes &&
           read_bytes(file) == bytes;
  };
  fs::remove(file);
  fs::create_symlink(victim, file);
  CHECK(is_left_alone(first));
  fs::remove(file);
  fs::create_hard_link(victim, file);
  CHECK(is_left_alone(first));
  fs::remove(file);
  std::ofstream(file) << "export PATH\n";
  fs::remove(victim);
  std::ofstream(victim) << "export PATH\n";
  CHECK(is_left_alone("export PATH\n"));
}

TEST_CASE("a thief who has today's key changes what the first key signed") {
  Lab lab(5);
  const auto pinned = first_of(lab);
  const auto kept = lab.keep_head("kept");
  (void)rotate_key(lab.ledger);
  lab.append(3);
  const SigningKey stolen = SigningKey::read(default_key_file(lab.ledger), "example.com/lab");
  const auto resign = [&](const std::string& table, const std::string& where) {
    const std::string note = lab.value("SELECT note FROM " + table + where);
    lab.sql("UPDATE " + table + " SET note = CAST(?1 AS TEXT)" + where,
            {sign_checkpoint(*parse_checkpoint(note), stolen)});
  };
  SUBCASE("by signing the checkpoint of the rotation alone") {
    resign("checkpoint", "");
    CHECK(kinds(lab.verify({.keys = pinned})) == std::set<std::string>{"signature"});
    CHECK(kinds(lab.verify()) == std::set<std::string>{"signature"});
  }
  SUBCASE("by a ledger of his own, which begins with his key") {
    Lab forged(0);
    CreateOptions options;
    options.origin = "example.com/lab";
    options.key_file = forged.folder / "stolen.key";
    stolen.write(options.key_file);
    forged.ledger = forged.folder / "forged.ledger";
    forged.key_file = options.key_file;
    create_ledger(forged.ledger, options);
    forged.append(9);
    CHECK(forged.verify().verdict == Verdict::intact);
    CHECK(forged.verify({.keys = {stolen.verify_key()}}).verdict == Verdict::intact);
    CHECK(kinds(forged.verify({.keys = pinned})) == std::set<std::string>{"key"});
    CHECK(forged.verify({.known = {kept}}).verdict != Verdict::intact);
  }
}

}  // namespace
}  // namespace audit::test
