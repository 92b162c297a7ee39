#include "schema/pattern.hpp"

#include <cstdint>
#include <utility>

#include <re2/re2.h>

namespace audit::schema {

namespace {

// A pattern may take so much memory; a larger one is refused.
constexpr std::int64_t kPatternBytes = std::int64_t{1} << 20;

RE2::Options options() {
  RE2::Options options;
  options.set_max_mem(kPatternBytes);
  options.set_log_errors(false);
  options.set_never_capture(true);
  return options;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// \uXXXX of ECMA 262 is \x{XXXX} here; all else that both know is spelled the same.
std::string in_words_of_re2(std::string_view text) {
  constexpr std::size_t kDigits = 4;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const std::string_view digits = text.substr(i + 2 <= text.size() ? i + 2 : i, kDigits);
    bool is_code = text[i + 1] == 'u' && digits.size() == kDigits;
    for (const char c : digits) is_code = is_code && is_hex(c);
    if (is_code) {
      out.append("\\x{").append(digits).push_back('}');
      i += 1 + kDigits;
    } else {
      out.append(text.substr(i, 2));
      ++i;
    }
  }
  return out;
}

}  // namespace

struct Pattern::Impl {
  explicit Impl(std::string_view given) : text(given), re(in_words_of_re2(given), options()) {}

  std::string text;
  RE2 re;
};

tl::expected<Pattern, std::string> Pattern::compile(std::string_view text) {
  auto impl = std::make_shared<const Impl>(text);
  if (!impl->re.ok()) return tl::make_unexpected(impl->re.error());
  return Pattern(std::move(impl));
}

bool Pattern::fits(std::string_view text) const {
  return impl_->re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                         RE2::UNANCHORED, nullptr, 0);
}

std::size_t Pattern::cost(std::string_view text) const noexcept {
  constexpr std::size_t kBytesAStep = 64;
  const auto size = static_cast<std::size_t>(impl_->re.ProgramSize());
  return 1 + text.size() * (1 + size / 4) / kBytesAStep;
}

const std::string& Pattern::text() const noexcept { return impl_->text; }

}  // namespace audit::schema
