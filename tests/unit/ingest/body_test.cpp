#include "ingest/body.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "temp_folder.hpp"

namespace audit::ingest {

namespace {

// What a command of the shell writes.
std::string made_by(const std::string& command) {
  const test::TempFolder folder;
  const std::string file = (folder / "out").string();
  REQUIRE(std::system(fmt::format("{{ {}; }} > {}", command, file).c_str()) == 0);
  std::ifstream out(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(out), {}};
}

std::string text_of(const Body& body) { return {body.buffer->bytes.get(), body.size}; }

}  // namespace

TEST_CASE("a packed body is not what was packed") {
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 300'000U}) {
    const std::string plain = made_by(fmt::format("head -c {} /dev/zero | tr '\\0' x", size));
    const std::string make = fmt::format("head -c {} /dev/zero | tr '\\0' x", size);
    CAPTURE(size);
    const Body none = unpack_body(plain, base::Packing::none);
    CHECK(none.state == Body::State::whole);
    CHECK(text_of(none) == plain);
    const Body gzip = unpack_body(made_by(make + " | gzip"), base::Packing::gzip);
    CHECK(gzip.state == Body::State::whole);
    CHECK(text_of(gzip) == plain);
    const Body zstd = unpack_body(made_by(make + " | zstd -q"), base::Packing::zstd);
    CHECK(zstd.state == Body::State::whole);
    CHECK(text_of(zstd) == plain);
  }
}

TEST_CASE("half a packed body is taken for all of it") {
  const std::string whole = made_by("seq 10000 | gzip");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{9}, whole.size() / 2, whole.size() - 1}) {
    CAPTURE(size);
    CHECK(unpack_body(whole.substr(0, size), base::Packing::gzip).state == Body::State::damaged);
  }
  CHECK(unpack_body("plain text", base::Packing::gzip).state == Body::State::damaged);
  CHECK(unpack_body(whole, base::Packing::zstd).state == Body::State::damaged);
}

TEST_CASE("a small body unpacks to more than memory holds") {
  const std::string most =
      made_by(fmt::format("head -c {} /dev/zero | gzip -1", kMaxUnpackedBytes));
  const Body fits = unpack_body(most, base::Packing::gzip);
  CHECK(fits.state == Body::State::whole);
  CHECK(fits.size == kMaxUnpackedBytes);
  const std::string more =
      made_by(fmt::format("head -c {} /dev/zero | gzip -1", kMaxUnpackedBytes + 1));
  const Body bomb = unpack_body(more, base::Packing::gzip);
  CHECK(bomb.state == Body::State::too_large);
  CHECK(bomb.buffer->capacity <= kMaxUnpackedBytes + 1);
}

}  // namespace audit::ingest
