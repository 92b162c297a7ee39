#include "source/otlp_json.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "source/otlp_keys.hpp"

namespace audit::source {

namespace {

using base::JsonNumber;
using base::JsonValue;

constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;
constexpr int kMaxValueDepth = 100;

// A member under either of its names.
bool is(std::string_view key, std::string_view camel, std::string_view snake) {
  return key == camel || key == snake;
}

std::optional<std::int64_t> whole_number(const JsonNumber& number) {
  switch (number.kind) {
    case JsonNumber::Kind::signed_integer:
      return number.i;
    case JsonNumber::Kind::unsigned_integer:
      return std::nullopt;
    case JsonNumber::Kind::real:
      break;
  }
  constexpr double kLimit = 9.2e18;
  if (std::fabs(number.d) > kLimit || number.d != std::floor(number.d)) return std::nullopt;
  return static_cast<std::int64_t>(number.d);
}

// An integer in any of the forms that exporters give it.
std::optional<std::int64_t> read_integer(const JsonValue& value) {
  if (value.kind() == JsonValue::Kind::number) return whole_number(value.number());
  if (value.kind() == JsonValue::Kind::string) {
    const std::string_view text = value.text();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }
  const auto low = value.member("low");
  const auto high = value.member("high");
  if (!low || !high || low->kind() != JsonValue::Kind::number ||
      high->kind() != JsonValue::Kind::number) {
    return std::nullopt;
  }
  const auto half = [](const JsonValue& part) {
    return static_cast<std::uint64_t>(whole_number(part.number()).value_or(0)) & 0xffffffff;
  };
  return static_cast<std::int64_t>(half(*high) << 32 | half(*low));
}

// Reads the values of one part; notes what was not as it should be.
class ValueReader {
 public:
  ValueReader(Arena& room, OtlpPlace& place) : room_(room), place_(place) {}

  std::string_view text(const JsonValue& value) {
    if (value.kind() != JsonValue::Kind::string && value.kind() != JsonValue::Kind::null) {
      place_.wrong_type = true;
    }
    return value.text();
  }

  std::int64_t time(const JsonValue& value) {
    const auto number = read_integer(value);
    const bool fits = number && *number >= 0;
    if (!fits && value.kind() != JsonValue::Kind::null && !value.text().empty()) {
      place_.wrong_type = true;
    }
    return fits ? *number : 0;
  }

  // The number of an enumeration, also from its name.
  int enumeration(const JsonValue& value, std::string_view prefix,
                  std::initializer_list<std::string_view> names) {
    if (const auto number = read_integer(value)) {
      return *number >= 0 && *number < 100 ? static_cast<int>(*number) : 0;
    }
    std::string_view name = value.text();
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    int number = 0;
    for (const std::string_view known : names) {
      if (name == known) return number;
      ++number;
    }
    place_.wrong_type |= value.kind() != JsonValue::Kind::null;
    return 0;
  }

  // An id of `bytes` bytes as lower-case hexadecimal; a text that is no id stays as it is.
  std::string_view id(const JsonValue& value, std::size_t bytes) {
    const std::string_view text = value.text();
    std::string hex;
    if (value.kind() == JsonValue::Kind::string) {
      if (base::from_hex(text)) {
        hex = base::to_lower_ascii(text);
      } else if (const auto decoded = base::from_base64(text);
                 decoded && decoded->size() == bytes) {
        hex = base::to_hex(*decoded);
      } else {
        hex = text;
        place_.wrong_type = true;
      }
    } else if (value.kind() != JsonValue::Kind::null) {
      hex = base::to_hex(byte_list(value));
      place_.wrong_type |= hex.size() != 2 * bytes;
    }
    return hex.find_first_not_of('0') == std::string::npos ? std::string_view() : room_.text(hex);
  }

  OtlpAttributes attributes(const JsonValue& list, int depth = 0) {
    std::size_t count = 0;
    list.for_elements([&](const JsonValue& element) { count += element.is_object(); });
    const std::span<OtlpAttribute> all = room_.list<OtlpAttribute>(grant(count));
    std::size_t next = 0;
    list.for_elements([&](const JsonValue& element) {
      if (!element.is_object()) return true;
      if (next == all.size()) return false;
      all[next++] = attribute(element, depth);
      return true;
    });
    return all;
  }

  OtlpValue any(const JsonValue& value, int depth) {
    if (!value.is_object()) return bare(value);
    OtlpValue read;
    value.for_members([&](std::string_view key, const JsonValue& member) {
      any_member(key, member, depth, read);
    });
    return read;
  }

  // How many of `count` values may be read.
  std::size_t grant(std::size_t count) {
    const std::size_t granted = std::min(count, left_);
    place_.too_large |= granted < count;
    left_ -= granted;
    return granted;
  }

 private:
  OtlpAttribute attribute(const JsonValue& object, int depth) {
    OtlpAttribute attribute;
    object.for_members([&](std::string_view key, const JsonValue& member) {
      if (key == "key") attribute.key = text(member);
      if (key == "value") attribute.value = any(member, depth);
    });
    return attribute;
  }

  void any_member(std::string_view key, const JsonValue& member, int depth, OtlpValue& read) {
    if (is(key, "stringValue", "string_value")) {
      if (member.kind() == JsonValue::Kind::string) read = of_text(member.text());
    } else if (is(key, "boolValue", "bool_value")) {
      read = boolean(member);
    } else if (is(key, "intValue", "int_value")) {
      read = integer(member);
    } else if (is(key, "doubleValue", "double_value")) {
      read = real(member);
    } else if (is(key, "bytesValue", "bytes_value")) {
      read = bytes(member);
    } else if (is(key, "arrayValue", "array_value")) {
      read = array(member, depth + 1);
    } else if (is(key, "kvlistValue", "kvlist_value")) {
      read = map(member, depth + 1);
    }
  }

  // A value that stands there without saying of which type it is.
  OtlpValue bare(const JsonValue& value) {
    switch (value.kind()) {
      case JsonValue::Kind::string:
        return of_text(value.text());
      case JsonValue::Kind::boolean:
        return boolean(value);
      case JsonValue::Kind::number:
        return value.number().kind == JsonNumber::Kind::real ? real(value) : integer(value);
      default:
        return {};
    }
  }

  static OtlpValue of_text(std::string_view text) {
    OtlpValue read;
    read.kind = OtlpValue::Kind::text;
    read.text = text;
    return read;
  }

  OtlpValue boolean(const JsonValue& value) {
    OtlpValue read;
    const bool is_word = value.text() == "true" || value.text() == "false";
    if (value.kind() == JsonValue::Kind::boolean || is_word) {
      read.kind = OtlpValue::Kind::boolean;
      read.truth = is_word ? value.text() == "true" : value.truth();
    } else {
      place_.wrong_type |= value.kind() != JsonValue::Kind::null;
    }
    return read;
  }

  OtlpValue integer(const JsonValue& value) {
    OtlpValue read;
    if (const auto number = read_integer(value)) {
      read.kind = OtlpValue::Kind::integer;
      read.integer = *number;
    } else {
      place_.wrong_type |= value.kind() != JsonValue::Kind::null;
    }
    return read;
  }

  OtlpValue real(const JsonValue& value) {
    OtlpValue read;
    if (value.kind() == JsonValue::Kind::number) {
      read.kind = OtlpValue::Kind::real;
      read.real = value.number().d;
    } else if (value.kind() == JsonValue::Kind::string) {
      const std::string_view text = value.text();
      const auto end = std::from_chars(text.data(), text.data() + text.size(), read.real).ptr;
      const bool all = end == text.data() + text.size() && !text.empty();
      place_.wrong_type |= !all;
      if (all && std::isfinite(read.real)) read.kind = OtlpValue::Kind::real;
    }
    return read;
  }

  OtlpValue bytes(const JsonValue& value) {
    OtlpValue read;
    if (const auto decoded = base::from_base64(value.text())) {
      read.kind = OtlpValue::Kind::bytes;
      read.text = room_.text(*decoded);
    } else {
      place_.wrong_type = true;
    }
    return read;
  }

  // The member `values` of an array or a map; nothing where there are too many in each other.
  std::optional<JsonValue> values_of(const JsonValue& value, int depth) {
    place_.too_large |= depth > kMaxValueDepth;
    return depth > kMaxValueDepth ? std::nullopt : value.member("values");
  }

  OtlpValue array(const JsonValue& value, int depth) {
    OtlpValue read;
    read.kind = OtlpValue::Kind::array;
    const auto values = values_of(value, depth);
    if (!values) return read;
    std::size_t count = 0;
    values->for_elements([&](const JsonValue&) { ++count; });
    const std::span<OtlpValue> all = room_.list<OtlpValue>(grant(count));
    std::size_t next = 0;
    values->for_elements([&](const JsonValue& element) {
      if (next == all.size()) return false;
      all[next++] = any(element, depth);
      return true;
    });
    read.array = all;
    return read;
  }

  OtlpValue map(const JsonValue& value, int depth) {
    OtlpValue read;
    read.kind = OtlpValue::Kind::map;
    if (const auto values = values_of(value, depth)) read.map = attributes(*values, depth);
    return read;
  }

  // {"type":"Buffer","data":[1,2,3]}, as JavaScript prints bytes, or the list alone.
  static std::string byte_list(const JsonValue& value) {
    std::string bytes;
    const JsonValue list = value.member("data").value_or(value);
    list.for_elements([&](const JsonValue& element) {
      const auto number = read_integer(element);
      bytes.push_back(static_cast<char>(number.value_or(0)));
      return bytes.size() <= kTraceIdBytes;
    });
    return bytes;
  }

  Arena& room_;
  OtlpPlace& place_;
  std::size_t left_ = kMaxOtlpValues;
};

bool is_dropped(std::string_view key) {
  return is(key, "droppedAttributesCount", "dropped_attributes_count") ||
         is(key, "droppedEventsCount", "dropped_events_count");
}

OtlpSpanEvent read_event(ValueReader& read, const JsonValue& object) {
  OtlpSpanEvent event;
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is(key, "timeUnixNano", "time_unix_nano")) {
      event.time = read.time(member);
    } else if (key == "name") {
      event.name = read.text(member);
    } else if (key == "attributes") {
      event.attributes = read.attributes(member);
    }
  });
  return event;
}

OtlpLink read_link(ValueReader& read, const JsonValue& object) {
  OtlpLink link;
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is(key, "traceId", "trace_id")) link.trace = read.id(member, kTraceIdBytes);
    if (is(key, "spanId", "span_id")) link.span = read.id(member, kSpanIdBytes);
  });
  return link;
}

// The objects of a list, each read by `read_one`.
template <class T, class ReadOne>
std::span<const T> read_list(Arena& room, ValueReader& read, const JsonValue& list,
                             ReadOne read_one) {
  std::size_t count = 0;
  list.for_elements([&](const JsonValue& element) { count += element.is_object(); });
  const std::span<T> all = room.list<T>(read.grant(count));
  std::size_t next = 0;
  list.for_elements([&](const JsonValue& element) {
    if (!element.is_object()) return true;
    if (next == all.size()) return false;
    all[next++] = read_one(read, element);
    return true;
  });
  return all;
}

void read_status(ValueReader& read, const JsonValue& object, OtlpSpan& span) {
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (key == "message") span.status_message = read.text(member);
    if (key != "code") return;
    const int code = read.enumeration(member, "STATUS_CODE_", {"UNSET", "OK", "ERROR"});
    span.status = code == 1   ? OtlpSpan::Status::ok
                  : code == 2 ? OtlpSpan::Status::error
                              : OtlpSpan::Status::unset;
  });
}

OtlpSpan read_span(Arena& room, const JsonValue& object, OtlpPlace& place) {
  OtlpSpan span;
  ValueReader read(room, place);
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is(key, "traceId", "trace_id")) {
      span.trace = read.id(member, kTraceIdBytes);
    } else if (is(key, "spanId", "span_id")) {
      span.span = read.id(member, kSpanIdBytes);
    } else if (is(key, "parentSpanId", "parent_span_id")) {
      span.parent = read.id(member, kSpanIdBytes);
    } else if (key == "name") {
      span.name = read.text(member);
    } else if (key == "kind") {
      span.kind =
          read.enumeration(member, "SPAN_KIND_",
                           {"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"});
    } else if (is(key, "startTimeUnixNano", "start_time_unix_nano")) {
      span.start = read.time(member);
    } else if (is(key, "endTimeUnixNano", "end_time_unix_nano")) {
      span.end = read.time(member);
    } else if (key == "attributes") {
      span.attributes = read.attributes(member);
    } else if (key == "events") {
      span.events = read_list<OtlpSpanEvent>(room, read, member, read_event);
    } else if (key == "links") {
      span.links = read_list<OtlpLink>(room, read, member, read_link);
    } else if (key == "status") {
      read_status(read, member, span);
    } else if (is_dropped(key)) {
      place.truncated |= read_integer(member).value_or(0) > 0;
    }
  });
  return span;
}

int read_severity(ValueReader& read, const JsonValue& member) {
  return read.enumeration(
      member, "SEVERITY_NUMBER_",
      {"UNSPECIFIED", "TRACE",  "TRACE2", "TRACE3", "TRACE4", "DEBUG",  "DEBUG2",
       "DEBUG3",      "DEBUG4", "INFO",   "INFO2",  "INFO3",  "INFO4",  "WARN",
       "WARN2",       "WARN3",  "WARN4",  "ERROR",  "ERROR2", "ERROR3", "ERROR4",
       "FATAL",       "FATAL2", "FATAL3", "FATAL4"});
}

OtlpLog read_log(Arena& room, const JsonValue& object, OtlpPlace& place) {
  OtlpLog log;
  ValueReader read(room, place);
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is(key, "timeUnixNano", "time_unix_nano")) {
      log.time = read.time(member);
    } else if (is(key, "observedTimeUnixNano", "observed_time_unix_nano")) {
      log.observed = read.time(member);
    } else if (is(key, "severityNumber", "severity_number")) {
      log.severity = read_severity(read, member);
    } else if (is(key, "severityText", "severity_text")) {
      log.severity_text = read.text(member);
    } else if (is(key, "eventName", "event_name")) {
      log.event_name = read.text(member);
    } else if (key == "body") {
      log.body = read.any(member, 0);
    } else if (key == "attributes") {
      log.attributes = read.attributes(member);
    } else if (is(key, "traceId", "trace_id")) {
      log.trace = read.id(member, kTraceIdBytes);
    } else if (is(key, "spanId", "span_id")) {
      log.span = read.id(member, kSpanIdBytes);
    } else if (is_dropped(key)) {
      place.truncated |= read_integer(member).value_or(0) > 0;
    }
  });
  return log;
}

}  // namespace

bool OtlpJsonReader::read(std::string_view record, const base::JsonReader& reader, std::size_t most,
                          OtlpSink& sink) {
  bool is_request = false;
  const JsonValue root = reader.root();
  root.for_members([&](std::string_view key, const JsonValue&) {
    is_request = otlp_list(key) != OtlpList::none;
    return !is_request;
  });
  if (!is_request) return false;
  ranges_ = find_otlp_ranges(record);
  next_ = 0;
  has_too_many_ = ranges_.size() > most;
  if (has_too_many_) return true;
  root.for_members([&](std::string_view key, const JsonValue& member) {
    const OtlpList list = otlp_list(key);
    if (list != OtlpList::span_resources && list != OtlpList::log_resources) return;
    member.for_elements([&](const JsonValue& resources) {
      read_resources(sink, resources, list == OtlpList::log_resources);
    });
  });
  return true;
}

void OtlpJsonReader::read_resources(OtlpSink& sink, const JsonValue& resources, bool logs) {
  if (!resources.is_object()) return;
  around_.clear();
  origin_ = {};
  OtlpPlace ignored;
  if (const auto resource = resources.member("resource")) {
    if (const auto attributes = resource->member("attributes")) {
      origin_.resource = ValueReader(around_, ignored).attributes(*attributes);
    }
  }
  const OtlpList list = logs ? OtlpList::log_resources : OtlpList::span_resources;
  resources.for_members([&](std::string_view key, const JsonValue& member) {
    if (!is_otlp_scopes(list, key)) return;
    member.for_elements([&](const JsonValue& scopes) { read_scopes(sink, scopes, logs); });
  });
}

void OtlpJsonReader::read_scopes(OtlpSink& sink, const JsonValue& scopes, bool logs) {
  if (!scopes.is_object()) return;
  origin_.scope = {};
  for (const std::string_view name :
       {"scope", "instrumentationLibrary", "instrumentation_library"}) {
    const auto scope = scopes.member(name);
    if (!scope) continue;
    if (const auto named = scope->member("name")) origin_.scope = named->text();
  }
  sink.origin(origin_);
  const OtlpList list = logs ? OtlpList::log_resources : OtlpList::span_resources;
  scopes.for_members([&](std::string_view key, const JsonValue& member) {
    if (!is_otlp_parts(list, key)) return;
    member.for_elements([&](const JsonValue& part) {
      if (part.is_object()) read_part(sink, part, logs);
    });
  });
}

void OtlpJsonReader::read_part(OtlpSink& sink, const JsonValue& part, bool log) {
  if (next_ == ranges_.size()) return;
  const OtlpRange range = ranges_[next_++];
  OtlpPlace place{range.offset, range.length};
  room_.clear();
  part_ = &part;
  if (log) {
    sink.log(read_log(room_, part, place), place);
  } else {
    sink.span(read_span(room_, part, place), place);
  }
}

}  // namespace audit::source
