// audit/event.hpp - one thing an agent did: an envelope of fields and the bytes it came as.
//
// Place     source -> [event] -> ledger
// Threads   plain values; one thread at a time per object
#pragma once

#include <audit/digest.hpp>
#include <audit/field.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// The longest text one field may hold, in bytes; longer ones stay in the payload only.
inline constexpr std::size_t kMaxFieldBytes = 64 * 1024;

// How a value is stored and hashed (audit-ledger(5), "Envelope"): a hash field may hold text.
enum class ValueKind : std::uint8_t { text = 1, integer = 2, hash = 3 };

// The envelope: the fields of one event, ascending by number, absent ones not listed.
// A list field appears once per element, in the order given.
class Envelope {
 public:
  // One value. `text` views the envelope's own bytes (for kind text and hash) and lives until the
  // envelope is changed or destroyed; `number` is set for kind integer.
  struct Value {
    Field field;
    ValueKind kind;
    std::int64_t number;
    std::string_view text;
  };

  // Sets a field, replacing what it held. An empty text means absent and is not stored.
  // For a list field set_text appends one element.
  //   requires  text is valid UTF-8 of at most kMaxFieldBytes; the type fits the field
  void set_text(Field field, std::string_view text);
  void set_number(Field field, std::int64_t number);
  void set_hash(Field field, const Digest& digest);
  void erase(Field field);
  void clear() noexcept;

  [[nodiscard]] bool has(Field field) const noexcept;
  // The first value of the field as text, else empty.
  [[nodiscard]] std::string_view text(Field field) const noexcept;
  [[nodiscard]] std::optional<std::int64_t> number(Field field) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

  [[nodiscard]] bool empty() const noexcept { return slots_.empty(); }

  // The i-th value, ascending by field number.  requires i < size()
  [[nodiscard]] Value at(std::size_t i) const noexcept {
    const Slot& slot = slots_[i];
    const auto field = static_cast<Field>(slot.field);
    if (slot.kind == ValueKind::integer) return {field, slot.kind, slot.value, {}};
    return {field, slot.kind, 0, {text_.data() + slot.value, slot.length}};
  }

  // True when a list field holds this element.
  [[nodiscard]] bool contains(Field field, std::string_view element) const noexcept;

 private:
  struct Slot {
    std::uint8_t field;
    ValueKind kind;
    std::uint32_t length;  // bytes of text
    std::int64_t value;    // the number, or the offset of the text in text_
  };

  Slot& insert(Field field, ValueKind kind);
  [[nodiscard]] const Slot* find(Field field) const noexcept;

  std::vector<Slot> slots_;
  std::string text_;
};

// One event as a source hands it over. Ledger::append() stores every field as it is given, `type`,
// `status`, `decision` and the like too: queries look for the normal forms that audit-events(5)
// lists ("tool.call", "deny"), so give those. ingest_into() brings what logs write to these forms.
struct Event {
  Envelope envelope;
  std::string payload;      // the record's bytes exactly as they arrived, without its LF
  bool has_payload = true;  // false: there is none (not the same as an empty one)
};

}  // namespace audit
