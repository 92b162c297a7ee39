#include "event/otlp_text.hpp"

#include <algorithm>
#include <cstdint>

#include "event/otlp_wire.hpp"
#include "event/text.hpp"

namespace audit::event {

namespace {

using namespace otlp;

enum class Message : std::uint8_t {
  request,
  resources,
  scopes,
  part,  // a span, a log record or a metric
  resource,
  scope,
  span,
  span_event,
  link,
  status,
  log,
  metric,
  number_points,
  number_point,
  histogram,
  histogram_point,
  exponential,
  exponential_point,
  summary,
  summary_point,
  key_value,
  any_value,
  array,
  map,
  text,   // no message but a string
  other,  // no string: of this type, but without words
};

struct Rule {
  Message in;
  std::uint32_t tag;
  Message is;
};

constexpr Rule kRules[] = {
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

    {Message::span, span::kTraceId, Message::other},
    {Message::span, span::kSpanId, Message::other},
    {Message::span, span::kTraceState, Message::text},
    {Message::span, span::kParentSpanId, Message::other},
    {Message::span, span::kName, Message::text},
    {Message::span, span::kKind, Message::other},
    {Message::span, span::kStart, Message::other},
    {Message::span, span::kEnd, Message::other},
    {Message::span, span::kAttribute, Message::key_value},
    {Message::span, span::kDroppedAttributes, Message::other},
    {Message::span, span::kEvent, Message::span_event},
    {Message::span, span::kLink, Message::link},
    {Message::span, span::kStatus, Message::status},
    {Message::span_event, span_event::kTime, Message::other},
    {Message::span_event, span_event::kName, Message::text},
    {Message::span_event, span_event::kAttribute, Message::key_value},
    {Message::link, link::kTraceId, Message::other},
    {Message::link, link::kSpanId, Message::other},
    {Message::link, link::kTraceState, Message::text},
    {Message::link, link::kAttribute, Message::key_value},
    {Message::status, status::kMessage, Message::text},
    {Message::status, status::kCode, Message::other},

    {Message::log, log::kTime, Message::other},
    {Message::log, log::kSeverity, Message::other},
    {Message::log, log::kSeverityText, Message::text},
    {Message::log, log::kBody, Message::any_value},
    {Message::log, log::kAttribute, Message::key_value},
    {Message::log, log::kDroppedAttributes, Message::other},
    {Message::log, log::kFlags, Message::other},
    {Message::log, log::kTraceId, Message::other},
    {Message::log, log::kSpanId, Message::other},
    {Message::log, log::kObserved, Message::other},
    {Message::log, log::kEventName, Message::text},

    {Message::metric, metric::kName, Message::text},
    {Message::metric, metric::kDescription, Message::text},
    {Message::metric, metric::kUnit, Message::text},
    {Message::metric, metric::kGauge, Message::number_points},
    {Message::metric, metric::kSum, Message::number_points},
    {Message::metric, metric::kHistogram, Message::histogram},
    {Message::metric, metric::kExponentialHistogram, Message::exponential},
    {Message::metric, metric::kSummary, Message::summary},
    {Message::number_points, metric::kPoint, Message::number_point},
    {Message::number_point, metric::kNumberAttribute, Message::key_value},
    {Message::histogram, metric::kPoint, Message::histogram_point},
    {Message::histogram_point, metric::kHistogramAttribute, Message::key_value},
    {Message::exponential, metric::kPoint, Message::exponential_point},
    {Message::exponential_point, metric::kExponentialAttribute, Message::key_value},
    {Message::summary, metric::kPoint, Message::summary_point},
    {Message::summary_point, metric::kSummaryAttribute, Message::key_value},

    {Message::key_value, key_value::kKey, Message::text},
    {Message::key_value, key_value::kValue, Message::any_value},
    {Message::any_value, any_value::kString, Message::text},
    {Message::any_value, any_value::kBool, Message::other},
    {Message::any_value, any_value::kInt, Message::other},
    {Message::any_value, any_value::kDouble, Message::other},
    {Message::any_value, any_value::kArray, Message::array},
    {Message::any_value, any_value::kMap, Message::map},
    {Message::any_value, any_value::kBytes, Message::other},
    {Message::array, any_value::kElement, Message::any_value},
    {Message::map, any_value::kElement, Message::key_value},
};

// What a field is: nothing for one that is not known, which is skipped. A known field of another
// type is no field of this message.
const Rule* rule_of(Message message, std::uint32_t field_tag, bool& wrong) {
  for (const Rule& rule : kRules) {
    if (rule.in != message) continue;
    if (rule.tag == field_tag) return &rule;
    wrong |= rule.tag >> 3 == field_tag >> 3;
  }
  return nullptr;
}

Message message_of(Signal signal) {
  switch (signal) {
    case Signal::span:
      return Message::span;
    case Signal::log:
      return Message::log;
    case Signal::metric:
      return Message::metric;
    default:
      return Message::other;
  }
}

// Deeper than the messages of a request and the values in an attribute may be together.
constexpr int kMaxDepth = 2 * kMaxValueDepth + 16;

class TextWalk {
 public:
  explicit TextWalk(std::string& out) : out_(out) {}

  // All of a message; false if it is none.
  bool walk(Message message, std::string_view bytes, int depth = 0) {
    if (depth > kMaxDepth) return false;
    base::WireReader reader(bytes);
    while (reader.next()) {
      bool wrong = false;
      const Rule* rule = rule_of(message, reader.tag(), wrong);
      if (wrong) return false;
      if (rule != nullptr && !take(rule->is, reader.bytes(), depth)) return false;
    }
    return !reader.failed();
  }

  // A request from which the parts were taken: their lengths are still in it, and in those of the
  // messages around them.
  bool walk_carrier(std::string_view bytes) {
    rest_ = bytes;
    std::uint64_t left = UINT64_MAX;
    return walk_carrier(Message::request, left) && rest_.empty();
  }

 private:
  bool take(Message is, std::string_view bytes, int depth) {
    switch (is) {
      case Message::other:
        return true;
      case Message::text:
        out_.append(bytes).push_back(kTextBreak);
        return true;
      case Message::part:
        return walk(message_of(signal_of(bytes)), bytes, depth + 1);
      default:
        return walk(is, bytes, depth + 1);
    }
  }

  //   left   bytes of the message that are to come, cut ones included
  bool walk_carrier(Message message, std::uint64_t& left) {
    while (left > 0 && !rest_.empty()) {
      // A tag and the length behind it, as a message of their own.
      const std::size_t head = head_bytes();
      if (head == 0 || head > left) return false;
      const std::uint64_t length = length_;
      left -= head;
      rest_.remove_prefix(head);
      bool wrong = false;
      const Rule* rule = rule_of(message, tag_, wrong);
      if (rule == nullptr || wrong || length > left) return false;
      left -= length;
      if (rule->is == Message::part) continue;
      std::uint64_t inner = length;
      if (rule->is == Message::resources || rule->is == Message::scopes) {
        if (!walk_carrier(rule->is, inner) || inner > 0) return false;
        continue;
      }
      if (length > rest_.size()) return false;
      const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(length));
      rest_.remove_prefix(bytes.size());
      if (!take(rule->is, bytes, 0)) return false;
    }
    return true;
  }

  // Reads the tag of a field with a length, and the length; 0 if there is none.
  std::size_t head_bytes() {
    if (rest_.empty() || (rest_[0] & 7) != 2 || (rest_[0] & 0x80) != 0) return 0;
    tag_ = static_cast<std::uint8_t>(rest_[0]);
    length_ = 0;
    for (std::size_t i = 1; i < rest_.size() && i <= 5; ++i) {
      const auto byte = static_cast<std::uint8_t>(rest_[i]);
      length_ |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * (i - 1));
      if (byte < 0x80) return i + 1;
    }
    return 0;
  }

  std::string& out_;
  std::string_view rest_;
  std::uint32_t tag_ = 0;
  std::uint64_t length_ = 0;
};

// Every attribute, every nested message that has words begins with a line feed (tag 1), and the
// lengths and tags of some are no characters: no line of a log is taken for a span.
bool may_be_otlp(std::string_view payload) {
  return payload.find('\n') != std::string_view::npos &&
         std::any_of(payload.begin(), payload.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
         });
}

}  // namespace

bool append_otlp_text(std::string_view payload, std::string& out) {
  if (!may_be_otlp(payload)) return false;
  const std::size_t before = out.size();
  const auto attempt = [&](auto&& walk) {
    if (walk(TextWalk(out))) return true;
    out.resize(before);
    return false;
  };
  const Message part = message_of(signal_of(payload));
  if ((part == Message::span || part == Message::log) &&
      attempt([&](TextWalk walk) { return walk.walk(part, payload); })) {
    return true;
  }
  if (!payload.starts_with('\n')) return false;
  return attempt([&](TextWalk walk) { return walk.walk(Message::request, payload); }) ||
         attempt([&](TextWalk walk) { return walk.walk_carrier(payload); });
}

}  // namespace audit::event
