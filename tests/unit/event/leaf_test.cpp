#include "event/leaf.hpp"

#include <audit/proof.hpp>

#include <string>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "event/commitment.hpp"

namespace audit::event {
namespace {

// Entry 1 of the example in audit-ledger(5).
const std::string kBytes =
    "617564697401000000000000000117979cfead5f94006e13de944fc256129d243563dcd99a15c46942ed55c2d2566f"
    "d0aeda83a1fdc6663a353f8a0674729edb8dc47133faab5ff8fffb432e18f6477f3edd01c86673c3ba863f5314f0a8"
    "b29dae2218f38ea19658bc29b5fe44083898340eb053bde6";
const std::string kHash = "1b919671c2aa1a1f1e76080be34e914a0793792d7654acf4b3063d2463e93a7a";

TEST_CASE("the leaf of the format page is written, read or hashed differently") {
  const std::string bytes = *base::from_hex(kBytes);
  const std::optional<Leaf> leaf = decode_leaf(bytes);
  REQUIRE(leaf);
  CHECK(leaf->seq == 1);
  CHECK(leaf->received == 1'700'000'002'000'000'000);
  CHECK(to_hex(leaf->previous) ==
        "6e13de944fc256129d243563dcd99a15c46942ed55c2d2566fd0aeda83a1fdc6");
  CHECK(to_hex(leaf->envelope) ==
        "663a353f8a0674729edb8dc47133faab5ff8fffb432e18f6477f3edd01c86673");
  CHECK(to_hex(leaf->payload) ==
        "c3ba863f5314f0a8b29dae2218f38ea19658bc29b5fe44083898340eb053bde6");
  CHECK(encode_leaf(*leaf) == bytes);
  CHECK(to_hex(leaf_hash(bytes)) == kHash);
  CHECK(to_hex(Committer().entry(leaf->seq, leaf->received, leaf->previous, leaf->envelope,
                                 leaf->payload)) == kHash);
}

TEST_CASE("a time before 1970 or the last number is lost") {
  Leaf leaf;
  leaf.seq = (std::uint64_t{1} << 63) - 1;
  leaf.received = -1;
  CHECK(decode_leaf(encode_leaf(leaf)) == leaf);
}

TEST_CASE("what is no leaf is read as one") {
  const std::string bytes = *base::from_hex(kBytes);
  CHECK_FALSE(decode_leaf(""));
  CHECK_FALSE(decode_leaf(bytes.substr(1)));
  CHECK_FALSE(decode_leaf(bytes.substr(0, bytes.size() - 1)));
  CHECK_FALSE(decode_leaf(bytes + "x"));
  for (std::size_t i = 0; i < 6; ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(decode_leaf(changed));
  }
}

}  // namespace
}  // namespace audit::event
