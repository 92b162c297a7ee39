// audit/field.hpp - the one table of what an event's envelope may say.
//
// Place     event -> everything: hashing, columns, queries, JSON and CSV names come from here
// Format    audit-events(5); the numbers are permanent and hashed (audit-ledger(5), "Envelope")
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace audit {

// The number of a field. Below 0x80; a new field takes the next free number.
enum class Field : std::uint8_t {
  // clang-format off
  type = 1, time, event_id, agent, agent_version, team, environment, region, user, session,
  trace, span, parent, step, links, request_id, correlation_id, model, provider, tool,
  tool_call_id, action, side_effect, resource, destination, status, error, duration_us, tokens_in,
  tokens_out, tokens_cache_read, tokens_cache_write, tokens_reasoning, cost_nano, policy, rule,
  rule_version, decision, requires_approval, approval, approver, approval_expires, reason, risk,
  risk_score, confidence, intent, purpose, basis, data_class, subject, payload_hash, shown_hash,
  prompt_hash, digest, format, source, position, part_of, flags, states, redactions, mapping,
  service, host, hold, currency, part_offset, part_index, record_end, set_by_user, schema,
  // clang-format on
};

inline constexpr std::size_t kFieldCount = 72;

enum class FieldType : std::uint8_t {
  text,     // UTF-8, never empty
  integer,  // int64
  boolean,  // int64 0 or 1
  time,     // int64 nanoseconds since 1970, UTC
  hash,     // 32 bytes, or text where the source gave something else
  list,     // texts, in the order given
};

struct FieldInfo {
  Field field;
  std::string_view name;  // column, query word, JSON key and CSV header
  FieldType type;
  bool own;           // committed on its own: can be hidden, disclosed or erased by itself
  bool from_content;  // taken from the payload: goes when the payload is erased
  bool from_program;  // only the program writes it; the same word in input is content
  std::int32_t unit;  // shown value = stored value / unit; 1 for most, 1'000'000 for shares
};

// The table itself; use fields() and info().
extern const std::array<FieldInfo, kFieldCount> kFieldTable;

// All fields, ascending by number: fields()[n - 1] has number n.
[[nodiscard]] inline std::span<const FieldInfo, kFieldCount> fields() noexcept {
  return kFieldTable;
}

[[nodiscard]] inline const FieldInfo& info(Field field) noexcept {
  return kFieldTable[static_cast<std::size_t>(field) - 1];
}

[[nodiscard]] inline std::string_view name_of(Field field) noexcept { return info(field).name; }

// The field with exactly this name, else nothing. ("cost" is a query word, not a field.)
[[nodiscard]] std::optional<Field> find_field(std::string_view name) noexcept;

// The nearest field name within edit distance 2, else empty: for "did you mean".
[[nodiscard]] std::string_view nearest_field(std::string_view name) noexcept;

// A set of fields, for readers that need only some.
class FieldSet {
 public:
  constexpr FieldSet() = default;

  constexpr FieldSet(std::initializer_list<Field> fields) {
    for (const Field field : fields) add(field);
  }

  [[nodiscard]] static constexpr FieldSet all() {
    FieldSet set;
    set.bits_ = {~std::uint64_t{0}, ~std::uint64_t{0}};
    return set;
  }

  constexpr void add(Field field) { bits_[index(field) >> 6] |= bit(field); }

  constexpr void add(const FieldSet& other) {
    bits_[0] |= other.bits_[0];
    bits_[1] |= other.bits_[1];
  }

  [[nodiscard]] constexpr bool has(Field field) const {
    return (bits_[index(field) >> 6] & bit(field)) != 0;
  }

 private:
  static constexpr std::size_t index(Field field) { return static_cast<std::size_t>(field); }

  static constexpr std::uint64_t bit(Field field) {
    return std::uint64_t{1} << (index(field) & 63);
  }

  std::array<std::uint64_t, 2> bits_{};
};

}  // namespace audit
