// Any record: it is read as a request without harm, its parts are where they are said to be, and
// whoever looks at a part later finds the same words in it. The first byte says whether it is read as
// protobuf.
#include <audit/event.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "check.hpp"
#include "event/commitment.hpp"
#include "event/text.hpp"
#include "source/otlp.hpp"
#include "source/recognise.hpp"

namespace {

using audit::fuzz::check;
using audit::source::OtlpEvent;
using audit::source::OtlpReader;

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

void check_part(std::string_view record, const OtlpEvent& event, std::string_view text) {
  static audit::base::JsonReader reader;
  check(event.length <= record.size() && event.offset <= record.size() - event.length,
        "a part is in the record");
  std::string found;
  audit::event::append_payload_text(reader, record.substr(event.offset, event.length), found);
  check(text.substr(event.text_begin, event.text_end - event.text_begin) == found,
        "the words of a part are those of its bytes");
}

void check_events(std::string_view record, audit::source::OtlpEvents& events) {
  std::size_t behind = 0;
  std::size_t part = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const OtlpEvent& event = events[i];
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
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static OtlpReader reader;
  static audit::source::OtlpEvents events;
  const bool protobuf = data[0] == 'p';
  const std::string_view record(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto received = audit::from_nanoseconds(1'700'000'000'000'000'000);
  const OtlpReader::Found found = protobuf
                                      ? reader.read_protobuf(record, received, true, events)
                                      : reader.read_json(record, false, received, true, events);
  check((found == OtlpReader::Found::parts) == (events.size() > 0), "parts are what was found");
  check_events(record, events);
  (void)audit::source::shape_of(record);
  std::string text;
  audit::event::append_other_text(record, text);
  return 0;
}
