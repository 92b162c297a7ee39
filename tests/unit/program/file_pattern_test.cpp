#include "commands/file_pattern.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <glob.h>
#include <unistd.h>

#include "temp_folder.hpp"
#include "thrown.hpp"

using audit::cli::files_matching;
using audit::test::TempFolder;

namespace {

namespace fs = std::filesystem;

void make(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

// What the system's own glob gives.
std::vector<std::string> glob_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> names;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("a pattern matches what glob of the system matches, whatever the names are") {
  const TempFolder folder;
  for (const char* name :
       {"a.ledger", "b.ledger", "B.ledger", ".hidden.ledger", "a[1].ledger", "star*.ledger",
        "back\\slash.ledger", "line\nend.ledger", "\x1b[2J.ledger", "\xff.ledger", "x/a.ledger",
        "x/y/a.ledger", "z/.deep/a.ledger", "sp ace.ledger", "c"}) {
    make(folder / name);
  }
  fs::create_symlink("nowhere", folder / "dangling.ledger");
  fs::create_symlink("x", folder / "link");
  for (const char* pattern : {"*",
                              "*.ledger",
                              "?.ledger",
                              "[ab].ledger",
                              "[!a].ledger",
                              "[a-c]",
                              ".*.ledger",
                              "a[[]1].ledger",
                              "star\\*.ledger",
                              "*\\\\*",
                              "*/a.ledger",
                              "*/*/a.ledger",
                              "x//*.ledger",
                              "*/",
                              "*/.deep/*",
                              "nothing*",
                              "nowhere/*",
                              "c/*",
                              "[",
                              "*[",
                              "*a*l*e*",
                              "./*.ledger",
                              "x/../*.ledger",
                              "link/*",
                              "\\x/*",
                              "*\n*",
                              "a*/",
                              "***"}) {
    const std::string whole = folder.path().string() + '/' + pattern;
    CAPTURE(pattern);
    CHECK(files_matching(whole) == glob_of(whole));
  }
}

TEST_CASE("a folder that cannot be looked into is an error, not a folder without ledgers") {
  const TempFolder folder;
  make(folder / "open/a.ledger");
  make(folder / "shut/b.ledger");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(folder / "shut", fs::perms::none);
  const bool is_root = ::geteuid() == 0;  // root may read everything
  if (is_root) REQUIRE(::seteuid(65534) == 0);
  const std::string base = folder.path().string();
  for (const std::string pattern : {"/*/*.ledger", "/*/b.ledger", "/shut/*", "/[s]hut/b.ledger"}) {
    CAPTURE(pattern);
    CHECK(audit::test::code_of([&] { (void)files_matching(base + pattern); }) ==
          audit::ErrorCode::permission);
  }
  CHECK(files_matching(base + "/open/*").size() == 1);
  if (is_root) REQUIRE(::seteuid(0) == 0);
  fs::permissions(folder / "shut", fs::perms::owner_all);
}
