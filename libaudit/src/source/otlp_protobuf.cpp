#include "source/otlp_protobuf.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace audit::source {

namespace {

using base::WireReader;
namespace otlp = event::otlp;

// Steps through the fields of a message and calls take(reader) for each; false if it is none, or if
// take() says so.
template <class Take>
bool each_field(std::string_view message, Take&& take) {
  WireReader reader(message);
  while (reader.next()) {
    if (!take(reader)) return false;
  }
  return !reader.failed();
}

// How many fields of a message have this tag. A message that is none is noticed later.
std::size_t count_fields(std::string_view message, std::uint32_t tag) {
  std::size_t count = 0;
  WireReader reader(message);
  while (reader.next()) count += reader.tag() == tag;
  return count;
}

// A field that is known, but of another type: the bytes are of some other message.
bool is_mistyped(const WireReader& reader, std::initializer_list<std::uint32_t> known) {
  return std::any_of(known.begin(), known.end(), [&](std::uint32_t tag) {
    return tag >> 3 == reader.field() && tag != reader.tag();
  });
}

// Reads the values of one part. Every read_ returns false if the bytes are no such message.
class ValueReader {
 public:
  ValueReader(Arena& room, OtlpPlace& place) : room_(room), place_(place) {}

  std::string_view text(std::string_view bytes) {
    if (base::is_utf8(bytes)) return bytes;
    place_.bad_utf8 = true;
    return room_.text(base::repair_utf8(bytes));
  }

  std::string_view id(std::string_view bytes) {
    const bool all_zero = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
    return all_zero ? std::string_view() : room_.text(base::to_hex(bytes));
  }

  std::int64_t time(std::uint64_t nanoseconds) {
    const bool fits = nanoseconds <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    place_.wrong_type |= !fits;
    return fits ? static_cast<std::int64_t>(nanoseconds) : 0;
  }

  static int enumeration(std::uint64_t number) {
    return number < 100 ? static_cast<int>(number) : 0;
  }

  // How many of `count` values may be read.
  std::size_t grant(std::size_t count) {
    const std::size_t granted = std::min(count, left_);
    place_.too_large |= granted < count;
    left_ -= granted;
    return granted;
  }

  // The attributes of a message, which are the fields with this tag.
  bool read_attributes(std::string_view message, std::uint32_t tag, int depth,
                       OtlpAttributes& attributes) {
    const std::span<OtlpAttribute> all =
        room_.list<OtlpAttribute>(grant(count_fields(message, tag)));
    attributes = all;
    std::size_t next = 0;
    return each_field(message, [&](const WireReader& field) {
      if (field.tag() != tag) return field.field() != tag >> 3;
      if (next == all.size()) return true;
      return read_attribute(field.bytes(), depth, all[next++]);
    });
  }

  bool read_any(std::string_view message, int depth, OtlpValue& value) {
    return each_field(message, [&](const WireReader& field) {
      if (is_mistyped(field,
                      {otlp::any_value::kString, otlp::any_value::kBool, otlp::any_value::kInt,
                       otlp::any_value::kDouble, otlp::any_value::kArray, otlp::any_value::kMap,
                       otlp::any_value::kBytes})) {
        return false;
      }
      return read_member(field, depth, value);
    });
  }

  // The messages in the fields with this tag, each read by `read_one`.
  template <class T, class ReadOne>
  bool read_list(std::string_view message, std::uint32_t tag, std::span<const T>& list,
                 ReadOne read_one) {
    const std::span<T> all = room_.list<T>(grant(count_fields(message, tag)));
    list = all;
    std::size_t next = 0;
    return each_field(message, [&](const WireReader& field) {
      if (field.tag() != tag || next == all.size()) return true;
      return read_one(field.bytes(), all[next++]);
    });
  }

 private:
  bool read_attribute(std::string_view message, int depth, OtlpAttribute& attribute) {
    return each_field(message, [&](const WireReader& field) {
      switch (field.tag()) {
        case otlp::key_value::kKey:
          attribute.key = text(field.bytes());
          return true;
        case otlp::key_value::kValue:
          return read_any(field.bytes(), depth, attribute.value);
        default:
          return !is_mistyped(field, {otlp::key_value::kKey, otlp::key_value::kValue});
      }
    });
  }

  // One member of the oneof: the last one counts.
  bool read_member(const WireReader& field, int depth, OtlpValue& value) {
    OtlpValue read;
    bool sound = true;
    switch (field.tag()) {
      case otlp::any_value::kString:
        read.kind = OtlpValue::Kind::text;
        read.text = text(field.bytes());
        break;
      case otlp::any_value::kBool:
        read.kind = OtlpValue::Kind::boolean;
        read.truth = field.number() != 0;
        break;
      case otlp::any_value::kInt:
        read.kind = OtlpValue::Kind::integer;
        read.integer = static_cast<std::int64_t>(field.number());
        break;
      case otlp::any_value::kDouble:
        read.real = std::bit_cast<double>(field.number());
        read.kind = std::isfinite(read.real) ? OtlpValue::Kind::real : OtlpValue::Kind::null;
        break;
      case otlp::any_value::kBytes:
        read.kind = OtlpValue::Kind::bytes;
        read.text = field.bytes();
        break;
      case otlp::any_value::kArray:
        sound = read_array(field.bytes(), depth + 1, read);
        break;
      case otlp::any_value::kMap:
        sound = read_map(field.bytes(), depth + 1, read);
        break;
      default:
        return true;
    }
    value = read;
    return sound;
  }

  bool is_too_deep(int depth) {
    place_.too_large |= depth > otlp::kMaxValueDepth;
    return depth > otlp::kMaxValueDepth;
  }

  bool read_array(std::string_view message, int depth, OtlpValue& value) {
    value.kind = OtlpValue::Kind::array;
    if (is_too_deep(depth)) return true;
    return read_list<OtlpValue>(
        message, otlp::any_value::kElement, value.array,
        [&](std::string_view element, OtlpValue& into) { return read_any(element, depth, into); });
  }

  bool read_map(std::string_view message, int depth, OtlpValue& value) {
    value.kind = OtlpValue::Kind::map;
    if (is_too_deep(depth)) return true;
    return read_attributes(message, otlp::any_value::kElement, depth, value.map);
  }

  Arena& room_;
  OtlpPlace& place_;
  std::size_t left_ = kMaxOtlpValues;
};

bool read_event(ValueReader& read, std::string_view message, OtlpSpanEvent& event) {
  return each_field(
             message,
             [&](const WireReader& field) {
               if (field.tag() == otlp::span_event::kTime) {
                 event.time = read.time(field.number());
               } else if (field.tag() == otlp::span_event::kName) {
                 event.name = read.text(field.bytes());
               }
               return !is_mistyped(field, {otlp::span_event::kTime, otlp::span_event::kName});
             }) &&
         read.read_attributes(message, otlp::span_event::kAttribute, 0, event.attributes);
}

bool read_status(ValueReader& read, std::string_view message, OtlpSpan& span) {
  return each_field(message, [&](const WireReader& field) {
    if (field.tag() == otlp::status::kMessage) {
      span.status_message = read.text(field.bytes());
    } else if (field.tag() == otlp::status::kCode) {
      span.status = field.number() == 1   ? OtlpSpan::Status::ok
                    : field.number() == 2 ? OtlpSpan::Status::error
                                          : OtlpSpan::Status::unset;
    }
    return !is_mistyped(field, {otlp::status::kMessage, otlp::status::kCode});
  });
}

bool take_span_field(ValueReader& read, const WireReader& field, OtlpPlace& place, OtlpSpan& span) {
  switch (field.tag()) {
    case otlp::span::kTraceId:
      span.trace = read.id(field.bytes());
      return true;
    case otlp::span::kSpanId:
      span.span = read.id(field.bytes());
      return true;
    case otlp::span::kParentSpanId:
      span.parent = read.id(field.bytes());
      return true;
    case otlp::span::kName:
      span.name = read.text(field.bytes());
      return true;
    case otlp::span::kKind:
      span.kind = ValueReader::enumeration(field.number());
      return true;
    case otlp::span::kStart:
      span.start = read.time(field.number());
      return true;
    case otlp::span::kEnd:
      span.end = read.time(field.number());
      return true;
    case otlp::span::kStatus:
      return read_status(read, field.bytes(), span);
    case otlp::span::kDroppedAttributes:
    case otlp::span::kDroppedEvents:
      place.truncated |= field.number() > 0;
      return true;
    default:
      return !is_mistyped(
          field, {otlp::span::kTraceId, otlp::span::kSpanId, otlp::span::kTraceState,
                  otlp::span::kParentSpanId, otlp::span::kName, otlp::span::kKind,
                  otlp::span::kStart, otlp::span::kEnd, otlp::span::kAttribute, otlp::span::kEvent,
                  otlp::span::kLink, otlp::span::kStatus});
  }
}

bool read_span(Arena& room, std::string_view message, OtlpPlace& place, OtlpSpan& span) {
  ValueReader read(room, place);
  return each_field(
             message,
             [&](const WireReader& field) { return take_span_field(read, field, place, span); }) &&
         read.read_attributes(message, otlp::span::kAttribute, 0, span.attributes) &&
         read.read_list<OtlpSpanEvent>(message, otlp::span::kEvent, span.events,
                                       [&](std::string_view bytes, OtlpSpanEvent& event) {
                                         return read_event(read, bytes, event);
                                       });
}

bool take_log_field(ValueReader& read, const WireReader& field, OtlpPlace& place, OtlpLog& log) {
  switch (field.tag()) {
    case otlp::log::kTime:
      log.time = read.time(field.number());
      return true;
    case otlp::log::kObserved:
      log.observed = read.time(field.number());
      return true;
    case otlp::log::kSeverity:
      log.severity = ValueReader::enumeration(field.number());
      return true;
    case otlp::log::kSeverityText:
      log.severity_text = read.text(field.bytes());
      return true;
    case otlp::log::kBody:
      return read.read_any(field.bytes(), 0, log.body);
    case otlp::log::kTraceId:
      log.trace = read.id(field.bytes());
      return true;
    case otlp::log::kSpanId:
      log.span = read.id(field.bytes());
      return true;
    case otlp::log::kEventName:
      log.event_name = read.text(field.bytes());
      return true;
    case otlp::log::kDroppedAttributes:
      place.truncated |= field.number() > 0;
      return true;
    default:
      return !is_mistyped(field, {otlp::log::kTime, otlp::log::kObserved, otlp::log::kSeverity,
                                  otlp::log::kSeverityText, otlp::log::kBody, otlp::log::kAttribute,
                                  otlp::log::kTraceId, otlp::log::kSpanId, otlp::log::kEventName});
  }
}

bool read_log(Arena& room, std::string_view message, OtlpPlace& place, OtlpLog& log) {
  ValueReader read(room, place);
  return each_field(
             message,
             [&](const WireReader& field) { return take_log_field(read, field, place, log); }) &&
         read.read_attributes(message, otlp::log::kAttribute, 0, log.attributes);
}

}  // namespace

// Which kind of request it is, how many parts it has, and whether its frame is sound.
bool OtlpProtobufReader::survey(std::string_view record) {
  signal_ = otlp::Signal::none;
  count_ = 0;
  const auto scopes = [this](const WireReader& field) {
    if (field.tag() != otlp::scopes::kParts) {
      return !is_mistyped(field, {otlp::scopes::kParts, otlp::scopes::kScope});
    }
    ++count_;
    if (signal_ == otlp::Signal::none) signal_ = otlp::signal_of(field.bytes());
    return true;
  };
  const auto resources = [&](const WireReader& field) {
    if (field.tag() == otlp::resources::kScopes) return each_field(field.bytes(), scopes);
    return !is_mistyped(field, {otlp::resources::kScopes, otlp::resources::kResource});
  };
  return each_field(record, [&](const WireReader& field) {
    if (field.tag() == otlp::request::kResources) return each_field(field.bytes(), resources);
    return !is_mistyped(field, {otlp::request::kResources});
  });
}

OtlpProtobufReader::Found OtlpProtobufReader::read(std::string_view record, std::size_t most,
                                                   OtlpSink& sink) {
  if (!survey(record)) return Found::broken;
  if (signal_ == otlp::Signal::none || signal_ == otlp::Signal::metric) return Found::whole;
  if (count_ > most) return Found::too_many;
  begin_ = record.data();
  const bool sound = each_field(record, [&](const WireReader& field) {
    return field.tag() != otlp::request::kResources || read_resources(field.bytes(), sink);
  });
  return sound ? Found::parts : Found::broken;
}

bool OtlpProtobufReader::read_resources(std::string_view resources, OtlpSink& sink) {
  around_.clear();
  origin_ = {};
  OtlpPlace ignored;
  // It may stand behind what it is about, and be there in pieces.
  std::string pieces;
  (void)each_field(resources, [&](const WireReader& field) {
    if (field.tag() == otlp::resources::kResource) pieces.append(field.bytes());
    return true;
  });
  const std::string_view resource = around_.text(pieces);
  if (!ValueReader(around_, ignored)
           .read_attributes(resource, otlp::resource::kAttribute, 0, origin_.resource)) {
    return false;
  }
  return each_field(resources, [&](const WireReader& field) {
    return field.tag() != otlp::resources::kScopes || read_scopes(field.bytes(), sink);
  });
}

bool OtlpProtobufReader::read_scopes(std::string_view scopes, OtlpSink& sink) {
  origin_.scope = {};
  OtlpPlace ignored;
  ValueReader read(around_, ignored);
  const bool sound = each_field(scopes, [&](const WireReader& field) {
    if (field.tag() != otlp::scopes::kScope) return true;
    return each_field(field.bytes(), [&](const WireReader& member) {
      if (member.tag() == otlp::scope::kName) origin_.scope = read.text(member.bytes());
      return !is_mistyped(member, {otlp::scope::kName});
    });
  });
  if (!sound) return false;
  sink.origin(origin_);
  return each_field(scopes, [&](const WireReader& field) {
    return field.tag() != otlp::scopes::kParts || read_part(field.bytes(), sink);
  });
}

bool OtlpProtobufReader::read_part(std::string_view part, OtlpSink& sink) {
  part_ = part;
  room_.clear();
  OtlpPlace place{static_cast<std::size_t>(part.data() - begin_), part.size()};
  if (signal_ == otlp::Signal::log) {
    OtlpLog log;
    if (!read_log(room_, part, place, log)) return false;
    sink.log(log, place);
  } else {
    OtlpSpan span;
    if (!read_span(room_, part, place, span)) return false;
    sink.span(span, place);
  }
  return true;
}

}  // namespace audit::source
