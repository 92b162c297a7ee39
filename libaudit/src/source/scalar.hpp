// source/scalar.hpp - one JSON value that is not an object or array, read as what a field needs.
//
// Numbers are read exactly: a decimal text or a double goes through its shortest decimal form,
// never through binary arithmetic. Texts that say "nothing" (empty, null, N/A, none, unknown, ...)
// are absent wherever a number, a time or a word of a list is wanted.
#pragma once

#include <audit/digest.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/json.hpp"

namespace audit::source {

// A view: what it shows lives elsewhere.
struct Scalar {
  enum class Kind : std::uint8_t { text, number, boolean } kind;
  bool truth = false;
  std::string_view text = {};
  const base::JsonNumber* number = nullptr;  // set for kind number
};

// What came of reading one: a value, nothing (the source says there is none), or a fault.
enum class Found : std::uint8_t { value, nothing, fault };

struct FoundNumber {
  Found found;
  std::int64_t value;
};

// True for what people write where there is nothing: "", null, none, N/A, unknown, -, ...
[[nodiscard]] bool says_nothing(std::string_view text) noexcept;

// True for what stands in place of content that a producer was told not to record: [REDACTED], ...
[[nodiscard]] bool is_withheld(std::string_view text) noexcept;

// A whole number of 0 or more; -1 is nothing.
[[nodiscard]] FoundNumber read_integer(const Scalar& scalar) noexcept;

// 1 or 0 for true, "true", "yes", 1 and their opposites.
[[nodiscard]] FoundNumber read_boolean(const Scalar& scalar) noexcept;

// What read_time() gives for a moment later than any field can hold.
inline constexpr std::int64_t kBeyondTime = std::numeric_limits<std::int64_t>::max();

// Nanoseconds since 1970: a text parse_timestamp takes, or an epoch in s, ms, us or ns by its size.
// 0 and dates in year 1 are nothing.
[[nodiscard]] FoundNumber read_time(const Scalar& scalar);

// A number of 0 or more times 10^shift, rounded to the nearest, halves up; -1 is nothing.
//   requires  shift in [-18, 18]
[[nodiscard]] FoundNumber read_scaled(const Scalar& scalar, int shift) noexcept;

// Microseconds of "350ms", "1.5 s", "2m". A number without a unit is a fault.
[[nodiscard]] FoundNumber read_duration(const Scalar& scalar) noexcept;

// Billionths of a decimal, which may be negative, but -1 is nothing.
[[nodiscard]] FoundNumber read_money(const Scalar& scalar) noexcept;

// Millionths of a number in [0, 1] or of "85%".
[[nodiscard]] FoundNumber read_share(const Scalar& scalar) noexcept;

// 64 hexadecimal digits, alone or behind "sha256:".
[[nodiscard]] std::optional<Digest> read_hash(std::string_view text) noexcept;

// A decimal such as -12.5e3 times 10^shift, rounded to the nearest, halves away from zero; nothing
// if it is no decimal or does not fit.
[[nodiscard]] std::optional<std::int64_t> scale_decimal(std::string_view text, int shift) noexcept;

// The digits of a number: integers as they are, others in their shortest form.
class NumberText {
 public:
  explicit NumberText(const base::JsonNumber& number) noexcept;

  [[nodiscard]] std::string_view text() const noexcept { return {digits_.data(), length_}; }

 private:
  std::array<char, 32> digits_;
  std::size_t length_;
};

}  // namespace audit::source
