#include "event/leaf.hpp"

#include "base/bytes.hpp"
#include "event/domains.hpp"

namespace audit::event {
namespace {

static_assert(kLeafBytes == kEntryVersion.size() + 8 + 8 + 3 * Digest::kSize);

}  // namespace

std::string encode_leaf(const Leaf& leaf) {
  std::string bytes(kEntryVersion);
  bytes.reserve(kLeafBytes);
  base::put_be64(bytes, leaf.seq);
  base::put_be64(bytes, static_cast<std::uint64_t>(leaf.received));
  bytes += base::bytes_of(leaf.previous);
  bytes += base::bytes_of(leaf.envelope);
  bytes += base::bytes_of(leaf.payload);
  return bytes;
}

std::optional<Leaf> decode_leaf(std::string_view bytes) noexcept {
  if (bytes.size() != kLeafBytes || !bytes.starts_with(kEntryVersion)) return std::nullopt;
  const auto take = [&bytes](std::size_t count) {
    const std::string_view front = bytes.substr(0, count);
    bytes.remove_prefix(count);
    return front;
  };
  (void)take(kEntryVersion.size());
  Leaf leaf;
  leaf.seq = base::load_be64(take(8).data());
  leaf.received = static_cast<std::int64_t>(base::load_be64(take(8).data()));
  leaf.previous = *base::digest_from_bytes(take(Digest::kSize));
  leaf.envelope = *base::digest_from_bytes(take(Digest::kSize));
  leaf.payload = *base::digest_from_bytes(take(Digest::kSize));
  return leaf;
}

}  // namespace audit::event
