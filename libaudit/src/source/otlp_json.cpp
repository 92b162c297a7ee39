#include "source/otlp_json.hpp"

#include <optional>

#include "source/otlp_json_values.hpp"
#include "source/otlp_keys.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

bool is_dropped(std::string_view key) {
  return is_member(key, "droppedAttributesCount", "dropped_attributes_count") ||
         is_member(key, "droppedEventsCount", "dropped_events_count");
}

OtlpSpanEvent read_event(OtlpJsonValues& read, const JsonValue& object) {
  OtlpSpanEvent event;
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is_member(key, "timeUnixNano", "time_unix_nano")) {
      event.time = read.time(member);
    } else if (key == "name") {
      event.name = read.text(member);
    } else if (key == "attributes") {
      event.attributes = read.attributes(member);
    }
  });
  return event;
}

// The objects of a list, each read by `read_one`.
template <class T, class ReadOne>
std::span<const T> read_list(Arena& room, OtlpJsonValues& read, const JsonValue& list,
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

void read_status(OtlpJsonValues& read, const JsonValue& object, OtlpSpan& span) {
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
  OtlpJsonValues read(room, place);
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is_member(key, "traceId", "trace_id")) {
      span.trace = read.id(member, kTraceIdBytes);
    } else if (is_member(key, "spanId", "span_id")) {
      span.span = read.id(member, kSpanIdBytes);
    } else if (is_member(key, "parentSpanId", "parent_span_id")) {
      span.parent = read.id(member, kSpanIdBytes);
    } else if (key == "name") {
      span.name = read.text(member);
    } else if (key == "kind") {
      span.kind =
          read.enumeration(member, "SPAN_KIND_",
                           {"UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"});
    } else if (is_member(key, "startTimeUnixNano", "start_time_unix_nano")) {
      span.start = read.time(member);
    } else if (is_member(key, "endTimeUnixNano", "end_time_unix_nano")) {
      span.end = read.time(member);
    } else if (key == "attributes") {
      span.attributes = read.attributes(member);
    } else if (key == "events") {
      span.events = read_list<OtlpSpanEvent>(room, read, member, read_event);
    } else if (key == "status") {
      read_status(read, member, span);
    } else if (is_dropped(key)) {
      place.truncated |= read_integer(member).value_or(0) > 0;
    }
  });
  return span;
}

int read_severity(OtlpJsonValues& read, const JsonValue& member) {
  return read.enumeration(
      member, "SEVERITY_NUMBER_",
      {"UNSPECIFIED", "TRACE",  "TRACE2", "TRACE3", "TRACE4", "DEBUG",  "DEBUG2",
       "DEBUG3",      "DEBUG4", "INFO",   "INFO2",  "INFO3",  "INFO4",  "WARN",
       "WARN2",       "WARN3",  "WARN4",  "ERROR",  "ERROR2", "ERROR3", "ERROR4",
       "FATAL",       "FATAL2", "FATAL3", "FATAL4"});
}

OtlpLog read_log(Arena& room, const JsonValue& object, OtlpPlace& place) {
  OtlpLog log;
  OtlpJsonValues read(room, place);
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (is_member(key, "timeUnixNano", "time_unix_nano")) {
      log.time = read.time(member);
    } else if (is_member(key, "observedTimeUnixNano", "observed_time_unix_nano")) {
      log.observed = read.time(member);
    } else if (is_member(key, "severityNumber", "severity_number")) {
      log.severity = read_severity(read, member);
    } else if (is_member(key, "severityText", "severity_text")) {
      log.severity_text = read.text(member);
    } else if (is_member(key, "eventName", "event_name")) {
      log.event_name = read.text(member);
    } else if (key == "body") {
      log.body = read.any(member, 0);
    } else if (key == "attributes") {
      log.attributes = read.attributes(member);
    } else if (is_member(key, "traceId", "trace_id")) {
      log.trace = read.id(member, kTraceIdBytes);
    } else if (is_member(key, "spanId", "span_id")) {
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
      origin_.resource = OtlpJsonValues(around_, ignored).attributes(*attributes);
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
