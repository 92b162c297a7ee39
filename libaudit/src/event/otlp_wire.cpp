#include "event/otlp_wire.hpp"

#include <algorithm>

namespace audit::event::otlp {

namespace {

constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;

// A byte that text has no use for.
bool is_binary(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' &&
         c != '\x1b';
}

// Which fields there are, each of a number and type that not all three messages have.
struct Seen {
  bool time_or_kind = false;      // of a span
  bool trace_id = false;          // field 1 of 16 bytes: of a span, or the name of a metric
  bool span_id = false;           // field 2 of 8 bytes: of a span, or what describes a metric
  bool time_or_severity = false;  // of a log record
  bool log_attribute = false;
  bool name = false;  // field 1, of a metric
  bool sum = false;
  bool points = false;  // also the name of a span, the body of a log record and others
  bool body = false;    // also the name of a span
};

void note(const base::WireReader& reader, Seen& seen) {
  switch (reader.tag()) {
    case span::kStart:
    case span::kEnd:
    case span::kKind:
      seen.time_or_kind = true;
      break;
    case span::kTraceId:
      seen.trace_id |= reader.bytes().size() == kTraceIdBytes;
      seen.name = true;
      break;
    case span::kSpanId:
      seen.span_id |= reader.bytes().size() == kSpanIdBytes;
      break;
    case log::kTime:
    case log::kObserved:
    case log::kSeverity:
    case log::kFlags:
      seen.time_or_severity = true;
      break;
    case log::kAttribute:
      seen.log_attribute = true;
      break;
    case metric::kSum:
      seen.sum = true;
      break;
    case metric::kGauge:
      seen.body = true;
      [[fallthrough]];
    case metric::kHistogram:
    case metric::kExponentialHistogram:
    case metric::kSummary:
      seen.points = true;
      break;
    default:
      break;
  }
}

}  // namespace

Signal signal_of(std::string_view part) noexcept {
  Seen seen;
  base::WireReader reader(part);
  while (reader.next()) note(reader, seen);
  if (reader.failed()) return Signal::none;
  if (seen.time_or_kind || (seen.trace_id && seen.span_id)) return Signal::span;
  if (seen.time_or_severity) return Signal::log;
  if (seen.sum || (seen.name && seen.points)) return Signal::metric;
  if (seen.span_id) return Signal::span;
  return seen.log_attribute || seen.body ? Signal::log : Signal::none;
}

bool may_be_request(std::string_view head) noexcept {
  if (!head.starts_with('\x0a')) return false;
  if (std::none_of(head.begin(), head.end(), is_binary)) return false;
  // Behind the length stands the first member of the first member: a resource, a list by scope or an
  // address; or, if the length is 0, the next of its kind.
  std::size_t at = 1;
  while (at < head.size() && at < 6 && (static_cast<unsigned char>(head[at]) & 0x80) != 0) ++at;
  ++at;
  if (at >= head.size()) return head == std::string_view("\x0a\0", 2);
  return head[at] == '\x0a' || head[at] == '\x12' || head[at] == '\x1a';
}

}  // namespace audit::event::otlp
