#include "proof/merkle.hpp"

#include <audit/error.hpp>

#include <cstring>

#include "crypto/sha256.hpp"

namespace audit {
namespace {

constexpr unsigned char kLeafPrefix = 0x00;
constexpr unsigned char kNodePrefix = 0x01;

}  // namespace

Digest leaf_hash(std::string_view entry) {
  crypto::Sha256& hasher = crypto::thread_sha256();
  // A ledger's leaf has 118 bytes: one update of a copy is cheaper than two updates.
  unsigned char small[1 + 160];
  if (entry.size() < sizeof small) {
    small[0] = kLeafPrefix;
    std::memcpy(small + 1, entry.data(), entry.size());
    return hasher.hash(small, 1 + entry.size());
  }
  hasher.update(&kLeafPrefix, 1);
  hasher.update(entry);
  return hasher.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  unsigned char bytes[1 + 2 * Digest::kSize];
  bytes[0] = kNodePrefix;
  std::memcpy(bytes + 1, left.bytes.data(), Digest::kSize);
  std::memcpy(bytes + 1 + Digest::kSize, right.bytes.data(), Digest::kSize);
  return crypto::thread_sha256().hash(bytes, sizeof bytes);
}

Digest empty_root() { return crypto::sha256({}); }

namespace proof {

CompactRange::CompactRange(std::uint64_t size, std::span<const Digest> roots)
    : size_(size), roots_(roots.begin(), roots.end()) {
  if (size > kMaxTreeSize || roots.size() != static_cast<std::size_t>(std::popcount(size))) {
    throw Error(ErrorCode::invalid_argument, "a tree of " + std::to_string(size) + " leaves has " +
                                                 std::to_string(std::popcount(size)) +
                                                 " perfect subtrees, got " +
                                                 std::to_string(roots.size()));
  }
}

Digest CompactRange::root() const {
  if (roots_.empty()) return empty_root();
  Digest root = roots_.back();
  for (std::size_t i = roots_.size() - 1; i-- > 0;) root = node_hash(roots_[i], root);
  return root;
}

Digest root_of(std::span<const Digest> leaves) {
  CompactRange range;
  for (const Digest& leaf : leaves) range.append(leaf);
  return range.root();
}

}  // namespace proof
}  // namespace audit
