#include "event/otlp_messages.hpp"

#include <array>
#include <cstddef>

#include "event/otlp_wire.hpp"

namespace audit::event::otlp {

namespace {

struct Member {
  Message of;
  std::uint32_t tag;
  Message is;
};

constexpr Member kMembers[] = {
    {Message::request, request::kResources, Message::resources},
    {Message::resources, resources::kResource, Message::resource},
    {Message::resources, resources::kScopes, Message::scopes},
    {Message::resources, resources::kSchemaUrl, Message::text},
    {Message::scopes, scopes::kScope, Message::scope},
    {Message::scopes, scopes::kParts, Message::part},
    {Message::scopes, scopes::kSchemaUrl, Message::text},
    {Message::resource, resource::kAttribute, Message::key_value},
    {Message::scope, scope::kName, Message::text},
    {Message::scope, scope::kVersion, Message::text},
    {Message::scope, scope::kAttribute, Message::key_value},

    {Message::span, span::kTraceId, Message::id},
    {Message::span, span::kSpanId, Message::id},
    {Message::span, span::kTraceState, Message::text},
    {Message::span, span::kParentSpanId, Message::id},
    {Message::span, span::kName, Message::text},
    {Message::span, span::kKind, Message::number},
    {Message::span, span::kStart, Message::number},
    {Message::span, span::kEnd, Message::number},
    {Message::span, span::kAttribute, Message::key_value},
    {Message::span, span::kDroppedAttributes, Message::number},
    {Message::span, span::kEvent, Message::span_event},
    {Message::span, span::kLink, Message::link},
    {Message::span, span::kStatus, Message::status},
    {Message::span_event, span_event::kTime, Message::number},
    {Message::span_event, span_event::kName, Message::text},
    {Message::span_event, span_event::kAttribute, Message::key_value},
    {Message::link, link::kTraceId, Message::id},
    {Message::link, link::kSpanId, Message::id},
    {Message::link, link::kTraceState, Message::text},
    {Message::link, link::kAttribute, Message::key_value},
    {Message::status, status::kMessage, Message::text},
    {Message::status, status::kCode, Message::number},

    {Message::log, log::kTime, Message::number},
    {Message::log, log::kSeverity, Message::number},
    {Message::log, log::kSeverityText, Message::text},
    {Message::log, log::kBody, Message::any_value},
    {Message::log, log::kAttribute, Message::key_value},
    {Message::log, log::kDroppedAttributes, Message::number},
    {Message::log, log::kFlags, Message::number},
    {Message::log, log::kTraceId, Message::id},
    {Message::log, log::kSpanId, Message::id},
    {Message::log, log::kObserved, Message::number},
    {Message::log, log::kEventName, Message::text},

    {Message::metric, metric::kName, Message::text},
    {Message::metric, metric::kDescription, Message::text},
    {Message::metric, metric::kUnit, Message::text},
    {Message::metric, metric::kGauge, Message::number_points},
    {Message::metric, metric::kSum, Message::number_points},
    {Message::metric, metric::kHistogram, Message::histogram_points},
    {Message::metric, metric::kExponentialHistogram, Message::exponential_points},
    {Message::metric, metric::kSummary, Message::summary_points},
    {Message::number_points, metric::kPoint, Message::number_point},
    {Message::number_point, metric::kNumberAttribute, Message::key_value},
    {Message::histogram_points, metric::kPoint, Message::histogram_point},
    {Message::histogram_point, metric::kHistogramAttribute, Message::key_value},
    {Message::exponential_points, metric::kPoint, Message::exponential_point},
    {Message::exponential_point, metric::kExponentialAttribute, Message::key_value},
    {Message::summary_points, metric::kPoint, Message::summary_point},
    {Message::summary_point, metric::kSummaryAttribute, Message::key_value},

    {Message::key_value, key_value::kKey, Message::text},
    {Message::key_value, key_value::kValue, Message::any_value},
    {Message::any_value, any_value::kString, Message::text},
    {Message::any_value, any_value::kBool, Message::number},
    {Message::any_value, any_value::kInt, Message::number},
    {Message::any_value, any_value::kDouble, Message::number},
    {Message::any_value, any_value::kArray, Message::array},
    {Message::any_value, any_value::kMap, Message::map},
    {Message::any_value, any_value::kBytes, Message::bytes},
    {Message::array, any_value::kElement, Message::any_value},
    {Message::map, any_value::kElement, Message::key_value},
};

// Every field that is known has a tag of one byte.
constexpr std::size_t kTags = 128;
using Row = std::array<Message, kTags>;

constexpr auto kTable = [] {
  std::array<Row, static_cast<std::size_t>(Message::count_)> table{};
  for (const Member& member : kMembers) {
    Row& row = table[static_cast<std::size_t>(member.of)];
    for (std::uint32_t tag = member.tag & ~7U; tag <= (member.tag | 7U); ++tag) {
      if (row[tag] == Message::unknown) row[tag] = Message::mistyped;
    }
    row[member.tag] = member.is;
  }
  return table;
}();

}  // namespace

Message member_of(Message message, std::uint32_t tag) noexcept {
  return tag < kTags ? kTable[static_cast<std::size_t>(message)][tag] : Message::unknown;
}

Message message_of(std::string_view part) noexcept {
  switch (signal_of(part)) {
    case Signal::span:
      return Message::span;
    case Signal::log:
      return Message::log;
    case Signal::metric:
      return Message::metric;
    case Signal::none:
      break;
  }
  return Message::unknown;
}

}  // namespace audit::event::otlp
