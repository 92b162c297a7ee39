#include "base/unpack.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "temp_folder.hpp"

namespace audit::base {

namespace {

// What the tools of the system make of some bytes.
std::string packed(const std::string& bytes, const char* tool) {
  const test::TempFolder folder;
  std::ofstream(folder / "in", std::ios::binary) << bytes;
  const std::string command =
      fmt::format("{} -c {} > {}", tool, (folder / "in").string(), (folder / "out").string());
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream file(folder / "out", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Unpacked {
  std::string bytes;
  bool damaged = false;
  bool may_end = false;
};

// Gives the input in pieces of `in` bytes and takes the output in pieces of `out`.
Unpacked unpack(std::string_view input, std::size_t in, std::size_t out) {
  Unpacked result;
  const auto unpacker = Unpacker::make(packing_of(input));
  std::string room(out, '\0');
  while (!input.empty() && !result.damaged) {
    std::string_view piece = input.substr(0, in);
    input.remove_prefix(piece.size());
    for (;;) {
      const Unpacker::Step step = unpacker->unpack(piece, room.data(), room.size());
      result.bytes.append(room, 0, step.made);
      result.damaged |= step.damaged;
      piece.remove_prefix(step.taken);
      if (step.made == 0 && (piece.empty() || step.taken == 0 || step.damaged)) break;
    }
  }
  result.may_end = unpacker->may_end();
  return result;
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("line {} of {}\n", i, i * i % 97);
  return text;
}

}  // namespace

TEST_CASE("what was packed comes out otherwise") {
  const std::string text = some_text();
  for (const char* const tool : {"gzip", "gzip -9", "zstd -q", "zstd -q --ultra -20"}) {
    CAPTURE(tool);
    const std::string bytes = packed(text, tool);
    for (const auto& [in, out] :
         {std::pair{1UL, 1UL}, {7UL, 100'000UL}, {100'000UL, 3UL}, {65'536UL, 65'536UL}}) {
      const Unpacked result = unpack(bytes, in, out);
      CHECK((result.bytes == text));
      CHECK(!result.damaged);
      CHECK(result.may_end);
    }
    const Unpacked twice = unpack(bytes + packed("and more", tool), 1000, 1000);
    CHECK((twice.bytes == text + "and more"));
    CHECK(twice.may_end);
  }
  CHECK(unpack(packed("", "gzip"), 100, 100).may_end);
  CHECK(unpack(packed("x", "gzip") + std::string(100, '\0'), 9, 9).bytes == "x");
}

TEST_CASE("a packed stream that is cut or changed passes for whole") {
  const std::string text = some_text();
  for (const char* const tool : {"gzip", "zstd -q --check"}) {
    CAPTURE(tool);
    const std::string bytes = packed(text, tool);
    for (std::size_t keep = 5; keep < bytes.size(); keep += 101) {
      const Unpacked result = unpack(std::string_view(bytes).substr(0, keep), 4096, 4096);
      CHECK(!result.may_end);
      CHECK(text.starts_with(result.bytes));
    }
    std::string changed = bytes;
    changed[bytes.size() / 2] = static_cast<char>(changed[bytes.size() / 2] ^ 0x20);
    const Unpacked result = unpack(changed, 4096, 4096);
    CHECK((result.damaged || !result.may_end));
    CHECK(unpack(bytes + "garbage", 4096, 4096).damaged);
  }
}

TEST_CASE("text passes for packed") {
  CHECK(packing_of("") == Packing::none);
  CHECK(packing_of("{") == Packing::none);
  CHECK(packing_of("(\xb5") == Packing::none);
  CHECK(packing_of("\x1f\x8b") == Packing::gzip);
}

}  // namespace audit::base
