// source/otlp_model.hpp - spans and log records of OTLP, whichever encoding they came in.
//
// All are views: texts and lists live until the reader goes on to the next part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace audit::source {

struct OtlpAttribute;

// AnyValue: what an attribute or a body holds.
struct OtlpValue {
  enum class Kind : std::uint8_t { null, text, boolean, integer, real, bytes, array, map };

  Kind kind = Kind::null;
  bool truth = false;
  std::int64_t integer = 0;
  double real = 0;        // never NaN nor infinite: those are null
  std::string_view text;  // UTF-8; of kind bytes: any bytes
  std::span<const OtlpValue> array;
  std::span<const OtlpAttribute> map;
};

struct OtlpAttribute {
  std::string_view key;
  OtlpValue value;
};

using OtlpAttributes = std::span<const OtlpAttribute>;

// Times are nanoseconds since 1970; 0 means absent. Ids are lower-case hexadecimal; empty if absent,
// invalid or all zero.
struct OtlpSpanEvent {
  std::int64_t time = 0;
  std::string_view name;
  OtlpAttributes attributes;
};

struct OtlpSpan {
  enum class Status : std::uint8_t { unset, ok, error };

  std::string_view trace;
  std::string_view span;
  std::string_view parent;
  std::string_view name;
  int kind = 0;  // 1 internal, 2 server, 3 client, 4 producer, 5 consumer
  std::int64_t start = 0;
  std::int64_t end = 0;
  OtlpAttributes attributes;
  std::span<const OtlpSpanEvent> events;
  Status status = Status::unset;
  std::string_view status_message;
};

struct OtlpLog {
  std::int64_t time = 0;
  std::int64_t observed = 0;
  int severity = 0;  // 1 to 24, errors from 17; 0 if absent
  std::string_view severity_text;
  std::string_view event_name;
  OtlpValue body;
  OtlpAttributes attributes;
  std::string_view trace;
  std::string_view span;
};

// What stands around the spans or log records: who sent them, and what made them.
struct OtlpOrigin {
  OtlpAttributes resource;
  std::string_view scope;
};

// Where a span or log record stands in its record, and how it was read.
struct OtlpPlace {
  std::size_t offset = 0;
  std::size_t length = 0;
  bool bad_utf8 = false;    // a text was not UTF-8; what is handed out is repaired
  bool wrong_type = false;  // a value was not of the type its field has; it counts as absent
  bool too_large = false;   // it has more values than are read
  bool truncated = false;   // its producer says that it left something out
};

// Told of the parts of a record in the order of their bytes.
class OtlpSink {
 public:
  virtual ~OtlpSink() = default;
  // Before the parts it is about; lives until the next call of the same.
  virtual void origin(const OtlpOrigin& origin) = 0;
  virtual void span(const OtlpSpan& span, const OtlpPlace& place) = 0;
  virtual void log(const OtlpLog& log, const OtlpPlace& place) = 0;
};

// Values that are read of one part at most; the rest is content.
inline constexpr std::size_t kMaxOtlpValues = 65'536;

}  // namespace audit::source
