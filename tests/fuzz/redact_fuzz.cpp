// Any record: masking it does no harm; JSON stays JSON, protobuf keeps its length, and what was masked
// once is not masked again. The first byte says whether it is taken for protobuf.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "check.hpp"
#include "redact/redactor.hpp"

namespace {

using audit::base::JsonStatus;
using audit::fuzz::check;

bool is_json(JsonStatus status) {
  return status == JsonStatus::ok || status == JsonStatus::duplicate_key;
}

void check_json(audit::redact::Redactor& redactor, std::string_view record) {
  static audit::base::JsonReader reader;
  std::string out;
  audit::redact::Counts counts;
  const JsonStatus before = reader.parse(record);
  const bool found = redactor.redact(record, out, counts);
  check(found == !counts.empty(), "what was masked is counted");
  if (!found) return;
  check(out.find("[redacted:") != std::string::npos, "a marker stands there");
  if (is_json(before)) check(is_json(reader.parse(out)), "JSON stays JSON");
  if (audit::base::is_utf8(record)) check(audit::base::is_utf8(out), "UTF-8 stays UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  static audit::redact::Redactor redactor({"all", "word=z[a-c]+z", "line=^q.$"});
  const std::string_view record(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] != 'p') {
    check_json(redactor, record);
    return 0;
  }
  std::string out;
  audit::redact::Counts counts;
  if (redactor.redact_protobuf(record, out, counts)) {
    check(out.size() == record.size(), "protobuf keeps its length");
  }
  return 0;
}
