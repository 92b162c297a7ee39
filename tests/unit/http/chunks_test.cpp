#include "http/chunks.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace audit::http {

namespace {

struct Read {
  ChunkReader::State state;
  std::string body;
  std::size_t taken;
};

// Gives `in` in pieces.
Read read(std::string_view in, std::size_t piece, std::size_t most = 1000) {
  ChunkReader reader;
  Read result{ChunkReader::State::more, {}, 0};
  while (result.taken < in.size() && reader.state() == ChunkReader::State::more) {
    result.taken += reader.take(in.substr(result.taken, piece), result.body, most);
  }
  result.state = reader.state();
  return result;
}

// The state, and that it does not depend on how the bytes came.
ChunkReader::State state_of(std::string_view in, std::size_t most = 1000) {
  const Read whole = read(in, in.size(), most);
  for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
    CHECK(read(in, piece, most).state == whole.state);
  }
  return whole.state;
}

}  // namespace

TEST_CASE("a body in chunks is read otherwise when it comes in pieces") {
  const std::string_view in = "4;name=value\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\nNEXT";
  for (std::size_t piece = 1; piece <= in.size(); ++piece) {
    const Read result = read(in, piece);
    CHECK(result.state == ChunkReader::State::done);
    CHECK(result.body == "Wikipedia");
    CHECK(in.substr(result.taken) == "NEXT");
  }
  CHECK(read("0\r\n\r\n", 1).state == ChunkReader::State::done);
  CHECK(read("A\r\n0123456789\r\n0\r\n\r\n", 3).body == "0123456789");
}

TEST_CASE("chunks that are none are read") {
  using enum ChunkReader::State;
  CHECK(state_of("\r\n") == broken);
  CHECK(state_of("g\r\n") == broken);
  CHECK(state_of("-1\r\n") == broken);
  CHECK(state_of("0x4\r\nWiki\r\n") == broken);
  CHECK(state_of("4\nWiki\r\n") == broken);
  CHECK(state_of("4\r\nWikipedia\r\n0\r\n\r\n") == broken);
  CHECK(state_of("4\r\nWiki\r\n0\r\n") == more);
  CHECK(state_of("4\r\nWi") == more);
}

TEST_CASE("a chunk is larger than a body may be") {
  using enum ChunkReader::State;
  CHECK(state_of("a\r\n0123456789\r\n0\r\n\r\n", 10) == done);
  CHECK(state_of("b\r\n01234567890\r\n0\r\n\r\n", 10) == too_large);
  CHECK(state_of("6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n", 10) == too_large);
  CHECK(state_of("ffffffffffffffff\r\nx", 10) == too_large);
  CHECK(state_of("fffffffffffffffff\r\nx", 10) == too_large);
}

TEST_CASE("what stands around the content grows without end") {
  CHECK(state_of(std::string(100'000, '0')) == ChunkReader::State::broken);
  CHECK(state_of("4;" + std::string(100'000, 'x')) == ChunkReader::State::broken);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 10'000; ++i) trailers += "X: y\r\n";
  CHECK(state_of(trailers) == ChunkReader::State::broken);
}

}  // namespace audit::http
