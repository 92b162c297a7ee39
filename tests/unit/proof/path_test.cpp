#include "proof/path.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <algorithm>
#include <bit>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "crypto/sha256.hpp"
#include "eight_leaves.hpp"
#include "proof/merkle.hpp"
#include "slow_tree.hpp"

namespace audit::proof {
namespace {

using test::digest;
using test::digests;

// All perfect subtrees of a tree, as a store would keep them.
class Store {
 public:
  explicit Store(const std::vector<Digest>& leaves) : levels_{leaves} {
    while (levels_.back().size() > 1) {
      const std::vector<Digest>& below = levels_.back();
      std::vector<Digest> level;
      for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
        level.push_back(node_hash(below[i], below[i + 1]));
      }
      levels_.push_back(std::move(level));
    }
  }

  [[nodiscard]] SubtreeRoot reader() const {
    return [this](unsigned level, std::uint64_t index) {
      return levels_.at(level).at(static_cast<std::size_t>(index));
    };
  }

 private:
  std::vector<std::vector<Digest>> levels_;
};

const std::vector<Digest>& numbered_leaves() {
  static const std::vector<Digest> leaves = [] {
    std::vector<Digest> made;
    for (int i = 0; i < 70'000; ++i) made.push_back(leaf_hash(std::to_string(i)));
    return made;
  }();
  return leaves;
}

const Store& numbered_store() {
  static const Store store(numbered_leaves());
  return store;
}

std::string hash_of_path(const std::vector<Digest>& path) {
  std::string all;
  for (const Digest& hash : path) all += base::bytes_of(hash);
  return to_hex(crypto::sha256(all));
}

struct Inclusion {
  std::uint64_t index;
  std::uint64_t size;
  std::vector<std::string> path;
};

// transparency-dev/merkle testdata/inclusion/{1,2,3,4}/happy-path.json
const std::vector<Inclusion> kInclusions = {
    {0,
     8,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {5,
     8,
     {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
    {1,
     5,
     {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    {0, 1, {}},
};

struct Consistency {
  std::uint64_t old_size;
  std::uint64_t new_size;
  std::vector<std::string> path;
};

// transparency-dev/merkle testdata/consistency/{1,2,3,4}/happy-path.json; the last three were
// computed by a second implementation.
const std::vector<Consistency> kConsistencies = {
    {1,
     8,
     {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
    {6,
     8,
     {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {2,
     5,
     {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    {6,
     7,
     {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
    {3,
     7,
     {"0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
      "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"}},
    {4, 7, {"837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"}},
    {7,
     8,
     {"b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
      "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
};

// Calls `refused` for paths with an element removed, added or changed in one bit, or emptied.
template <class Check>
void for_damaged_paths(const std::vector<Digest>& path, const Digest& root, Check&& refused) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto shorter = path;
    shorter.erase(shorter.begin() + static_cast<long>(i));
    refused(shorter);
    for (const std::size_t bit : {0U, 7U, 100U, 255U}) {
      auto changed = path;
      changed[i].bytes[bit / 8] =
          static_cast<std::uint8_t>(changed[i].bytes[bit / 8] ^ 1 << bit % 8);
      refused(changed);
    }
  }
  for (std::size_t i = 0; i <= path.size(); ++i) {
    for (const Digest& added : {Digest{}, root, path.empty() ? root : path.front()}) {
      auto longer = path;
      longer.insert(longer.begin() + static_cast<long>(i), added);
      refused(longer);
    }
  }
  if (!path.empty()) refused(std::vector<Digest>{});
}

TEST_CASE("published inclusion proofs are made and accepted") {
  const std::vector<Digest> leaves = test::eight_leaves();
  const Store store(leaves);
  for (const Inclusion& known : kInclusions) {
    CAPTURE(known.index);
    CAPTURE(known.size);
    const std::vector<Digest> path = digests(known.path);
    CHECK(make_inclusion(known.index, known.size, store.reader()) == path);
    CHECK(check_inclusion(leaves[known.index], known.index, known.size, path,
                          digest(test::kEightRoots[known.size])));
  }
}

TEST_CASE("no damaged inclusion proof is accepted") {
  const std::vector<Digest> leaves = test::eight_leaves();
  for (const Inclusion& known : kInclusions) {
    const std::vector<Digest> path = digests(known.path);
    const Digest root = digest(test::kEightRoots[known.size]);
    const Digest leaf = leaves[known.index];
    const std::uint64_t index = known.index;
    const std::uint64_t size = known.size;
    CAPTURE(index);
    CAPTURE(size);
    for (const std::uint64_t other : {index ^ 1, index ^ 2, index + 1, index - 1}) {
      CHECK_FALSE(check_inclusion(leaf, other, size, path, root));
    }
    CHECK_FALSE(check_inclusion(leaf, index, 2 * size, path, root));
    CHECK_FALSE(check_inclusion(leaf, index, size / 2, path, root));
    CHECK_FALSE(check_inclusion(leaf, index, 0, path, root));
    CHECK_FALSE(check_inclusion(leaf, index, size, path, empty_root()));
    CHECK_FALSE(check_inclusion(leaf, index, size, path, Digest{}));
    CHECK_FALSE(check_inclusion(Digest{}, index, size, path, root));
    CHECK_FALSE(check_inclusion(leaf_hash("other"), index, size, path, root));
    for_damaged_paths(path, root, [&](const std::vector<Digest>& damaged) {
      CHECK_FALSE(check_inclusion(leaf, index, size, damaged, root));
    });
  }
}

TEST_CASE("published consistency proofs are made and accepted") {
  const Store store(test::eight_leaves());
  for (const Consistency& known : kConsistencies) {
    CAPTURE(known.old_size);
    CAPTURE(known.new_size);
    const std::vector<Digest> path = digests(known.path);
    CHECK(make_consistency(known.old_size, known.new_size, store.reader()) == path);
    CHECK(check_consistency(known.old_size, digest(test::kEightRoots[known.old_size]),
                            known.new_size, digest(test::kEightRoots[known.new_size]), path));
  }
}

TEST_CASE("no damaged consistency proof is accepted") {
  for (const Consistency& known : kConsistencies) {
    const std::vector<Digest> path = digests(known.path);
    const std::uint64_t m = known.old_size;
    const std::uint64_t n = known.new_size;
    const Digest old_root = digest(test::kEightRoots[m]);
    const Digest new_root = digest(test::kEightRoots[n]);
    CAPTURE(m);
    CAPTURE(n);
    for (const std::uint64_t other : {m - 1, m + 1, m ^ 2, m * 2, std::uint64_t{0}}) {
      CHECK_FALSE(check_consistency(other, old_root, n, new_root, path));
    }
    CHECK_FALSE(check_consistency(m, old_root, 2 * n, new_root, path));
    CHECK_FALSE(check_consistency(m, old_root, n / 2, new_root, path));
    CHECK_FALSE(check_consistency(n, old_root, m, new_root, path));
    CHECK_FALSE(check_consistency(m, Digest{}, n, new_root, path));
    CHECK_FALSE(check_consistency(m, old_root, n, Digest{}, path));
    CHECK_FALSE(check_consistency(m, new_root, n, old_root, path));
    CHECK_FALSE(check_consistency(m, old_root, n, old_root, path));
    CHECK_FALSE(check_consistency(m, new_root, n, new_root, path));
    for_damaged_paths(path, old_root, [&](const std::vector<Digest>& damaged) {
      CHECK_FALSE(check_consistency(m, old_root, n, new_root, damaged));
    });
  }
}

TEST_CASE("a second published family of consistency proofs holds") {
  // FiloSottile/torchwood cmd/litewitness: leaf hash i is the bytes 2a, i and thirty zeros.
  std::vector<Digest> leaves(5);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    leaves[i].bytes[0] = 0x2a;
    leaves[i].bytes[1] = static_cast<std::uint8_t>(i);
  }
  const Store store(leaves);
  const Digest three = digest("45c088d4d939e9971298811f227d1295eaad57bbafae55cd71c171e7de48c25d");
  const Digest five = *digest_from_base64("QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=");
  CHECK(make_root(3, store.reader()) == three);
  CHECK(make_root(5, store.reader()) == five);
  const std::vector<Digest> path = {
      leaves[2], leaves[3],
      digest("c2088815d65f60dbfa594d4e96504ab169cb6084bf0c132ab7c521fd2e0eba41"), leaves[4]};
  CHECK(make_consistency(3, 5, store.reader()) == path);
  CHECK(check_consistency(3, three, 5, five, path));
  CHECK(make_consistency(1, 3, store.reader()) == std::vector<Digest>{leaves[1], leaves[2]});
  CHECK(check_consistency(1, leaves[0], 3, three, {{leaves[1], leaves[2]}}));
}

TEST_CASE("nothing is claimed by size 0, and equal sizes need equal roots") {
  const Digest root = digest(test::kEightRoots[8]);
  const Digest other = digest(test::kEightRoots[7]);
  const std::vector<Digest> one(1);
  CHECK(check_consistency(0, empty_root(), 8, root, {}));
  CHECK_FALSE(check_consistency(0, empty_root(), 8, root, one));
  CHECK(check_consistency(8, root, 8, root, {}));
  CHECK_FALSE(check_consistency(8, root, 8, other, {}));
  CHECK_FALSE(check_consistency(8, root, 8, root, one));
  CHECK_FALSE(check_consistency(7, other, 8, root, {}));
  CHECK_FALSE(check_inclusion(empty_root(), 0, 0, {}, empty_root()));
}

TEST_CASE("all trees up to 70 leaves: paths are RFC 9162's, and they check") {
  const std::vector<Digest> all(numbered_leaves().begin(), numbered_leaves().begin() + 70);
  const Store store(all);
  for (std::size_t n = 1; n <= all.size(); ++n) {
    const auto leaves = std::span(all).first(n);
    const Digest root = test::slow_root(leaves);
    CHECK(make_root(n, store.reader()) == root);
    for (std::size_t m = 0; m < n; ++m) {
      const auto path = make_inclusion(m, n, store.reader());
      const bool ok =
          path == test::slow_inclusion(m, leaves) && check_inclusion(leaves[m], m, n, path, root);
      if (!ok) FAIL_CHECK("inclusion of " << m << " in " << n);
    }
    for (std::size_t m = 1; m <= n; ++m) {
      const auto path = make_consistency(m, n, store.reader());
      const Digest old_root = test::slow_root(leaves.first(m));
      const bool ok = path == test::slow_consistency(m, leaves) &&
                      check_consistency(m, old_root, n, root, path);
      if (!ok) FAIL_CHECK("consistency of " << m << " with " << n);
    }
  }
}

TEST_CASE("all trees up to 70 leaves: a path proves its own place only") {
  const std::vector<Digest> all(numbered_leaves().begin(), numbered_leaves().begin() + 70);
  const Store store(all);
  for (const std::size_t n : {1U, 2U, 3U, 7U, 8U, 21U, 64U, 65U, 70U}) {
    const Digest root = make_root(n, store.reader());
    for (std::size_t m = 0; m < n; ++m) {
      const auto path = make_inclusion(m, n, store.reader());
      for (std::size_t other = 0; other <= n; ++other) {
        if (check_inclusion(all[m], other, n, path, root) != (other == m)) {
          FAIL_CHECK("leaf " << m << " passes for " << other << " of " << n);
        }
      }
    }
  }
}

TEST_CASE("the paths of a tree of 70000 entries are those of a second implementation") {
  const SubtreeRoot reader = numbered_store().reader();
  const auto& leaves = numbered_leaves();
  const Digest root = digest("1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e");
  CHECK(make_root(70'000, reader) == root);

  const auto last = make_inclusion(69'999, 70'000, reader);
  CHECK(last == digests({"ca80006a99dcb3aaba735ed55156b8cc9608007c46cca0f6378925335d47834b",
                         "910569ba19b6ff5c7d853fe73f85a013e34320acb711ebd0736b1e1728426df6",
                         "81126f262747c109c6b64308d462a06dcf1bae2f1a82a23b03e436038546b62e",
                         "e9ecbd75257e552872e9b748b8cd3ce175b9a424918fe662a8e8c2839d31bad5",
                         "8e750eec90fca12e4c70c4503c9c04a3cd9ba2b3e13198d2c2ff728e795d0f69",
                         "d1d47542acf80613a5e9f4d248fd9a1cd0bf39063795408b92febf287c50111c",
                         "697ab7922e297d589c2206488f0f384ed1a7c13a81cdd82ca7a7f958b9ebeda8",
                         "5b2d5b3a14bcc0eb59773594c3f6f7eae109f06177a41bb5e43afe947b6b92a3",
                         "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b"}));
  CHECK(check_inclusion(leaves[69'999], 69'999, 70'000, last, root));

  const auto middle = make_inclusion(12'345, 70'000, reader);
  CHECK(middle.size() == 17);
  CHECK(hash_of_path(middle) == "15e3537b4677d40e7f98553df49a1f00747bdfcd478b0592c64864516e6b1f91");
  CHECK(check_inclusion(leaves[12'345], 12'345, 70'000, middle, root));

  const auto grown = make_consistency(65'537, 70'000, reader);
  CHECK(grown.size() == 15);
  CHECK(hash_of_path(grown) == "922bd62cffc6d2c4bba42c338b4d76f3fcf1cb8b8dd3114ff0d8dd9dc7847b4f");
  CHECK(check_consistency(65'537, make_root(65'537, reader), 70'000, root, grown));
}

TEST_CASE("the path from 257 to 1000 entries is that of a second implementation") {
  const SubtreeRoot reader = numbered_store().reader();
  const auto path = make_consistency(257, 1000, reader);
  CHECK(path == digests({"42ae86a77cad11f2565e05cffb735f46025d40a379a52eba4209c26273138008",
                         "39b59f23a3c346ad2d70ab2924235c985e8635acbdc108f2b4b27dcfc481ae13",
                         "029b57e3bc09ae0f46e808d128c096dd3580e312e50650f4ca3c56b591f9207e",
                         "5e8c18d484ac185b81b4320a2406791257fe8c188aae84a9c3458f3c5c764a61",
                         "e87a797a2a551fcf67fac74809eafd116d3f80dadabac3b9d8097660ca78fe0b",
                         "841f42e5890b40d8c1a727e783a75b46aa165f0f9ebf3648f64c4be4284f6242",
                         "41564607532f0e0544f50e607d38a497d623dc3cf2e5c0c96055b182a5c6806d",
                         "ccf324ba54666cf18b05f26c8b66894c6b753e9837eb63dbbb3e6b7c87675d2e",
                         "456ab140ab5042a78af71371324b72bf0af18bc245e74e8749e035a46e9fe2ed",
                         "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1",
                         "e8c8269f310b4edc3cacc03b8b9002203a221993a24ad48bf5fc78f9361b33b4"}));
  CHECK(check_consistency(257, make_root(257, reader), 1000, make_root(1000, reader), path));
}

TEST_CASE("each hash is asked for once, and only hashes inside the tree") {
  const std::uint64_t size = 70;
  std::set<std::pair<unsigned, std::uint64_t>> asked;
  const SubtreeRoot counting = [&](unsigned level, std::uint64_t index) {
    CHECK(asked.insert({level, index}).second);
    CHECK(((index + 1) << level) <= size);
    return Digest{};
  };
  for (std::uint64_t m = 0; m < size; ++m) {
    asked.clear();
    (void)make_inclusion(m, size, counting);
    CHECK(asked.size() <= 8);
    asked.clear();
    (void)make_consistency(m, size, counting);
  }
}

TEST_CASE("paths for what is not in the tree are an error") {
  const SubtreeRoot none = [](unsigned, std::uint64_t) { return Digest{}; };
  const std::uint64_t huge = std::uint64_t{1} << 63;
  CHECK_THROWS_AS((void)make_inclusion(0, 0, none), Error);
  CHECK_THROWS_AS((void)make_inclusion(5, 5, none), Error);
  CHECK_THROWS_AS((void)make_inclusion(0, huge, none), Error);
  CHECK_THROWS_AS((void)make_consistency(6, 5, none), Error);
  CHECK_THROWS_AS((void)make_consistency(1, huge, none), Error);
  CHECK(make_consistency(0, 5, none).empty());
  CHECK(make_consistency(5, 5, none).empty());
  CHECK(make_inclusion(0, huge - 1, none).size() == 63);
  CHECK(make_inclusion(huge - 2, huge - 1, none).size() == 62);
}

// Every leaf the same, so that subtrees of any size are known: a tree too large to build.
class UniformTree {
 public:
  UniformTree() : levels_{leaf_hash("same")} {
    while (levels_.size() < 63) levels_.push_back(node_hash(levels_.back(), levels_.back()));
  }

  [[nodiscard]] const Digest& leaf() const { return levels_.front(); }

  [[nodiscard]] SubtreeRoot reader() const {
    return [this](unsigned level, std::uint64_t) { return levels_.at(level); };
  }

 private:
  std::vector<Digest> levels_;
};

TEST_CASE("the longest paths of the largest tree are made and accepted") {
  const UniformTree tree;
  const std::uint64_t size = kMaxTreeSize;
  const Digest root = make_root(size, tree.reader());
  std::size_t longest = 0;
  for (unsigned bit = 0; bit < 63; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t m : {power, power + 1, power - 1, size - power}) {
      CAPTURE(m);
      const auto inclusion = make_inclusion(m % size, size, tree.reader());
      CHECK(check_inclusion(tree.leaf(), m % size, size, inclusion, root));
      if (m == 0) continue;
      const auto path = make_consistency(m, size, tree.reader());
      CHECK(check_consistency(m, make_root(m, tree.reader()), size, root, path));
      longest = std::max(longest, path.size());
    }
  }
  CHECK(longest == 64);
}

TEST_CASE("a path that climbs past the root is refused, even if it ends in the root given") {
  const std::vector<Digest> leaves = test::eight_leaves();
  const Digest two = node_hash(leaves[0], leaves[1]);
  // Leaf 1 of the tree of two leaves, presented as the only leaf of a tree of one.
  CHECK(check_inclusion(leaves[1], 1, 2, {{leaves[0]}}, two));
  CHECK_FALSE(check_inclusion(leaves[1], 0, 1, {{leaves[0]}}, two));
  // The trees 1 -> 2, each put under the same left neighbour.
  const Digest neighbour = leaf_hash("neighbour");
  CHECK(check_consistency(1, leaves[0], 2, two, {{leaves[1]}}));
  CHECK_FALSE(
      check_consistency(1, leaves[0], 2, node_hash(neighbour, two), {{leaves[1], neighbour}}));
  CHECK_FALSE(check_consistency(1, node_hash(neighbour, leaves[0]), 2, node_hash(neighbour, two),
                                {{leaves[1], neighbour}}));
}

TEST_CASE("absurdly long paths are refused without hashing") {
  const std::vector<Digest> path(65);
  CHECK_FALSE(check_inclusion(Digest{}, 0, ~std::uint64_t{0}, path, Digest{}));
  CHECK_FALSE(check_consistency(1, Digest{}, ~std::uint64_t{0}, Digest{}, path));
}

}  // namespace
}  // namespace audit::proof
