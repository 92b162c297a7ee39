// OTLP/JSON: each entry a log record in a request of its own, which is a line of what OpenTelemetry's
// file exporter writes and its collector reads.
#include <algorithm>

#include "base/text.hpp"
#include "event/value.hpp"
#include "siem/cut.hpp"
#include "siem/facts.hpp"
#include "siem/line_writer.hpp"
#include "siem/mapping.hpp"

namespace audit::siem {

namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;

// An id as OpenTelemetry has them: hexadecimal, not all zeros.
bool is_id(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos &&
         text.find_first_not_of('0') != text.npos;
}

// Shares and money have a fraction though one of them may be whole.
bool is_fraction(const Row& row) {
  if (row.from.empty()) return false;
  const Source& source = row.from.front();
  if (source.kind == Source::Kind::cost) return true;
  return source.kind == Source::Kind::field && info(source.field).unit != 1;
}

class Otlp final : public LineWriter {
 public:
  Otlp(const Origin& ledger, const LineOptions& options)
      : mapping_("otlp"), facts_(ledger, mapping_, options.with_payload) {
    add_resource_attribute("audit.ledger.id", ledger.ledger_id);
    add_resource_attribute("audit.ledger.origin", ledger.name);
    message_.from.push_back({Source::Kind::message, Field{}});
  }

  void append(std::string& out, const Entry& entry) override {
    facts_.take(entry);
    out.append("{\"resourceLogs\":[{\"resource\":{\"attributes\":[").append(resource_);
    const std::string_view service = entry.envelope.text(Field::service);
    if (!service.empty()) append_text(out.append(","), "service.name", service);
    out.append("]},\"scopeLogs\":[{\"scope\":{\"name\":\"audit\",\"version\":\"");
    out.append(product_version()).append("\"},\"logRecords\":[{");
    append_record(out);
    out.append("}]}]}]}\n");
  }

 private:
  void add_resource_attribute(std::string_view key, std::string_view text) {
    if (!resource_.empty()) resource_.push_back(',');
    append_text(resource_, key, text);
  }

  static void append_key(std::string& out, std::string_view key) {
    out.append("{\"key\":\"").append(key).append("\",\"value\":");
  }

  static void append_text(std::string& out, std::string_view key, std::string_view text) {
    append_key(out, key);
    out.append("{\"stringValue\":");
    append_json_text(out, text);
    out.append("}}");
  }

  static void append_time(std::string& out, std::string_view name, Timestamp time) {
    if (nanoseconds(time) < 0) return;  // the wire has no such time
    out.append("\"").append(name).append("\":\"");
    event::append_integer(out, nanoseconds(time));
    out.append("\",");
  }

  void append_record(std::string& out) {
    const Entry& entry = facts_.entry();
    if (entry.envelope.has(Field::time)) append_time(out, "timeUnixNano", entry.when());
    append_time(out, "observedTimeUnixNano", entry.received);
    out.append("\"severityNumber\":").append(mapping_.severity(facts_.severity()).text);
    out.append(",\"severityText\":\"");
    out.append(kSeverityWords[static_cast<std::size_t>(facts_.severity())]).append("\"");
    append_string(out, ",\"eventName\":", entry.envelope.text(Field::type));
    const auto message = facts_.find(message_);
    if (message) {
      out.append(",\"body\":{\"stringValue\":");
      append_json_text(out, message->text);
      out.append("}");
    }
    out.append(",\"attributes\":[");
    append_attributes(out);
    out.append("]");
    append_ids(out);
  }

  static void append_string(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out.append(name);
    append_json_text(out, text);
  }

  void append_attributes(std::string& out) {
    bool is_first = true;
    const Envelope& envelope = facts_.entry().envelope;
    const bool has_trace = is_id(envelope.text(Field::trace), kTraceDigits);
    for (const Row& row : mapping_.plan(envelope)) {
      if (has_trace && row.from.front().field == Field::trace) continue;  // the record's own
      const std::size_t start = out.size();
      if (!is_first) out.push_back(',');
      if (append_attribute(out, row)) {
        is_first = false;
      } else {
        out.resize(start);
      }
    }
  }

  bool append_attribute(std::string& out, const Row& row) {
    const bool is_list = row.from.front().kind == Source::Kind::field &&
                         info(row.from.front().field).type == FieldType::list;
    append_key(out, row.to);
    const bool is_there = is_list ? append_list(out, row) : append_value(out, row);
    out.append("}");
    return is_there;
  }

  bool append_value(std::string& out, const Row& row) {
    const auto found = facts_.find(row);
    if (!found) return false;
    const bool is_truth = found->text == "true" || found->text == "false";
    if (row.from.front().kind == Source::Kind::field &&
        info(row.from.front().field).type == FieldType::boolean && is_truth) {
      out.append("{\"boolValue\":").append(found->text);
    } else if (!found->is_bare) {
      out.append("{\"stringValue\":");
      append_json_text(out, cut(found->text, row.limit, found->text, scratch_));
    } else if (is_fraction(row)) {
      out.append("{\"doubleValue\":").append(found->text);
    } else {
      out.append("{\"intValue\":\"").append(found->text).append("\"");  // 64 bits are a text
    }
    out.append("}");
    return true;
  }

  bool append_list(std::string& out, const Row& row) {
    bool is_there = false;
    out.append("{\"arrayValue\":{\"values\":[");
    facts_.for_all(row, [&](const Facts::Found& found) {
      out.append(is_there ? ",{\"stringValue\":" : "{\"stringValue\":");
      append_json_text(out, found.text);
      out.append("}");
      is_there = true;
    });
    out.append("]}}");
    return is_there;
  }

  // The span it is, else the one it is in. Ids of other shapes are among the attributes.
  void append_ids(std::string& out) {
    const Envelope& envelope = facts_.entry().envelope;
    const std::string_view trace = envelope.text(Field::trace);
    if (!is_id(trace, kTraceDigits)) return;
    out.append(",\"traceId\":\"").append(base::to_lower_ascii(trace)).append("\"");
    for (const Field field : {Field::span, Field::parent}) {
      const std::string_view span = envelope.text(field);
      if (!is_id(span, kSpanDigits)) continue;
      out.append(",\"spanId\":\"").append(base::to_lower_ascii(span)).append("\"");
      return;
    }
  }

  Mapping mapping_;
  Facts facts_;
  Row message_;
  std::string resource_;
  std::string scratch_;
};

}  // namespace

std::unique_ptr<LineWriter> make_otlp(const Origin& ledger, const LineOptions& options) {
  return std::make_unique<Otlp>(ledger, options);
}

}  // namespace audit::siem
