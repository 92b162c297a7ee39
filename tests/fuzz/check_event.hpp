// check_event.hpp - what holds of every event, whatever was read.
#pragma once

#include <audit/event.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "check.hpp"
#include "event/commitment.hpp"
#include "event/text.hpp"
#include "source/part_events.hpp"

namespace audit::fuzz {

// It says what it is, is none of the ledger's own, and can be stored.
inline void check_envelope(const Envelope& envelope) {
  check(envelope.has(Field::type), "every event has a type");
  const std::string_view type = envelope.text(Field::type);
  check(type != "sys" && !type.starts_with("sys."), "no event is a system entry");
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.kind != ValueKind::text) continue;
    check(!value.text.empty() && value.text.size() <= kMaxFieldBytes, "texts have their length");
    check(base::is_utf8(value.text), "fields are UTF-8");
  }
  (void)event::Committer().envelope(envelope, event::Salt{});
}

// Its bytes are in the record, and whoever looks at them later finds the same words.
inline void check_part(std::string_view record, const source::PartEvent& event,
                       std::string_view text) {
  static base::JsonReader reader;
  check(event.length <= record.size() && event.offset <= record.size() - event.length,
        "a part is in the record");
  std::string found;
  event::append_payload_text(reader, record.substr(event.offset, event.length), found);
  check(text.substr(event.text_begin, event.text_end - event.text_begin) == found,
        "the words of a part are those of its bytes");
}

//   most   parts that were wanted at most
inline void check_parts(std::string_view record, source::PartEvents& events, std::size_t most) {
  std::size_t behind = 0;
  std::size_t part = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const source::PartEvent& event = events[i];
    check_envelope(event.envelope);
    check(i > 0 || event.has_bytes, "the first event has bytes");
    if (!event.has_bytes) {
      check(event.part + 1 == part, "what is told by a part follows it");
      continue;
    }
    check(event.part == part++, "parts are counted");
    check(event.offset >= behind, "parts do not overlap");
    behind = event.offset + event.length;
    check_part(record, event, events.text);
  }
  check(part <= most, "parts are as many as were wanted");
}

}  // namespace audit::fuzz
