// Any JSON: as a record of whatever format it looks like, and of one that is forced. It is read
// without harm, its parts are where they are said to be, and whoever looks at a part later finds the
// same words in it. The first byte says which format is forced: 0 none, 255 one after the other.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check_event.hpp"
#include "source/record_reader.hpp"

namespace {

using Found = audit::source::RecordReader::Found;

constexpr std::size_t kMostParts = 64;

void check_record(std::string_view record, const audit::base::JsonReader& json,
                  const audit::source::Format* forced) {
  static audit::source::RecordReader reader;
  static audit::source::PartEvents events;
  const auto received = audit::from_nanoseconds(1'700'000'000'000'000'000);
  const Found found = reader.read(record, json, forced, true, kMostParts, received, true, events);
  if (found == Found::parts) audit::fuzz::check_parts(record, events, kMostParts);
  if (found == Found::one) audit::fuzz::check_envelope(events[0].envelope);
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
