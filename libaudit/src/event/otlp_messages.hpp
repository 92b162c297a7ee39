// event/otlp_messages.hpp - which messages of OTLP in protobuf hold which, and where their words are.
//
// Format   as event/otlp_wire.hpp
#pragma once

#include <cstdint>
#include <string_view>

namespace audit::event::otlp {

// What a field is.
enum class Message : std::uint8_t {
  unknown,   // no field of its message
  mistyped,  // a field of its message, but of another wire type
  number,
  bytes,
  id,  // of a trace or a span: bytes
  text,
  // A message of its own:
  request,
  resources,
  resource,
  scopes,
  scope,
  part,  // a span, a log record or a metric
  span,
  span_event,
  link,
  status,
  log,
  metric,
  number_points,  // the messages in which the points of a metric are
  histogram_points,
  exponential_points,
  summary_points,
  number_point,
  histogram_point,
  exponential_point,
  summary_point,
  key_value,
  any_value,
  array,
  map,
  count_,
};

// The field with this tag of a message. Lists of numbers and what has no words are not all known.
[[nodiscard]] Message member_of(Message message, std::uint32_t tag) noexcept;

// Which message a part is; unknown if nothing tells.
[[nodiscard]] Message message_of(std::string_view part) noexcept;

}  // namespace audit::event::otlp
