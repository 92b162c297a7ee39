// rule/seen.hpp - an entry as rules see it: what it says, when it was, and which group it belongs to.
#pragma once

#include <audit/digest.hpp>
#include <audit/event.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rule/set.hpp"
#include "rule/window.hpp"

namespace audit::rule {

// An entry, as far as rules look at it.
struct Seen {
  const Envelope& envelope;
  std::string_view payload;
  bool has_payload = true;
  std::uint64_t seq = 0;
  std::int64_t received = 0;
  Digest hash;
  bool is_live = false;  // it came as it happened, so that its receipt tells when, too
};

// When it happened, in nanoseconds. What says it is later than its receipt is not believed, or one
// such event would put all that follow into the past.
[[nodiscard]] std::int64_t when_of(const Seen& entry);

// Without its event id if that is very long.
[[nodiscard]] Named named(const Seen& entry);

// Whose an event is and where it belongs: what an entry about it says of it.
void copy_where(const Envelope& from, Envelope& to);
[[nodiscard]] Envelope where_of(const Envelope& envelope);

// The values an entry has in some fields, a very long one as its digest; false if one is not there.
[[nodiscard]] bool values_of(const Fields& fields, const Envelope& envelope,
                             std::vector<std::string>& values);

// One text for a group of values, and another for every other group.
[[nodiscard]] std::string key_of(const std::vector<std::string>& values);

// The last moment there is where the sum is beyond it.
[[nodiscard]] std::int64_t plus(std::int64_t time, std::chrono::nanoseconds span);

[[nodiscard]] bool is_apart_more_than(std::chrono::nanoseconds span, std::int64_t a,
                                      std::int64_t b);

}  // namespace audit::rule
