// audit/time.hpp - moments in UTC, to the nanosecond.
#pragma once

#include <audit/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace audit {

// Nanoseconds since 1970-01-01T00:00:00Z; reaches from 1677 to 2262.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

// [since, until); the default holds every moment.
struct TimeRange {
  Timestamp since = Timestamp::min();
  Timestamp until = Timestamp::max();
};

[[nodiscard]] inline std::int64_t nanoseconds(Timestamp time) noexcept {
  return time.time_since_epoch().count();
}

[[nodiscard]] inline Timestamp from_nanoseconds(std::int64_t ns) noexcept {
  return Timestamp(std::chrono::nanoseconds(ns));
}

// From `begin` to `end`; the longest span there is where it is longer than that (292 years).
[[nodiscard]] inline std::chrono::nanoseconds span_between(Timestamp begin,
                                                           Timestamp end) noexcept {
  std::int64_t span = 0;
  if (!__builtin_sub_overflow(nanoseconds(end), nanoseconds(begin), &span)) {
    return std::chrono::nanoseconds(span);
  }
  return end < begin ? std::chrono::nanoseconds::min() : std::chrono::nanoseconds::max();
}

// `span` after `begin`; where no moment is so late (or so early), the last (or first) there is.
[[nodiscard]] inline Timestamp moment_after(Timestamp begin,
                                            std::chrono::nanoseconds span) noexcept {
  std::int64_t end = 0;
  if (!__builtin_add_overflow(nanoseconds(begin), span.count(), &end)) return from_nanoseconds(end);
  return span.count() < 0 ? Timestamp::min() : Timestamp::max();
}

// RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second, the fewest that lose nothing:
// "2026-08-01T12:00:00.250Z".
[[nodiscard]] std::string to_rfc3339(Timestamp time);

// What people and logs write for one moment: RFC 3339 (a space for 'T' and a missing zone are
// accepted; no zone means UTC), or a date alone (its first moment).
// Leap seconds, 30 February and moments outside Timestamp's range are refused.
[[nodiscard]] Parsed<Timestamp> parse_timestamp(std::string_view text);

// What --since and --until take: parse_timestamp's forms, the seconds optional (10:00), `now`,
// `today`, `yesterday`, or a span before `now`: 90s, 90m, 36h, 7d, 2w, 1y (365 days). 3mo is none:
// months have no fixed length. A leading '-' before a span is allowed.
[[nodiscard]] Parsed<Timestamp> parse_time(std::string_view text, Timestamp now);

// A span of time alone, in nanoseconds: 90s, 90m, 36h, 7d, 2w, 7y (365 days each).
[[nodiscard]] Parsed<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace audit
