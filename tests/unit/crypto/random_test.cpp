#include "crypto/random.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace audit::crypto {
namespace {

using Salt = std::array<std::uint8_t, 16>;

TEST_CASE("random bytes fill exactly what was asked for") {
  // Each byte is non-zero in one of 20 draws unless it is never written (or with odds of 256^-20).
  std::array<std::uint8_t, 40> seen{};
  for (int i = 0; i < 20; ++i) {
    std::array<std::uint8_t, 40> bytes{};
    random_bytes(bytes.data() + 4, 32);
    for (std::size_t j = 0; j < bytes.size(); ++j) seen[j] |= bytes[j];
  }
  for (std::size_t j = 0; j < seen.size(); ++j) {
    CAPTURE(j);
    CHECK((seen[j] != 0) == (j >= 4 && j < 36));
  }
}

TEST_CASE("a pool never repeats a piece, over many blocks") {
  RandomPool pool;
  std::set<Salt> salts;
  for (int i = 0; i < 10'000; ++i) {
    Salt salt{};
    pool.fill(salt.data(), salt.size());
    salts.insert(salt);
  }
  CHECK(salts.size() == 10'000);
}

TEST_CASE("a pool fills pieces of odd sizes and larger than its block") {
  RandomPool pool;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095},
                                 std::size_t{4097}, std::size_t{20'000}}) {
    std::vector<std::uint8_t> bytes(size + 1, 0);
    pool.fill(bytes.data(), size);
    CHECK(bytes[size] == 0);
    int zeros = 0;
    for (std::size_t i = 0; i < size; ++i) zeros += bytes[i] == 0 ? 1 : 0;
    // About one in 256 is zero; an unwritten block of 4096 would show.
    CHECK(zeros < static_cast<int>(size / 256) * 2 + 60);
  }
}

TEST_CASE("a child process draws other bytes than its parent") {
  RandomPool pool;
  Salt first{};
  pool.fill(first.data(), first.size());  // the block is filled, 4080 bytes are left
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Salt salt{};
    pool.fill(salt.data(), salt.size());
    const bool written = ::write(pipe_ends[1], salt.data(), salt.size()) == 16;
    ::_exit(written ? 0 : 1);
  }
  Salt parents{};
  pool.fill(parents.data(), parents.size());
  Salt childs{};
  CHECK(::read(pipe_ends[0], childs.data(), childs.size()) == 16);
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(childs != parents);
  CHECK(childs != Salt{});
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

}  // namespace
}  // namespace audit::crypto
