// otlp_encode.hpp - a request of OTLP in JSON as the same request in protobuf: slow and obvious.
//
// Written from the field numbers of opentelemetry-proto, and from nothing in libaudit that reads
// protobuf. Takes what the fixtures have: camelCase, hexadecimal ids, decimal strings.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/json.hpp"

namespace audit::test {

class OtlpEncoder {
 public:
  // The request; whatever it is, traces, logs or metrics.
  static std::string encode(std::string_view json) {
    base::JsonReader reader;
    if (reader.parse(json) != base::JsonStatus::ok) std::abort();
    std::string out;
    const Value root = reader.root();
    for (const char* const signal : {"resourceSpans", "resourceLogs", "resourceMetrics"}) {
      each(root, signal,
           [&](const Value& resources) { message(out, 1, encode_resources(resources)); });
    }
    return out;
  }

 private:
  using Value = base::JsonValue;

  static void varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
  }

  static void message(std::string& out, unsigned field, const std::string& bytes) {
    varint(out, field << 3 | 2);
    varint(out, bytes.size());
    out += bytes;
  }

  static void number(std::string& out, unsigned field, std::uint64_t value) {
    varint(out, field << 3);
    varint(out, value);
  }

  static void fixed64(std::string& out, unsigned field, std::uint64_t value) {
    varint(out, field << 3 | 1);
    for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> (8 * i));
  }

  template <class Visit>
  static void each(const Value& object, std::string_view list, Visit visit) {
    if (const auto member = object.member(list)) member->for_elements(visit);
  }

  static void text(std::string& out, unsigned field, const Value& object, std::string_view name) {
    const auto member = object.member(name);
    if (member && !member->text().empty()) message(out, field, std::string(member->text()));
  }

  static void id(std::string& out, unsigned field, const Value& object, std::string_view name) {
    const auto member = object.member(name);
    if (member && !member->text().empty()) message(out, field, *base::from_hex(member->text()));
  }

  static std::uint64_t integer(const Value& value) {
    if (value.kind() == Value::Kind::number) return static_cast<std::uint64_t>(value.number().i);
    return static_cast<std::uint64_t>(std::strtoll(std::string(value.text()).c_str(), nullptr, 10));
  }

  static void time(std::string& out, unsigned field, const Value& object, std::string_view name) {
    if (const auto member = object.member(name)) fixed64(out, field, integer(*member));
  }

  static void enumeration(std::string& out, unsigned field, const Value& object,
                          std::string_view name) {
    if (const auto member = object.member(name)) number(out, field, integer(*member));
  }

  static std::string encode_value(const Value& value) {
    std::string out;
    value.for_members([&](std::string_view type, const Value& is) {
      if (type == "stringValue") message(out, 1, std::string(is.text()));
      if (type == "boolValue") number(out, 2, is.truth() ? 1 : 0);
      if (type == "intValue") number(out, 3, integer(is));
      if (type == "doubleValue") fixed64(out, 4, std::bit_cast<std::uint64_t>(is.number().d));
      if (type == "arrayValue") {
        std::string list;
        each(is, "values", [&](const Value& element) { message(list, 1, encode_value(element)); });
        message(out, 5, list);
      }
      if (type == "kvlistValue") {
        std::string map;
        each(is, "values", [&](const Value& member) { message(map, 1, encode_attribute(member)); });
        message(out, 6, map);
      }
    });
    return out;
  }

  static std::string encode_attribute(const Value& attribute) {
    std::string out;
    text(out, 1, attribute, "key");
    if (const auto value = attribute.member("value")) message(out, 2, encode_value(*value));
    return out;
  }

  static void attributes(std::string& out, unsigned field, const Value& object) {
    each(object, "attributes",
         [&](const Value& attribute) { message(out, field, encode_attribute(attribute)); });
  }

  static std::string encode_span(const Value& span) {
    std::string out;
    id(out, 1, span, "traceId");
    id(out, 2, span, "spanId");
    id(out, 4, span, "parentSpanId");
    text(out, 5, span, "name");
    enumeration(out, 6, span, "kind");
    time(out, 7, span, "startTimeUnixNano");
    time(out, 8, span, "endTimeUnixNano");
    attributes(out, 9, span);
    enumeration(out, 10, span, "droppedAttributesCount");
    each(span, "events", [&](const Value& event) {
      std::string bytes;
      time(bytes, 1, event, "timeUnixNano");
      text(bytes, 2, event, "name");
      attributes(bytes, 3, event);
      message(out, 11, bytes);
    });
    if (const auto status = span.member("status")) {
      std::string bytes;
      text(bytes, 2, *status, "message");
      enumeration(bytes, 3, *status, "code");
      message(out, 15, bytes);
    }
    return out;
  }

  static std::string encode_log(const Value& log) {
    std::string out;
    time(out, 1, log, "timeUnixNano");
    time(out, 11, log, "observedTimeUnixNano");
    enumeration(out, 2, log, "severityNumber");
    text(out, 3, log, "severityText");
    if (const auto body = log.member("body")) message(out, 5, encode_value(*body));
    attributes(out, 6, log);
    id(out, 9, log, "traceId");
    id(out, 10, log, "spanId");
    text(out, 12, log, "eventName");
    return out;
  }

  static std::string encode_metric(const Value& metric) {
    std::string out;
    text(out, 1, metric, "name");
    if (const auto sum = metric.member("sum")) {
      std::string points;
      each(*sum, "dataPoints", [&](const Value& point) {
        std::string bytes;
        time(bytes, 3, point, "timeUnixNano");
        time(bytes, 6, point, "asInt");
        message(points, 1, bytes);
      });
      message(out, 7, points);
    }
    return out;
  }

  static std::string encode_scopes(const Value& scopes) {
    std::string out;
    if (const auto scope = scopes.member("scope")) {
      std::string bytes;
      text(bytes, 1, *scope, "name");
      message(out, 1, bytes);
    }
    each(scopes, "spans", [&](const Value& span) { message(out, 2, encode_span(span)); });
    each(scopes, "logRecords", [&](const Value& log) { message(out, 2, encode_log(log)); });
    each(scopes, "metrics", [&](const Value& metric) { message(out, 2, encode_metric(metric)); });
    return out;
  }

  static std::string encode_resources(const Value& resources) {
    std::string out;
    if (const auto resource = resources.member("resource")) {
      std::string bytes;
      attributes(bytes, 1, *resource);
      message(out, 1, bytes);
    }
    for (const char* const list : {"scopeSpans", "scopeLogs", "scopeMetrics"}) {
      each(resources, list, [&](const Value& scopes) { message(out, 2, encode_scopes(scopes)); });
    }
    return out;
  }
};

}  // namespace audit::test
