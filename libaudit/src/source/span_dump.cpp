#include "source/span_dump.hpp"

#include <algorithm>
#include <string>

#include "source/json_path.hpp"
#include "source/otlp_relate.hpp"
#include "source/scalar.hpp"

namespace audit::source {

namespace {

using base::JsonValue;
using Kind = JsonValue::Kind;

constexpr int kMostDepth = 100;

std::optional<JsonValue> first_of(const JsonValue& from,
                                  std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    auto value = value_at(from, path);
    if (value && value->kind() != Kind::null) return value;
  }
  return std::nullopt;
}

std::string_view first_text(const JsonValue& from, std::initializer_list<std::string_view> paths) {
  const auto value = first_of(from, paths);
  return value ? value->text() : std::string_view();
}

// An id in hexadecimal, perhaps behind "0x" or MLflow's "tr-".
std::string_view id_of(std::string_view text) {
  for (const std::string_view prefix : {"0x", "tr-"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  const bool says_something =
      std::any_of(text.begin(), text.end(), [](char c) { return c != '0'; });
  return says_something ? text : std::string_view();
}

// Nanoseconds of [seconds, nanoseconds], of a number by its size, or of a date; 0 for none.
std::int64_t time_of(const std::optional<JsonValue>& value) {
  constexpr std::int64_t kMost = 9'000'000'000;  // seconds
  if (!value) return 0;
  if (value->is_array()) {
    std::int64_t parts[2] = {0, 0};
    std::size_t count = 0;
    value->for_elements([&](const JsonValue& part) {
      if (count < 2 && part.kind() == Kind::number) parts[count] = part.number().i;
      ++count;
    });
    const bool is_pair =
        count == 2 && parts[0] > 0 && parts[0] < kMost && parts[1] >= 0 && parts[1] < 1'000'000'000;
    return is_pair ? parts[0] * 1'000'000'000 + parts[1] : 0;
  }
  base::JsonNumber number{};
  Scalar scalar{Scalar::Kind::text, false, value->text()};
  if (value->kind() == Kind::number) {
    number = value->number();
    scalar = {Scalar::Kind::number, false, {}, &number};
  }
  const FoundNumber found = read_time(scalar);
  return found.found == Found::value && found.value != kBeyondTime ? found.value : 0;
}

OtlpSpan::Status status_of(const JsonValue& span) {
  const auto code = first_of(span, {"status.code", "status.status_code", "status_code"});
  if (!code) return OtlpSpan::Status::unset;
  if (code->kind() == Kind::number) {
    const std::int64_t number = code->number().i;
    return number == 2   ? OtlpSpan::Status::error
           : number == 1 ? OtlpSpan::Status::ok
                         : OtlpSpan::Status::unset;
  }
  const std::string_view word = code->text();
  if (word.ends_with("ERROR")) return OtlpSpan::Status::error;
  return word.ends_with("OK") ? OtlpSpan::Status::ok : OtlpSpan::Status::unset;
}

bool is_span(const JsonValue& value) {
  const bool is_named = value.member("name").has_value();
  return is_named && (value.member("spanContext") || value_at(value, "context.span_id") ||
                      (value.member("span_id") && value.member("start_time_unix_nano")));
}

}  // namespace

bool is_span_dump(const Keys& keys, const JsonValue& record) {
  return (keys.has(Key::span_context) || keys.has(Key::context) || keys.has(Key::trace_id)) &&
         is_span(record);
}

bool is_mlflow(const Keys& /*keys*/, const JsonValue& record) {
  const auto spans = value_at(record, "data.spans");
  return spans && spans->is_array();
}

void SpanDumpReader::read(const JsonValue& record, Steps& steps) {
  around_.clear();
  events_.clear();
  const auto spans = value_at(record, "data.spans");
  if (spans && spans->is_array()) {
    origin_ = origin_of(record);
    read_spans(*spans, "data.spans", steps);
    return read_assessments(record, steps);
  }
  origin_ = {};
  read_span(record, 0, steps.received());
  adopt({}, steps);
}

// The spans of one file are those of one trace, most often: what is in what counts.
bool SpanDumpReader::read_all(const JsonValue& list, Steps& steps) {
  around_.clear();
  events_.clear();
  origin_ = {};
  read_spans(list, {}, steps);
  return true;
}

void SpanDumpReader::read_spans(const JsonValue& spans, std::string_view path, Steps& steps) {
  std::size_t number = 0;
  spans.for_elements([&](const JsonValue& span) {
    if (span.is_object()) read_span(span, number, steps.received());
    ++number;
  });
  relate(events_);
  adopt(path, steps);
}

// What was read is told by the elements it was read of: their number is in `part`.
void SpanDumpReader::adopt(std::string_view path, Steps& steps) {
  for (std::size_t i = 0; i < events_.size(); ++i) {
    OtlpEvent& event = events_[i];
    if (event.is_dropped) continue;
    if (path.data() != nullptr) steps.enter(path, event.part);
    steps.adopt(event);
  }
}

void SpanDumpReader::read_span(const JsonValue& span, std::size_t number, Timestamp received) {
  room_.clear();
  left_ = kMaxOtlpValues;
  OtlpSpan read;
  read.trace = id_of(first_text(span, {"spanContext.traceId", "context.trace_id", "trace_id"}));
  read.span = id_of(first_text(span, {"spanContext.spanId", "context.span_id", "span_id"}));
  read.parent = id_of(first_text(
      span, {"parentSpanId", "parentSpanContext.spanId", "parent_span_id", "parent_id"}));
  read.name = text_at(span, "name");
  read.start = time_of(first_of(span, {"startTime", "start_time_unix_nano", "start_time"}));
  read.end = time_of(first_of(span, {"endTime", "end_time_unix_nano", "end_time"}));
  read.attributes = attributes(span.member("attributes"));
  read.events = events(span.member("events"));
  read.status = status_of(span);
  read.status_message =
      first_text(span, {"status.message", "status.description", "status_message"});
  OtlpOrigin origin;
  origin.resource = origin_.empty() ? attributes(value_at(span, "resource.attributes")) : origin_;
  origin.scope = first_text(span, {"instrumentationScope.name", "instrumentationLibrary.name"});
  mapper_.set_origin(origin);
  const std::size_t first = events_.size();
  mapper_.map(read, OtlpPlace{}, received, events_);
  for (std::size_t i = first; i < events_.size(); ++i) events_[i].part = number;
}

// MLflow names session and user for all spans of a trace.
OtlpAttributes SpanDumpReader::origin_of(const JsonValue& record) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"mlflow.trace.session", "session.id"}, {"mlflow.trace.user", "user.id"}};
  const auto metadata = first_of(record, {"info.trace_metadata", "info.request_metadata"});
  const std::span<OtlpAttribute> all = around_.list<OtlpAttribute>(std::size(kNames));
  std::size_t count = 0;
  for (const auto& [theirs, ours] : kNames) {
    const auto value = metadata ? metadata->member(theirs) : metadata;
    if (!value || value->text().empty()) continue;
    all[count].key = ours;
    all[count].value.kind = OtlpValue::Kind::text;
    all[count++].value.text = value->text();
  }
  return all.first(count);
}

void SpanDumpReader::read_assessments(const JsonValue& record, Steps& steps) {
  const auto assessments = value_at(record, "info.assessments");
  if (!assessments || !assessments->is_array()) return;
  std::size_t index = 0;
  assessments->for_elements([&](const JsonValue& one) {
    steps.enter("info.assessments", index++);
    std::string_view name = text_at(one, "assessment_name");
    if (name.empty()) name = text_at(one, "name");
    steps.add("evaluation").text(Field::action, name);
    steps.set(Field::time, one.member("create_time")).set(Field::reason, one.member("rationale"));
    steps.set(Field::user, value_at(one, "source.source_id"));
  });
}

// --- Values ---

bool SpanDumpReader::grant(std::size_t count) {
  if (count > left_) return false;
  left_ -= count;
  return true;
}

OtlpAttributes SpanDumpReader::attributes(const std::optional<JsonValue>& object) {
  if (!object || !object->is_object()) return {};
  return value_of(*object, 0).map;
}

OtlpValue SpanDumpReader::value_of(const JsonValue& value, int depth) {
  OtlpValue read;
  std::size_t count = 0;
  switch (value.kind()) {
    case Kind::string:
      read.kind = OtlpValue::Kind::text;
      read.text = value.text();
      break;
    case Kind::boolean:
      read.kind = OtlpValue::Kind::boolean;
      read.truth = value.truth();
      break;
    case Kind::number: {
      const base::JsonNumber number = value.number();
      const bool is_integer = number.kind == base::JsonNumber::Kind::signed_integer;
      read.kind = is_integer ? OtlpValue::Kind::integer : OtlpValue::Kind::real;
      read.integer = is_integer ? number.i : 0;
      read.real = number.d;
      break;
    }
    case Kind::array: {
      value.for_elements([&](const JsonValue&) { ++count; });
      if (depth >= kMostDepth || !grant(count)) break;
      const std::span<OtlpValue> elements = room_.list<OtlpValue>(count);
      count = 0;
      value.for_elements([&](const JsonValue& e) { elements[count++] = value_of(e, depth + 1); });
      read.kind = OtlpValue::Kind::array;
      read.array = elements;
      break;
    }
    case Kind::object: {
      value.for_members([&](std::string_view, const JsonValue&) { ++count; });
      if (depth >= kMostDepth || !grant(count)) break;
      const std::span<OtlpAttribute> members = room_.list<OtlpAttribute>(count);
      count = 0;
      value.for_members([&](std::string_view key, const JsonValue& member) {
        members[count++] = {key, value_of(member, depth + 1)};
      });
      read.kind = OtlpValue::Kind::map;
      read.map = members;
      break;
    }
    case Kind::null:
      break;
  }
  return read;
}

std::span<const OtlpSpanEvent> SpanDumpReader::events(const std::optional<JsonValue>& list) {
  if (!list || !list->is_array()) return {};
  std::size_t count = 0;
  list->for_elements([&](const JsonValue&) { ++count; });
  if (!grant(count)) return {};
  const std::span<OtlpSpanEvent> all = room_.list<OtlpSpanEvent>(count);
  count = 0;
  list->for_elements([&](const JsonValue& event) {
    all[count].time = time_of(first_of(event, {"time", "timestamp", "time_unix_nano"}));
    all[count].name = text_at(event, "name");
    all[count++].attributes = attributes(event.member("attributes"));
  });
  return all;
}

}  // namespace audit::source
