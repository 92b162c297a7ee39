#include "commands/ledgers.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "commands/ledger_labels.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

using audit::ErrorCode;
using audit::cli::find_ledgers;
using audit::cli::short_labels;
using audit::test::code_of;
using audit::test::TempFolder;
using Names = std::vector<std::string>;

namespace {

namespace fs = std::filesystem;

// Files in a fresh folder, which is found by nobody's default.
struct Folder {
  TempFolder folder;

  explicit Folder(const Names& files) {
    for (const std::string& name : files) {
      fs::create_directories((folder / name).parent_path());
      std::ofstream(folder / name) << "x";
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }

  // The names of what is found, without the folder.
  [[nodiscard]] Names find(const Names& names) const {
    Names whole;
    for (const std::string& name : names) whole.push_back(path(name));
    Names found;
    for (const fs::path& file : find_ledgers(whole)) {
      found.push_back(file.lexically_relative(folder.path()).string());
    }
    return found;
  }
};

}  // namespace

TEST_CASE("names keep the order they were given in, what a pattern matches is sorted") {
  const Folder folder({"b.ledger", "a.ledger", "z.ledger", "c"});
  CHECK(folder.find({"z.ledger", "[ab].ledger", "c"}) ==
        Names{"z.ledger", "a.ledger", "b.ledger", "c"});
}

TEST_CASE("a file that is there under the very name is that file and no pattern") {
  const Folder folder({"[ab].ledger", "a.ledger", "b.ledger", "*"});
  CHECK(folder.find({"[ab].ledger"}) == Names{"[ab].ledger"});
  CHECK(folder.find({"*"}) == Names{"*"});
  CHECK(folder.find({"?.ledger"}) == Names{"a.ledger", "b.ledger"});
  fs::create_symlink("nowhere", folder.folder / "?");
  CHECK(code_of([&] { (void)folder.find({"?"}); }) == ErrorCode::not_found);
}

TEST_CASE("a file is taken once, however often and by whatever name it is given") {
  const Folder folder({"a.ledger", "b.ledger"});
  fs::create_symlink("a.ledger", folder.folder / "latest.ledger");
  fs::create_hard_link(folder.folder / "b.ledger", folder.folder / "hard.ledger");
  CHECK(folder.find({"*.ledger"}) == Names{"a.ledger", "b.ledger"});
  CHECK(folder.find({"latest.ledger", "a.ledger", "*", "latest.ledger"}) ==
        Names{"latest.ledger", "b.ledger"});
}

TEST_CASE("what stands beside ledgers is left out of a pattern, but not where it is named") {
  const Folder folder({"a.ledger", "a.ledger.index", "a.ledger.key", "a.ledger.pub", "a.ledger-wal",
                       "a.ledger-shm", "a.ledger-journal", "a.ledger.index-wal", "sub/b.ledger"});
  CHECK(folder.find({"*"}) == Names{"a.ledger"});
  CHECK(folder.find({"a.ledger.index"}) == Names{"a.ledger.index"});
  CHECK(code_of([&] { (void)folder.find({"*.pub"}); }) == ErrorCode::not_found);
  CHECK(code_of([&] { (void)folder.find({"su*"}); }) == ErrorCode::not_found);  // a folder
}

TEST_CASE("a pattern that matches nothing, and a name that is not there, are named") {
  const Folder folder({"a.ledger"});
  const auto message_of = [&](const std::string& name) -> std::string {
    try {
      (void)folder.find({"a.ledger", name});
    } catch (const audit::Error& error) {
      CHECK(error.code() == ErrorCode::not_found);
      return error.message();
    }
    return {};
  };
  CHECK(message_of("*.ledgr") == fmt::format("no ledger matches '{}'", folder.path("*.ledgr")));
  CHECK(message_of("b.ledger") == fmt::format("there is no ledger '{}'", folder.path("b.ledger")));
  CHECK(code_of([] { (void)find_ledgers(Names{""}); }) == ErrorCode::invalid_argument);
}

TEST_CASE("what may be a damaged ledger is never left out of a pattern") {
  const Folder folder({"a.ledger", "b.ledger.bak"});
  ::mkfifo(folder.path("pipe.ledger").c_str(), 0600);
  fs::create_symlink("nowhere", folder.folder / "gone.ledger");
  CHECK(code_of([&] { (void)folder.find({"*"}); }) == ErrorCode::not_found);
  fs::remove(folder.folder / "gone.ledger");
  CHECK(folder.find({"*"}) == Names{"a.ledger", "b.ledger.bak", "pipe.ledger"});
}

TEST_CASE("a thousand ledgers are taken, one more is refused") {
  Names files;
  for (int i = 0; i < 1000; ++i) files.push_back(fmt::format("{}.ledger", i));
  const Folder folder(files);
  CHECK(folder.find({"*.ledger", "7.ledger"}).size() == 1000);
  std::ofstream(folder.path("more.ledger")) << "x";
  CHECK(code_of([&] { (void)folder.find({"*.ledger"}); }) == ErrorCode::invalid_argument);
}

TEST_CASE("labels leave out what all names have in common") {
  CHECK(short_labels({"logs/a.ledger", "logs/b/x.ledger"}) == Names{"a", "b/x"});
  CHECK(short_labels({"logs/a.ledger", "logs/b.log"}) == Names{"a.ledger", "b.log"});
  CHECK(short_labels({"/var/eu/audit.ledger", "/var/us/audit.ledger"}) == Names{"eu", "us"});
  CHECK(short_labels({"v1.old/audit.ledger", "v2.old/audit.ledger"}) == Names{"v1.old", "v2.old"});
  CHECK(short_labels({"a/audit.ledger", "audit.ledger"}) == Names{"a/audit", "audit"});
  CHECK(short_labels({"a.ledger", ".ledger"}) == Names{"a.ledger", ".ledger"});
  CHECK(short_labels({"x//a", "x//b"}) == Names{"a", "b"});
  CHECK(short_labels({"/a", "b"}) == Names{"/a", "b"});
  CHECK(short_labels({"logs/one.ledger"}) == Names{"logs/one.ledger"});
}

TEST_CASE("labels tell any names apart, and none is empty") {
  std::mt19937 random(20260801);
  const Names pieces = {"a", "b", ".", "/", "//", ".ledger", "logs", "\x1b"};
  for (int round = 0; round < 20'000; ++round) {
    std::set<std::string> distinct;
    const std::size_t wanted = 2 + random() % 4;
    while (distinct.size() < wanted) {
      std::string name;
      for (std::size_t n = 1 + random() % 6; n > 0; --n) name += pieces[random() % pieces.size()];
      // A file has a name; and "x//a" and "x/a" are one file, which is taken once.
      if (name.ends_with('/') || name.find("//") != std::string::npos) continue;
      distinct.insert(name);
    }
    const Names names(distinct.begin(), distinct.end());
    const Names labels = short_labels(names);
    CAPTURE(fmt::format("{}", names[0] + " | " + names[1]));
    CHECK(std::set<std::string>(labels.begin(), labels.end()).size() == names.size());
    CHECK(std::none_of(labels.begin(), labels.end(),
                       [](const auto& label) { return label.empty(); }));
  }
}
