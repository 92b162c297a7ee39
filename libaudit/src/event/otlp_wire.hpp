// event/otlp_wire.hpp - the messages of OTLP (OpenTelemetry protocol) in protobuf: field numbers, and
// what a bare span, log record or metric is known by.
//
// Format   opentelemetry-proto 1.x: trace/v1, logs/v1, metrics/v1, common/v1, resource/v1
#pragma once

#include <cstdint>
#include <string_view>

#include "base/protobuf.hpp"

namespace audit::event::otlp {

using enum base::WireType;

constexpr std::uint32_t tag(std::uint32_t field, base::WireType type) {
  return base::wire_tag(field, type);
}

// The three requests have the same frame: request 1 -> resource spans (logs, metrics) 1, 2 -> scope
// spans (...) 2 -> span (...).
namespace request {
inline constexpr std::uint32_t kResources = tag(1, bytes);
}

namespace resources {
inline constexpr std::uint32_t kResource = tag(1, bytes);
inline constexpr std::uint32_t kScopes = tag(2, bytes);
inline constexpr std::uint32_t kSchemaUrl = tag(3, bytes);
}  // namespace resources

namespace scopes {
inline constexpr std::uint32_t kScope = tag(1, bytes);
inline constexpr std::uint32_t kParts = tag(2, bytes);
inline constexpr std::uint32_t kSchemaUrl = tag(3, bytes);
}  // namespace scopes

namespace resource {
inline constexpr std::uint32_t kAttribute = tag(1, bytes);
}

namespace scope {
inline constexpr std::uint32_t kName = tag(1, bytes);
inline constexpr std::uint32_t kVersion = tag(2, bytes);
inline constexpr std::uint32_t kAttribute = tag(3, bytes);
}  // namespace scope

namespace span {
inline constexpr std::uint32_t kTraceId = tag(1, bytes);
inline constexpr std::uint32_t kSpanId = tag(2, bytes);
inline constexpr std::uint32_t kTraceState = tag(3, bytes);
inline constexpr std::uint32_t kParentSpanId = tag(4, bytes);
inline constexpr std::uint32_t kName = tag(5, bytes);
inline constexpr std::uint32_t kKind = tag(6, varint);
inline constexpr std::uint32_t kStart = tag(7, fixed64);
inline constexpr std::uint32_t kEnd = tag(8, fixed64);
inline constexpr std::uint32_t kAttribute = tag(9, bytes);
inline constexpr std::uint32_t kDroppedAttributes = tag(10, varint);
inline constexpr std::uint32_t kEvent = tag(11, bytes);
inline constexpr std::uint32_t kDroppedEvents = tag(12, varint);
inline constexpr std::uint32_t kLink = tag(13, bytes);
inline constexpr std::uint32_t kStatus = tag(15, bytes);
}  // namespace span

namespace span_event {
inline constexpr std::uint32_t kTime = tag(1, fixed64);
inline constexpr std::uint32_t kName = tag(2, bytes);
inline constexpr std::uint32_t kAttribute = tag(3, bytes);
}  // namespace span_event

namespace link {
inline constexpr std::uint32_t kTraceId = tag(1, bytes);
inline constexpr std::uint32_t kSpanId = tag(2, bytes);
inline constexpr std::uint32_t kTraceState = tag(3, bytes);
inline constexpr std::uint32_t kAttribute = tag(4, bytes);
}  // namespace link

namespace status {
inline constexpr std::uint32_t kMessage = tag(2, bytes);
inline constexpr std::uint32_t kCode = tag(3, varint);
}  // namespace status

namespace log {
inline constexpr std::uint32_t kTime = tag(1, fixed64);
inline constexpr std::uint32_t kSeverity = tag(2, varint);
inline constexpr std::uint32_t kSeverityText = tag(3, bytes);
inline constexpr std::uint32_t kBody = tag(5, bytes);
inline constexpr std::uint32_t kAttribute = tag(6, bytes);
inline constexpr std::uint32_t kDroppedAttributes = tag(7, varint);
inline constexpr std::uint32_t kFlags = tag(8, fixed32);
inline constexpr std::uint32_t kTraceId = tag(9, bytes);
inline constexpr std::uint32_t kSpanId = tag(10, bytes);
inline constexpr std::uint32_t kObserved = tag(11, fixed64);
inline constexpr std::uint32_t kEventName = tag(12, bytes);
}  // namespace log

namespace metric {
inline constexpr std::uint32_t kName = tag(1, bytes);
inline constexpr std::uint32_t kDescription = tag(2, bytes);
inline constexpr std::uint32_t kUnit = tag(3, bytes);
inline constexpr std::uint32_t kGauge = tag(5, bytes);
inline constexpr std::uint32_t kSum = tag(7, bytes);
inline constexpr std::uint32_t kHistogram = tag(9, bytes);
inline constexpr std::uint32_t kExponentialHistogram = tag(10, bytes);
inline constexpr std::uint32_t kSummary = tag(11, bytes);
inline constexpr std::uint32_t kPoint = tag(1, bytes);  // of all five
inline constexpr std::uint32_t kNumberAttribute = tag(7, bytes);
inline constexpr std::uint32_t kHistogramAttribute = tag(9, bytes);
inline constexpr std::uint32_t kExponentialAttribute = tag(1, bytes);
inline constexpr std::uint32_t kSummaryAttribute = tag(7, bytes);
}  // namespace metric

namespace key_value {
inline constexpr std::uint32_t kKey = tag(1, bytes);
inline constexpr std::uint32_t kValue = tag(2, bytes);
}  // namespace key_value

namespace any_value {
inline constexpr std::uint32_t kString = tag(1, bytes);
inline constexpr std::uint32_t kBool = tag(2, varint);
inline constexpr std::uint32_t kInt = tag(3, varint);
inline constexpr std::uint32_t kDouble = tag(4, fixed64);
inline constexpr std::uint32_t kArray = tag(5, bytes);
inline constexpr std::uint32_t kMap = tag(6, bytes);
inline constexpr std::uint32_t kBytes = tag(7, bytes);
inline constexpr std::uint32_t kElement =
    tag(1, bytes);  // of an array: any value; of a map: key value
}  // namespace any_value

// Values in values, at most; protobuf's own limit.
inline constexpr int kMaxValueDepth = 100;

enum class Signal : std::uint8_t { none, span, log, metric };

// What a message in the innermost list of a request is; none if nothing tells.
[[nodiscard]] Signal signal_of(std::string_view part) noexcept;

// True if bytes that begin like this may be a request in protobuf, and are no text.
//   head   the first few hundred bytes at least, or all
[[nodiscard]] bool may_be_request(std::string_view head) noexcept;

}  // namespace audit::event::otlp
