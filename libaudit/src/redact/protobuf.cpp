#include "redact/protobuf.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "base/protobuf.hpp"
#include "event/otlp_wire.hpp"

namespace audit::redact {

namespace {

namespace otlp = event::otlp;

// The messages of OTLP, and what a field of type bytes can be that is none of them.
enum class Is : std::uint8_t {
  unknown,  // bytes
  text,
  id,  // left alone
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
  number_point,
  histogram_point,
  exponential_point,
  key_value,
  any_value,
  array,
  map,
};

struct Member {
  Is of;
  std::uint32_t tag;
  Is is;
};

constexpr std::array kMembers = std::to_array<Member>({
    {Is::request, otlp::request::kResources, Is::resources},
    {Is::resources, otlp::resources::kResource, Is::resource},
    {Is::resources, otlp::resources::kScopes, Is::scopes},
    {Is::resources, otlp::resources::kSchemaUrl, Is::text},
    {Is::scopes, otlp::scopes::kScope, Is::scope},
    {Is::scopes, otlp::scopes::kParts, Is::part},
    {Is::scopes, otlp::scopes::kSchemaUrl, Is::text},
    {Is::resource, otlp::resource::kAttribute, Is::key_value},
    {Is::scope, otlp::scope::kName, Is::text},
    {Is::scope, otlp::scope::kVersion, Is::text},
    {Is::scope, otlp::scope::kAttribute, Is::key_value},
    {Is::span, otlp::span::kTraceId, Is::id},
    {Is::span, otlp::span::kSpanId, Is::id},
    {Is::span, otlp::span::kTraceState, Is::text},
    {Is::span, otlp::span::kParentSpanId, Is::id},
    {Is::span, otlp::span::kName, Is::text},
    {Is::span, otlp::span::kAttribute, Is::key_value},
    {Is::span, otlp::span::kEvent, Is::span_event},
    {Is::span, otlp::span::kLink, Is::link},
    {Is::span, otlp::span::kStatus, Is::status},
    {Is::span_event, otlp::span_event::kName, Is::text},
    {Is::span_event, otlp::span_event::kAttribute, Is::key_value},
    {Is::link, otlp::link::kTraceId, Is::id},
    {Is::link, otlp::link::kSpanId, Is::id},
    {Is::link, otlp::link::kTraceState, Is::text},
    {Is::link, otlp::link::kAttribute, Is::key_value},
    {Is::status, otlp::status::kMessage, Is::text},
    {Is::log, otlp::log::kSeverityText, Is::text},
    {Is::log, otlp::log::kBody, Is::any_value},
    {Is::log, otlp::log::kAttribute, Is::key_value},
    {Is::log, otlp::log::kTraceId, Is::id},
    {Is::log, otlp::log::kSpanId, Is::id},
    {Is::log, otlp::log::kEventName, Is::text},
    {Is::metric, otlp::metric::kName, Is::text},
    {Is::metric, otlp::metric::kDescription, Is::text},
    {Is::metric, otlp::metric::kUnit, Is::text},
    {Is::metric, otlp::metric::kGauge, Is::number_points},
    {Is::metric, otlp::metric::kSum, Is::number_points},
    {Is::metric, otlp::metric::kHistogram, Is::histogram_points},
    {Is::metric, otlp::metric::kExponentialHistogram, Is::exponential_points},
    {Is::metric, otlp::metric::kSummary, Is::number_points},
    {Is::number_points, otlp::metric::kPoint, Is::number_point},
    {Is::histogram_points, otlp::metric::kPoint, Is::histogram_point},
    {Is::exponential_points, otlp::metric::kPoint, Is::exponential_point},
    {Is::number_point, otlp::metric::kNumberAttribute, Is::key_value},
    {Is::histogram_point, otlp::metric::kHistogramAttribute, Is::key_value},
    {Is::exponential_point, otlp::metric::kExponentialAttribute, Is::key_value},
    {Is::key_value, otlp::key_value::kKey, Is::text},
    {Is::key_value, otlp::key_value::kValue, Is::any_value},
    {Is::any_value, otlp::any_value::kString, Is::text},
    {Is::any_value, otlp::any_value::kArray, Is::array},
    {Is::any_value, otlp::any_value::kMap, Is::map},
    {Is::array, otlp::any_value::kElement, Is::any_value},
    {Is::map, otlp::any_value::kElement, Is::key_value},
});

Is member_of(Is message, std::uint32_t tag) {
  const auto* const at = std::find_if(kMembers.begin(), kMembers.end(), [=](const Member& member) {
    return member.of == message && member.tag == tag;
  });
  return at == kMembers.end() ? Is::unknown : at->is;
}

Is part_of(std::string_view part) {
  switch (otlp::signal_of(part)) {
    case otlp::Signal::span:
      return Is::span;
    case otlp::Signal::log:
      return Is::log;
    case otlp::Signal::metric:
      return Is::metric;
    case otlp::Signal::none:
      break;
  }
  return Is::unknown;
}

// A number as people write it; empty for one that is none of a card.
std::string digits_of(const base::WireReader& field) {
  if (field.tag() == otlp::any_value::kInt) {
    return std::to_string(static_cast<std::int64_t>(field.number()));
  }
  const double number = std::bit_cast<double>(field.number());
  constexpr double kExact = 9007199254740992.0;  // up to here doubles hold all whole numbers
  const bool is_whole = number == std::floor(number) && std::abs(number) <= kExact;
  return is_whole ? std::to_string(static_cast<std::int64_t>(number)) : fmt::format("{}", number);
}

class ProtobufMasker {
 public:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  ProtobufMasker(Finder& finder, std::string& request, Counts& counts)
      : finder_(finder), request_(request), counts_(counts) {}

  bool mask() {
    message(request_, Is::request, {}, 0);
    return any_;
  }

 private:
  // What can be read is masked string by string; if it ends in the middle, all of it as bytes.
  void message(std::string_view bytes, Is is, std::string_view name, int depth) {
    constexpr int kDeepest = otlp::kMaxValueDepth * 4;
    if (is == Is::part) is = part_of(bytes);
    if (is == Is::unknown || depth > kDeepest) return text(bytes, {});
    const std::string key = is == Is::key_value ? key_of(bytes) : std::string(name);
    base::WireReader reader(bytes);
    std::size_t begin = 0;
    while (reader.next()) {
      field(reader, bytes.substr(begin, reader.behind() - begin), is, key, depth);
      begin = reader.behind();
    }
    if (reader.failed()) text(bytes, {});
  }

  //   whole   the field, with its tag
  void field(const base::WireReader& reader, std::string_view whole, Is is, std::string_view key,
             int depth) {
    if ((reader.tag() & 7) == static_cast<std::uint32_t>(base::WireType::bytes)) {
      const Is member = member_of(is, reader.tag());
      if (member == Is::id) return;
      if (member == Is::unknown) return text(reader.bytes(), {});
      if (member != Is::text) return message(reader.bytes(), member, key, depth + 1);
      return text(reader.bytes(), is == Is::any_value ? key : std::string_view());
    }
    const bool is_number = is == Is::any_value && (reader.tag() == otlp::any_value::kInt ||
                                                   reader.tag() == otlp::any_value::kDouble);
    if (is_number) number(reader, whole, key);
  }

  static std::string key_of(std::string_view key_value) {
    base::WireReader reader(key_value);
    while (reader.next()) {
      if (reader.tag() == otlp::key_value::kKey) return std::string(reader.bytes());
    }
    return {};
  }

  void text(std::string_view bytes, std::string_view name) {
    const Patterns which = candidates(bytes, name);
    if (which == 0) return;
    finder_.find(bytes, Writing::plain, name, false, which, found_);
    for (const Found& one : found_) put(bytes.data() + one.begin, one.end - one.begin, one.pattern);
  }

  // A tag and a number of n bytes become the tag of a string, its length n - 1, and its bytes.
  void number(const base::WireReader& reader, std::string_view whole, std::string_view key) {
    const std::string digits = digits_of(reader);
    const Patterns which = candidates(digits, key);
    if (which == 0) return;
    finder_.find(digits, Writing::plain, key, false, which, found_);
    if (found_.empty()) return;
    const std::size_t size = whole.size() - 2;
    const auto at = static_cast<std::size_t>(whole.data() - request_.data());
    request_[at] = static_cast<char>(otlp::any_value::kString);
    request_[at + 1] = static_cast<char>(size);
    put(whole.data() + 2, size, found_[0].pattern);
  }

  // A secret is known by its name beside the value, which stand apart here.
  Patterns candidates(std::string_view bytes, std::string_view name) {
    return finder_.candidates(bytes) | (name.empty() ? 0 : finder_.masker().by_name());
  }

  void put(const char* place, std::size_t size, std::uint32_t pattern) {
    const std::string& name = finder_.masker().name(pattern);
    std::string marker = "[redacted:" + name + "]";
    marker.resize(size, '*');
    std::copy(marker.begin(), marker.end(), request_.begin() + (place - request_.data()));
    ++counts_[name];
    any_ = true;
  }

  Finder& finder_;
  std::string& request_;
  Counts& counts_;
  std::vector<Found> found_;
  bool any_ = false;
};

}  // namespace

bool mask_protobuf(Finder& finder, std::string& request,
                   std::map<std::string, std::uint64_t, std::less<>>& counts) {
  return ProtobufMasker(finder, request, counts).mask();
}

}  // namespace audit::redact
