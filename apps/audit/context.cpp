#include "context.hpp"

#include <audit/error.hpp>

#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace audit::cli {

std::string Context::variable(const char* name) const {
  const char* value = environment(name);
  return value == nullptr ? std::string() : std::string(value);
}

Timestamp Context::document_time() const {
  const std::string text = variable("SOURCE_DATE_EPOCH");
  if (text.empty()) return clock();
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kLast = INT64_MAX / 1'000'000'000;
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kLast) {
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("SOURCE_DATE_EPOCH is '{}', want a number of seconds since 1970", text));
  }
  return from_nanoseconds(seconds * 1'000'000'000);
}

}  // namespace audit::cli
