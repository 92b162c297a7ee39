#include "base/file.hpp"

#include <audit/error.hpp>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit::base {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};

  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST_CASE("a pipe with a name is refused at once, one of the shell's is read") {
  const test::TempFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(test::code_of([&] { (void)read_file(folder / "fifo", 100); }) == ErrorCode::io);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  write_all(in.value(), "text", "a pipe");
  in.reset();
  CHECK(read_file("/dev/fd/" + std::to_string(out.value()), 100) == "text");
  CHECK(read_file("/dev/null", 100).empty());
}

TEST_CASE("the file behind a link is the one that counts, and what is no link stays as it is") {
  const test::TempFolder folder;
  write_file_atomic(folder / "file", "text", 0600);
  fs::create_directory(folder / "sub");
  fs::create_symlink("../file", folder / "sub/link");
  fs::create_symlink("link", folder / "sub/link2");
  fs::create_symlink("nowhere", folder / "dangling");
  const fs::path file = fs::canonical(folder / "file");
  CHECK(real_file(folder / "sub/link2") == file);
  CHECK(real_file(folder / "sub/link") == file);
  for (const char* name : {"file", "dangling", "nothing"}) {
    CHECK(real_file(folder / name) == folder / name);
  }
  CHECK(real_file("relative") == "relative");
}

TEST_CASE("a descriptor is closed exactly once") {
  const test::TempFolder folder;
  int number = -1;
  {
    UniqueFd first = open_file(folder / "f", O_WRONLY | O_CREAT, 0600);
    number = first.value();
    UniqueFd second = std::move(first);
    CHECK(second.value() == number);
    CHECK(::fcntl(number, F_GETFD) == FD_CLOEXEC);
  }
  CHECK(::fcntl(number, F_GETFD) == -1);
  CHECK(errno == EBADF);
}

TEST_CASE("a released descriptor stays open") {
  const test::TempFolder folder;
  UniqueFd fd = open_file(folder / "f", O_WRONLY | O_CREAT, 0600);
  const int number = fd.release();
  CHECK_FALSE(fd);
  fd.reset();
  CHECK(::fcntl(number, F_GETFD) >= 0);
  ::close(number);
}

TEST_CASE("read_file keeps to its limit") {
  const test::TempFolder folder;
  const std::string bytes = std::string("zero\0inside", 11) + std::string(100'000, 'x');
  create_file_exclusive(folder / "f", bytes, 0600);
  CHECK(read_file(folder / "f", bytes.size()) == bytes);
  CHECK(read_file(folder / "f", 1 << 30) == bytes);
  CHECK(test::code_of([&] { (void)read_file(folder / "f", bytes.size() - 1); }) ==
        ErrorCode::limit);
  CHECK(test::code_of([&] { (void)read_file(folder / "f", 0); }) == ErrorCode::limit);
  create_file_exclusive(folder / "empty", "", 0600);
  CHECK(read_file(folder / "empty", 0).empty());
}

TEST_CASE("read_file stops at its limit on an endless file") {
  CHECK(test::code_of([] { (void)read_file("/dev/zero", 100'000); }) == ErrorCode::limit);
}

TEST_CASE("what is missing, forbidden or there already has its own code") {
  const test::TempFolder folder;
  CHECK(test::code_of([&] { (void)read_file(folder / "none", 10); }) == ErrorCode::not_found);
  CHECK(test::code_of([&] { write_file_atomic(folder / "none/f", "x", 0600); }) ==
        ErrorCode::not_found);
  CHECK(test::code_of([&] { (void)read_file(folder.path(), 10); }) == ErrorCode::io);
  for (const auto& [error, code] : {std::pair{ENOENT, ErrorCode::not_found},
                                    {ENOTDIR, ErrorCode::not_found},
                                    {EACCES, ErrorCode::permission},
                                    {EPERM, ErrorCode::permission},
                                    {EROFS, ErrorCode::permission},
                                    {EEXIST, ErrorCode::already_exists},
                                    {ENOSPC, ErrorCode::io},
                                    {EIO, ErrorCode::io}}) {
    CAPTURE(error);
    const int number = error;
    CHECK(test::code_of([&] { throw_errno("open", "x", number); }) == code);
  }
}

TEST_CASE("a full disk is named and hinted at") {
  try {
    const UniqueFd fd = open_file("/dev/full", O_WRONLY);
    write_all(fd.value(), "x", "/dev/full");
    FAIL("/dev/full took a byte");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::io);
    CHECK(error.message() == "cannot write '/dev/full': no space left on device");
    CHECK(error.hint().find("full") != std::string::npos);
  }
}

TEST_CASE("an exclusive file never overwrites, nor follows a link") {
  const test::TempFolder folder;
  create_file_exclusive(folder / "f", "first", 0600);
  CHECK(mode_of(folder / "f") == 0600);
  CHECK(test::code_of([&] { create_file_exclusive(folder / "f", "second", 0600); }) ==
        ErrorCode::already_exists);
  CHECK(content_of(folder / "f") == "first");
  fs::create_symlink(folder / "target", folder / "link");
  CHECK(test::code_of([&] { create_file_exclusive(folder / "link", "x", 0600); }) ==
        ErrorCode::already_exists);
  CHECK_FALSE(fs::exists(folder / "target"));
}

TEST_CASE("an atomic write replaces the whole file and leaves nothing beside it") {
  const test::TempFolder folder;
  write_file_atomic(folder / "f", "a longer first content", 0644);
  write_file_atomic(folder / "f", "second", 0600);
  CHECK(content_of(folder / "f") == "second");
  CHECK(mode_of(folder / "f") == 0600);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a failed atomic write keeps the old file and removes its own") {
  const test::TempFolder folder;
  fs::create_directory(folder / "f");
  create_file_exclusive(folder / "f/inside", "kept", 0600);
  CHECK(test::code_of([&] { write_file_atomic(folder / "f", "x", 0600); }) == ErrorCode::io);
  CHECK(content_of(folder / "f/inside") == "kept");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a name without a folder is in the current one") {
  const test::TempFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  write_file_atomic("plain", "x", 0600);
  create_file_exclusive("other", "y", 0600);
  sync_folder("");
  fs::current_path(before);
  CHECK(content_of(folder / "plain") == "x");
  CHECK(content_of(folder / "other") == "y");
}

}  // namespace
}  // namespace audit::base
