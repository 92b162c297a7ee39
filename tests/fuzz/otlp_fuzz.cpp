// Any record: it is read as a request without harm, its parts are where they are said to be, and
// whoever looks at a part later finds the same words in it. The first byte says whether it is read as
// protobuf.
#include <cstdint>
#include <string>
#include <string_view>

#include "check_event.hpp"
#include "event/text.hpp"
#include "source/otlp.hpp"
#include "source/recognise.hpp"

using audit::fuzz::check;
using audit::source::OtlpReader;

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
  audit::fuzz::check_parts(record, events, audit::source::kMaxParts);
  (void)audit::source::shape_of(record);
  std::string text;
  audit::event::append_other_text(record, text);
  return 0;
}
