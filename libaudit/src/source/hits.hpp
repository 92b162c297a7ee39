// source/hits.hpp - what a walk over one document has found so far, field by field.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/scalar.hpp"
#include "source/synonyms.hpp"

namespace audit::source {

// The best value of one field or hint.
struct Hit {
  enum class Form : std::uint8_t {
    text,
    number,
    digits,  // a number in a text field: `number` is its place in Hits::digits
    list,
  };

  Form form = Form::text;
  std::uint16_t rank = 0;
  std::int64_t number = 0;
  std::string_view text;  // of the document, or static
};

inline constexpr std::size_t kMaxTarget = 128;
static_assert(kTargetCount < kMaxTarget);

// The hits of one document. Cleared in no time: a bit says which hits count.
class Hits {
 public:
  void clear() {
    present_ = {};
    digits_.clear();
    list_.clear();
  }

  [[nodiscard]] bool has(Target target) const {
    return (present_[target.number >> 6] >> (target.number & 63) & 1) != 0;
  }

  [[nodiscard]] const Hit* find(Target target) const {
    return has(target) ? &hits_[target.number] : nullptr;
  }

  void drop(Target target) {
    present_[target.number >> 6] &= ~(std::uint64_t{1} << (target.number & 63));
  }

  void set(Target target, const Hit& hit) {
    present_[target.number >> 6] |= std::uint64_t{1} << (target.number & 63);
    hits_[target.number] = hit;
  }

  void set_text(Target target, std::string_view text) {
    set(target, {Hit::Form::text, 0, 0, text});
  }

  void set_number(Target target, std::int64_t number) {
    set(target, {Hit::Form::number, 0, number, {}});
  }

  // The text of a hit, else empty.
  [[nodiscard]] std::string_view text(Target target) const {
    const Hit* hit = find(target);
    return hit == nullptr ? std::string_view() : text(*hit);
  }

  [[nodiscard]] std::string_view text(const Hit& hit) const {
    if (hit.form == Hit::Form::digits) return digits_[static_cast<std::size_t>(hit.number)].text();
    return hit.text;
  }

  [[nodiscard]] std::optional<std::int64_t> number(Target target) const {
    const Hit* hit = find(target);
    if (hit == nullptr || hit->form != Hit::Form::number) return std::nullopt;
    return hit->number;
  }

  [[nodiscard]] Hit digits(const base::JsonNumber& number) {
    digits_.emplace_back(number);
    return {Hit::Form::digits, 0, static_cast<std::int64_t>(digits_.size() - 1), {}};
  }

  // The elements of `links`, the only list that is read from input.
  [[nodiscard]] std::vector<Hit>& list() { return list_; }

  [[nodiscard]] const std::vector<Hit>& list() const { return list_; }

  // Calls visit(Field, const Hit&) for fields in [first, last], ascending. Hints are no fields.
  template <class Visit>
  void for_fields(std::size_t first, std::size_t last, Visit&& visit) const {
    for (std::size_t word = first >> 6; word <= last >> 6; ++word) {
      std::uint64_t bits = present_[word];
      if (word == first >> 6) bits &= ~std::uint64_t{0} << (first & 63);
      if (word == last >> 6 && (last & 63) != 63) bits &= (std::uint64_t{2} << (last & 63)) - 1;
      for (; bits != 0; bits &= bits - 1) {
        const std::size_t number = word * 64 + static_cast<std::size_t>(__builtin_ctzll(bits));
        visit(static_cast<Field>(number), hits_[number]);
      }
    }
  }

 private:
  std::array<std::uint64_t, kMaxTarget / 64> present_{};
  std::array<Hit, kTargetCount + 1> hits_;
  std::vector<NumberText> digits_;
  std::vector<Hit> list_;
};

}  // namespace audit::source
