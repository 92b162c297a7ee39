#include "base/ownership.hpp"

#include <audit/error.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/group.hpp"
#include "base/path.hpp"
#include "file_bytes.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit::base {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& file) {
  struct stat facts {};

  REQUIRE(::lstat(file.c_str(), &facts) == 0);
  return facts.st_mode & 07777U;
}

void write(const fs::path& file, std::string_view bytes, mode_t mode) {
  std::ofstream(file, std::ios::binary) << bytes;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

}  // namespace

TEST_CASE("a file that is replaced can no longer be read by those who could") {
  const test::TempFolder folder;
  const fs::path file = folder / "f";
  for (const mode_t mode : {0644U, 0640U, 0600U}) {
    write(file, "old", mode);
    const mode_t mask = ::umask(077);
    replace_file(file, "new");
    ::umask(mask);
    CHECK(test::read_bytes(file) == "new");
    CHECK(mode_of(file) == mode);
  }
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
  CHECK(test::code_of([&] { replace_file(folder / "none", "x"); }) == ErrorCode::not_found);
}

TEST_CASE("what is looked at, shared or replaced is what a link leads to") {
  const test::TempFolder folder;
  const fs::path secret = folder / "secret";
  const fs::path model = folder / "model";
  write(secret, "of another", 0600);
  write(model, "", 0640);
  const fs::path link = folder / "link";
  fs::create_symlink(secret, link);
  const fs::path dangling = folder / "dangling";
  fs::create_symlink(folder / "nowhere", dangling);
  const fs::path second = folder / "second name";
  fs::create_hard_link(secret, second);
  const fs::path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const fs::path& file : {link, dangling, second, pipe, folder.path()}) {
    CAPTURE(file.string());
    CHECK_FALSE(hold_file(file));
    CHECK(test::code_of([&] { (void)read_file_of_owner(model, file, 100); }) ==
          ErrorCode::permission);
    CHECK(test::code_of([&] { let_group_read(file, ::getegid()); }) == ErrorCode::permission);
    share_like(model, file);
    give_to_owner_of(model, file);
  }
  CHECK(test::code_of([&] { replace_file(link, "new"); }) == ErrorCode::permission);
  CHECK(fs::is_symlink(link));
  CHECK(mode_of(secret) == 0600);
  CHECK(test::read_bytes(secret) == "of another");
  CHECK_FALSE(fs::exists(folder / "nowhere"));
}

TEST_CASE("a file that is its owner's is not read, or more of it than was allowed") {
  const test::TempFolder folder;
  write(folder / "f", "12345", 0600);
  CHECK(read_file_of_owner(folder / "f", folder / "f", 5) == "12345");
  CHECK(test::code_of([&] { (void)read_file_of_owner(folder / "f", folder / "f", 4); }) ==
        ErrorCode::limit);
  CHECK(test::code_of([&] { (void)read_file_of_owner(folder / "f", folder / "g", 5); }) ==
        ErrorCode::not_found);
}

TEST_CASE("what root made of another's stays root's, or what is another's becomes theirs") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can give files away");
    return;
  }
  constexpr uid_t kNobody = 65534;
  const test::TempFolder folder;
  write(folder / "model", "", 0600);
  write(folder / "made", "", 0600);
  write(folder / "other", "", 0600);
  REQUIRE(::chown((folder / "model").c_str(), kNobody, kNobody) == 0);
  REQUIRE(::chown((folder / "other").c_str(), 1, 1) == 0);
  give_to_owner_of(folder / "model", folder / "made");
  give_to_owner_of(folder / "model", folder / "other");
  replace_file(folder / "other", "new");

  struct stat made {};

  struct stat other {};

  REQUIRE(::stat((folder / "made").c_str(), &made) == 0);
  REQUIRE(::stat((folder / "other").c_str(), &other) == 0);
  CHECK(made.st_uid == kNobody);
  CHECK(made.st_gid == kNobody);
  CHECK(other.st_uid == 1);
  CHECK(other.st_gid == 1);
}

TEST_CASE("a name that one may not look at ends as a bug of ours") {
  const test::TempFolder folder;
  write(folder / "f", "", 0600);
  fs::create_symlink(folder / "f", folder / "link");
  fs::create_symlink(folder / "none", folder / "dangling");
  fs::create_symlink(folder / "loop", folder / "loop");
  CHECK(base::exists(folder / "f"));
  CHECK(base::exists(folder / "link"));
  CHECK_FALSE(base::exists(folder / "dangling"));
  CHECK_FALSE(base::exists(folder / "none" / "none"));
  CHECK(test::code_of([&] { (void)base::exists(folder / "loop"); }) == ErrorCode::io);
  CHECK(test::code_of([&] { (void)base::exists(folder / std::string(5000, 'x')); }) ==
        ErrorCode::io);
  CHECK(base::absolute("f") == fs::current_path() / "f");
}

}  // namespace audit::base
