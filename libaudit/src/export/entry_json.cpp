#include "export/entry_json.hpp"

#include <audit/export.hpp>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "event/value.hpp"

namespace audit::exports {
namespace {

constexpr std::string_view kJsonSpace = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

void append_key(std::string& out, std::string_view name) {
  out.append(",\"").append(name).append("\":");  // names of fields need no escape
}

// Two searches for one byte each: many times as fast as one for either.
bool has_line_break(std::string_view text) {
  return text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos;
}

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// Most values are names and ids, and cheaper to look at than to escape.
void append_string(std::string& out, std::string_view text) {
  if (is_plain_ascii(text)) {
    out.append("\"").append(text).append("\"");
  } else {
    base::append_json_string(out, text);
  }
}

// One value, or one element of a list.
void append_json_value(std::string& out, const Envelope::Value& value) {
  if (value.kind == ValueKind::text) {
    append_string(out, value.text);
    return;
  }
  const bool bare = event::is_numeric(value) || info(value.field).type == FieldType::boolean;
  if (!bare || value.kind == ValueKind::hash) out.push_back('"');
  event::append_value(out, value);
  if (!bare || value.kind == ValueKind::hash) out.push_back('"');
}

void append_member(std::string& out, const Envelope::Value& value) {
  if (value.field == Field::cost_nano && value.kind == ValueKind::integer) {
    append_key(out, "cost");
    event::append_decimal(out, value.number, event::kCostUnit);
    return;
  }
  append_key(out, name_of(value.field));
  append_json_value(out, value);
}

// The elements of the list field that begins at `i`; returns the place behind them.
std::size_t append_list(std::string& out, const Envelope& envelope, std::size_t i) {
  const Field field = envelope.at(i).field;
  append_key(out, name_of(field));
  out.push_back('[');
  bool first = true;
  for (; i < envelope.size() && envelope.at(i).field == field; ++i) {
    if (!first) out.push_back(',');
    first = false;
    append_json_value(out, envelope.at(i));
  }
  out.push_back(']');
  return i;
}

void append_fields(std::string& out, const Envelope& envelope) {
  std::size_t i = 0;
  while (i < envelope.size()) {
    const Envelope::Value value = envelope.at(i);
    if (info(value.field).type == FieldType::list) {
      i = append_list(out, envelope, i);
      continue;
    }
    if (value.field != Field::time) append_member(out, value);
    ++i;
  }
}

}  // namespace

std::string_view EntryJson::embeddable(std::string_view payload) {
  const std::size_t first = payload.find_first_not_of(kJsonSpace);
  if (first == std::string_view::npos) return {};
  payload = payload.substr(first, payload.find_last_not_of(kJsonSpace) - first + 1);
  // A line break inside would cut our line in two; some readers take CR for one.
  if (has_line_break(payload)) return {};
  // The reader skips a byte order mark, but in the middle of a line it is not JSON.
  if (payload.starts_with(kByteOrderMark)) return {};
  return reader_.parse(payload) == base::JsonStatus::ok ? payload : std::string_view{};
}

void EntryJson::append_payload(std::string& out, std::string_view payload) {
  if (const std::string_view json = embeddable(payload); !json.empty()) {
    append_key(out, "payload");
    out.append(json);
  } else if (base::is_utf8(payload)) {
    append_key(out, "payload_text");
    base::append_json_string(out, payload);
  } else {
    append_key(out, "payload_base64");
    out.append("\"").append(base::to_base64(payload)).append("\"");
  }
}

void EntryJson::append_head(std::string& out, const Entry& entry) {
  out.append("{\"seq\":");
  event::append_integer(out, entry.seq);
  append_key(out, "hash");
  out.push_back('"');
  event::append_hex(out, base::bytes_of(entry.hash));
  out.push_back('"');
  append_key(out, "received");
  out.push_back('"');
  event::append_time(out, entry.received);
  out.push_back('"');
  if (const auto time = entry.envelope.number(Field::time)) {
    append_key(out, "time");
    out.push_back('"');
    event::append_time(out, from_nanoseconds(*time));
    out.push_back('"');
  }
  append_fields(out, entry.envelope);
}

void EntryJson::append_envelope(std::string& out, const Entry& entry) {
  append_head(out, entry);
  out.push_back('}');
}

void EntryJson::append(std::string& out, const Entry& entry) {
  append_head(out, entry);
  if (entry.payload_state == Entry::Payload::present) append_payload(out, entry.payload);
  if (entry.payload_state == Entry::Payload::erased) out.append(",\"payload_erased\":true");
  if (entry.payload_state == Entry::Payload::withheld) out.append(",\"payload_withheld\":true");
  out.push_back('}');
}

}  // namespace audit::exports

namespace audit {

void append_entry_json(std::string& out, const Entry& entry) {
  exports::EntryJson().append(out, entry);
}

void append_entry_json(std::string& out, const Entry& entry, std::string_view ledger) {
  out.append("{\"ledger\":");
  base::append_json_string(out, ledger);
  const std::size_t rest = out.size();
  exports::EntryJson().append(out, entry);
  out[rest] = ',';  // in place of the brace that began it
}

}  // namespace audit
