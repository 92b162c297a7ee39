// Any JSON: as a record of whatever format it looks like, and of one that is forced. It is read
// without harm, its parts are where they are said to be, and whoever looks at a part later finds the
// same words in it. The first byte says which format is forced: 0 none, 255 one after the other.
#include <audit/event.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "check.hpp"
#include "event/commitment.hpp"
#include "event/text.hpp"
#include "source/record_reader.hpp"

namespace {

using audit::fuzz::check;
using audit::source::PartEvent;
using Found = audit::source::RecordReader::Found;

constexpr std::size_t kMostParts = 64;

void check_envelope(const audit::Envelope& envelope) {
  check(envelope.has(audit::Field::type), "every event has a type");
  const std::string_view type = envelope.text(audit::Field::type);
  check(type != "sys" && !type.starts_with("sys."), "no event is a system entry");
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const audit::Envelope::Value value = envelope.at(i);
    if (value.kind != audit::ValueKind::text) continue;
    check(!value.text.empty() && value.text.size() <= audit::kMaxFieldBytes,
          "texts have their length");
    check(audit::base::is_utf8(value.text), "fields are UTF-8");
  }
  (void)audit::event::Committer().envelope(envelope, audit::event::Salt{});
}

void check_part(std::string_view record, const PartEvent& event, std::string_view text) {
  static audit::base::JsonReader reader;
  check(event.length <= record.size() && event.offset <= record.size() - event.length,
        "a part is in the record");
  std::string found;
  audit::event::append_payload_text(reader, record.substr(event.offset, event.length), found);
  check(text.substr(event.text_begin, event.text_end - event.text_begin) == found,
        "the words of a part are those of its bytes");
}

void check_parts(std::string_view record, audit::source::PartEvents& events) {
  std::size_t behind = 0;
  std::size_t part = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const PartEvent& event = events[i];
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
  check(part <= kMostParts, "parts are as many as were wanted");
}

void check_record(std::string_view record, const audit::base::JsonReader& json,
                  const audit::source::Format* forced) {
  static audit::source::RecordReader reader;
  static audit::source::PartEvents events;
  const auto received = audit::from_nanoseconds(1'700'000'000'000'000'000);
  const Found found = reader.read(record, json, forced, true, kMostParts, received, true, events);
  if (found == Found::parts) check_parts(record, events);
  if (found == Found::one) check_envelope(events[0].envelope);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint8_t kAll = 255;
  if (size < 1) return 0;
  static audit::base::JsonReader json;
  const auto formats = audit::source::formats();
  const std::string_view record(reinterpret_cast<const char*>(data + 1), size - 1);
  if (json.parse(record) != audit::base::JsonStatus::ok) return 0;
  if (data[0] == kAll) {
    for (const audit::source::Format& format : formats) check_record(record, json, &format);
  }
  const std::size_t number = data[0] == kAll ? 0 : data[0] % (formats.size() + 1);
  check_record(record, json, number == 0 ? nullptr : &formats[number - 1]);
  return 0;
}
