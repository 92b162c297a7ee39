#include "erasure/copies.hpp"

#include <bit>
#include <utility>

#include "crypto/random.hpp"

namespace audit::erasure {

namespace {

// A shorter text is no evidence that something was sent twice.
constexpr std::size_t kShortest = 24;

// Odd and large: the hash of bytes is the sum of each times powers of it, modulo 2^64.
constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15U;

std::uint64_t value_of(char c) { return std::uint64_t{static_cast<unsigned char>(c)} + 1; }

// The hash of so many bytes, moving along a text by one at a time.
class Rolling {
 public:
  Rolling(std::string_view text, std::size_t bytes) : text_(text), bytes_(bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
      hash_ = hash_ * kBase + value_of(text[i]);
      if (i > 0) first_ *= kBase;
    }
  }

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  // False at the end.
  [[nodiscard]] bool move() noexcept {
    if (at_ + bytes_ == text_.size()) return false;
    hash_ = (hash_ - value_of(text_[at_]) * first_) * kBase + value_of(text_[at_ + bytes_]);
    ++at_;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t bytes_;
  std::size_t at_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t first_ = 1;  // what the first byte counts
};

}  // namespace

Copies::Copies() { crypto::random_bytes(&key_, sizeof key_); }

void Copies::add(std::string_view text, std::uint64_t id) {
  if (text.size() < kShortest) return;
  const std::size_t bytes = std::bit_floor(text.size());
  Alike& alike = beginnings_[bytes][Rolling(text, bytes).hash()];
  alike[text.size()].emplace(crypto::siphash(key_, text), id);
}

void Copies::find_in(std::string_view text, const std::function<void(std::uint64_t)>& found) const {
  for (const auto& [bytes, known] : beginnings_) {
    if (text.size() < bytes) return;
    std::unordered_map<std::uint64_t, Alike>
        left;  // of those that were met: what was not found yet
    Rolling rolling(text, bytes);
    do {
      const auto begins = known.find(rolling.hash());
      if (begins == known.end()) continue;
      Alike& alike = left.try_emplace(begins->first, begins->second).first->second;
      find_alike(text.substr(rolling.at()), alike, found);
    } while (rolling.move());
  }
}

// Takes those away that stand at the beginning of `text`.
void Copies::find_alike(std::string_view text, Alike& alike,
                        const std::function<void(std::uint64_t)>& found) const {
  for (auto& [length, ids] : alike) {
    if (length > text.size()) break;
    const auto [first, last] = ids.equal_range(crypto::siphash(key_, text.substr(0, length)));
    for (auto id = first; id != last; ++id) found(id->second);
    ids.erase(first, last);
  }
  std::erase_if(alike, [](const auto& one) { return one.second.empty(); });
}

}  // namespace audit::erasure
