#include "ui/terminal.hpp"

#include <audit/error.hpp>

#include <array>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using audit::cli::Output;

TEST_CASE("a full disk is an error at the flush, and not once more afterwards") {
  const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  Output output(fd, "the disk");
  output.write("something");
  CHECK_THROWS_WITH_AS(output.flush(), "cannot write to the disk: No space left on device",
                       audit::Error);
  CHECK_NOTHROW(output.flush());
  ::close(fd);
}

TEST_CASE("what is larger than the buffer arrives whole and in order") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  REQUIRE(::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
  Output output(ends[1], "a pipe");
  std::string expected;
  for (const std::size_t size : {std::size_t{1}, std::size_t{65'536}, std::size_t{3},
                                 std::size_t{200'000}, std::size_t{65'535}}) {
    const std::string piece(size, static_cast<char>('a' + size % 7));
    output.write(piece);
    expected += piece;
  }
  output.flush();
  ::close(ends[1]);
  std::string got(expected.size() + 1, '\0');
  std::size_t length = 0;
  ssize_t count = 0;
  while ((count = ::read(ends[0], got.data() + length, got.size() - length)) > 0) {
    length += static_cast<std::size_t>(count);
  }
  got.resize(length);
  CHECK(got == expected);
  ::close(ends[0]);
}
