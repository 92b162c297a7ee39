#include "proof/merkle.hpp"

#include <audit/error.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "eight_leaves.hpp"
#include "slow_tree.hpp"

namespace audit::proof {
namespace {

using test::digest;

std::vector<Digest> numbered_leaves(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(std::to_string(i)));
  return leaves;
}

TEST_CASE("leaf hashes are the published ones") {
  const char* expected[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                            "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
                            "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
                            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                            "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
                            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                            "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1"};
  const std::vector<Digest> leaves = test::eight_leaves();
  for (std::size_t i = 0; i < 8; ++i) CHECK(to_hex(leaves[i]) == expected[i]);
  // transparency-dev/merkle rfc6962/rfc6962_test.go; golang/mod sumdb/tlog/note_test.go
  CHECK(to_hex(leaf_hash("L123456")) ==
        "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
  CHECK(to_hex(leaf_hash("hello world")) ==
        "4eccf34608d31bac5c7becf6006df59005d828181056d092084e341e6bb005bd");
}

TEST_CASE("node hashes are the published ones") {
  const std::vector<Digest> leaves = test::eight_leaves();
  CHECK(to_hex(node_hash(leaves[0], leaves[1])) ==
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  CHECK(to_hex(node_hash(leaves[6], leaves[7])) ==
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
}

TEST_CASE("leaves of every length are hashed whole") {
  std::string entry;
  for (std::size_t length = 0; length < 400; ++length) {
    if (leaf_hash(entry) != test::slow_leaf(entry)) FAIL_CHECK("length " << length);
    entry.push_back(static_cast<char>(length * 31));
  }
}

TEST_CASE("roots are the published ones at every size") {
  const std::vector<Digest> leaves = test::eight_leaves();
  CompactRange range;
  CHECK(to_hex(range.root()) == test::kEightRoots[0]);
  for (std::size_t size = 1; size <= 8; ++size) {
    range.append(leaves[size - 1]);
    CHECK(range.size() == size);
    CHECK(to_hex(range.root()) == test::kEightRoots[size]);
    CHECK(to_hex(root_of(std::span(leaves).first(size))) == test::kEightRoots[size]);
  }
}

TEST_CASE("seven leaves are held as three perfect subtrees") {
  CompactRange range;
  const std::vector<Digest> leaves = test::eight_leaves();
  for (std::size_t i = 0; i < 7; ++i) range.append(leaves[i]);
  REQUIRE(range.roots().size() == 3);
  CHECK(to_hex(range.roots()[0]) ==
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  CHECK(to_hex(range.roots()[1]) ==
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  CHECK(to_hex(range.roots()[2]) ==
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f");
}

TEST_CASE("larger trees have the roots a second implementation computed") {
  const std::map<std::uint64_t, std::string> expected = {
      {1, "db3426e878068d28d269b6c87172322ce5372b65756d0789001d34835f601c03"},
      {2, "cb00989d94a569c0a678ae042b63dcd4625db96440517f37a6eb7976ea24ed4b"},
      {3, "725d5230db68f557470dc35f1d8865813acd7ebb07ad152774141decbae71327"},
      {7, "a3e23b32ccb6bf96d092d165d8aa546e09829de8f03b0e8957581d1e16b92bdf"},
      {8, "3b85a9626c1ccb64c6b95ec7fa64888defe2cf12e39e77e10812ce5fcb9cb58e"},
      {100, "7a1541f5e93292eb40660749ef8f36ef074d30052102fab1abfd03bf09e5685d"},
      {255, "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb"},
      {256, "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1"},
      {257, "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4"},
      {1000, "638afa98022925bacfddadb15ef22fd0199c1ac99c2973b6158243d13fce05c2"},
      {65535, "74f13a0e1a75689372efb990cf68c664e44c763d9304844955b2eaff624e8df1"},
      {65536, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b"},
      {65537, "dc8795a25fd4bd52a0b84f639fd3139ba160824023d188e428eb5db0f3ce221a"},
      {70000, "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"},
  };
  CompactRange range;
  std::size_t compared = 0;
  for (std::uint64_t i = 0; i < 70'000; ++i) {
    range.append(leaf_hash(std::to_string(i)));
    const auto root = expected.find(range.size());
    if (root == expected.end()) continue;
    CHECK(to_hex(range.root()) == root->second);
    ++compared;
  }
  CHECK(compared == expected.size());
}

TEST_CASE("a range goes on from its roots at any size") {
  const std::vector<Digest> leaves = numbered_leaves(70);
  for (std::size_t size = 0; size <= leaves.size(); ++size) {
    CompactRange first;
    for (std::size_t i = 0; i < size; ++i) first.append(leaves[i]);
    CHECK(first.root() == test::slow_root(std::span(leaves).first(size)));
    CompactRange second(size, first.roots());
    for (std::size_t i = size; i < leaves.size(); ++i) second.append(leaves[i]);
    CHECK(second.root() == test::slow_root(leaves));
  }
}

TEST_CASE("a range is not restored from too few or too many roots") {
  const std::vector<Digest> roots(4);
  CHECK_THROWS_AS(CompactRange(7, std::span(roots).first(2)), Error);
  CHECK_THROWS_AS(CompactRange(7, roots), Error);
  CHECK_THROWS_AS(CompactRange(0, std::span(roots).first(1)), Error);
  CHECK_THROWS_AS(CompactRange(std::uint64_t{1} << 63, std::span(roots).first(1)), Error);
  CHECK(CompactRange(7, std::span(roots).first(3)).size() == 7);
}

TEST_CASE("whole subtrees can be appended wherever they fit") {
  const std::vector<Digest> leaves = numbered_leaves(48);
  // At each aligned place of each level: leaves before, the subtree in one step, leaves after.
  for (unsigned level = 0; level <= 5; ++level) {
    const std::size_t width = std::size_t{1} << level;
    for (std::size_t start = 0; start + width <= leaves.size(); start += width) {
      CompactRange range;
      for (std::size_t i = 0; i < start; ++i) range.append(leaves[i]);
      range.append_subtree(level, test::slow_root(std::span(leaves).subspan(start, width)));
      for (std::size_t i = start + width; i < leaves.size(); ++i) range.append(leaves[i]);
      CHECK(range.size() == leaves.size());
      CHECK(range.root() == test::slow_root(leaves));
    }
  }
}

TEST_CASE("every perfect subtree is announced once, with its root") {
  const std::vector<Digest> leaves = numbered_leaves(70);
  std::map<std::pair<unsigned, std::uint64_t>, Digest> announced;
  std::size_t calls = 0;
  CompactRange range;
  for (const Digest& leaf : leaves) {
    range.append(leaf, [&](unsigned level, std::uint64_t index, const Digest& root) {
      announced[{level, index}] = root;
      ++calls;
    });
  }
  CHECK(calls == announced.size());
  CHECK(calls == 2 * 70 - 3);  // 2n - (one bits of n)
  for (const auto& [place, root] : announced) {
    const std::size_t width = std::size_t{1} << place.first;
    CHECK(root == test::slow_root(std::span(leaves).subspan(place.second * width, width)));
  }
}

}  // namespace
}  // namespace audit::proof
