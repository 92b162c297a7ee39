#include "base/tar.hpp"

#include <string>

#include <doctest/doctest.h>

namespace audit::base {
namespace {

TEST_CASE("a header says name, size and time where ustar wants them, and sums up") {
  const std::string block = tar_header({"checkpoint", 236, 1'700'000'000});
  REQUIRE(block.size() == 512);
  CHECK(block.substr(0, 11) == std::string("checkpoint\0", 11));
  CHECK(block.substr(100, 8) == std::string("0000644\0", 8));
  CHECK(block.substr(124, 12) == std::string("00000000354\0", 12));
  CHECK(block.substr(136, 12) == std::string("14524770400\0", 12));
  CHECK(block.substr(156, 1) == "0");
  CHECK(block.substr(257, 8) == std::string("ustar\0"
                                            "00",
                                            8));
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(block[i]);
  }
  CHECK(std::stoul(block.substr(148, 6), nullptr, 8) == sum);
}

TEST_CASE("what was written is read, and one changed bit is not") {
  for (const TarMember& member :
       {TarMember{"a", 0, 0}, TarMember{std::string(99, 'x'), kMaxTarNumber, kMaxTarNumber},
        TarMember{"entries.jsonl", 12'345'678, 1'700'000'000}}) {
    const std::string good = tar_header(member);
    CHECK(read_tar_header(good) == member);
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      CAPTURE(at);
      CHECK_FALSE(read_tar_header(bad));
    }
  }
}

TEST_CASE("content is filled up to whole blocks") {
  CHECK(tar_padding(0) == 0);
  CHECK(tar_padding(1) == 511);
  CHECK(tar_padding(512) == 0);
  CHECK(tar_padding(1025) == 511);
  CHECK(tar_end() == std::string(1024, '\0'));
}

}  // namespace
}  // namespace audit::base
