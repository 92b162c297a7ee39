// RFC 4180: comma, CRLF, a header, quotes where needed and doubled inside. What a spreadsheet would
// run is guarded by an apostrophe, what cannot be seen is spelt out; the exact bytes are for raw
// and jsonl.
#include "export/csv.hpp"

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "event/value.hpp"
#include "export/column.hpp"
#include "export/lines.hpp"
#include "export/output.hpp"
#include "export/rows.hpp"
#include "export/summary.hpp"

namespace audit::exports {
namespace {

constexpr std::uint8_t kNeedsQuotes = 1;
constexpr std::uint8_t kNeedsEscape = 2;

// What a byte asks of the cell it is in.
constexpr std::array<std::uint8_t, 256> make_needs() {
  std::array<std::uint8_t, 256> needs{};
  for (std::size_t c = 0; c < needs.size(); ++c) {
    if (c < 0x20 || c >= 0x7f) needs[c] = kNeedsEscape;
  }
  for (const char c : {'"', ',', '\r', '\n'}) needs[static_cast<std::size_t>(c)] = kNeedsQuotes;
  needs['\t'] = 0;
  return needs;
}

constexpr auto kNeeds = make_needs();

std::uint8_t needs_of(std::string_view text) {
  std::uint8_t needs = 0;
  for (const char c : text) needs |= kNeeds[static_cast<unsigned char>(c)];
  return needs;
}

bool is_plain(char c) { return (kNeeds[static_cast<unsigned char>(c)] & kNeedsEscape) == 0; }

// Spells out what cannot be seen; tabs and line breaks stay, they are what they look like.
std::string escape_cell(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t start = i;
    const bool plain = is_plain(text[i]);
    while (i < text.size() && is_plain(text[i]) == plain) ++i;
    const std::string_view run = text.substr(start, i - start);
    if (plain) {
      out.append(run);
    } else {
      out.append(base::escape_controls(run));
    }
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t i) {
  while (i < text.size() && is_digit(text[i])) ++i;
  return i;
}

// -5, +3.2, -1e9: a number and nothing else.
bool is_number(std::string_view text) {
  const std::size_t whole = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  std::size_t i = skip_digits(text, whole);
  if (i == whole) return false;
  if (i < text.size() && text[i] == '.') {
    const std::size_t fraction = i + 1;
    i = skip_digits(text, fraction);
    if (i == fraction) return false;
  }
  if (i < text.size() && (text[i] | 0x20) == 'e') {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    const std::size_t exponent = i;
    i = skip_digits(text, exponent);
    if (i == exponent) return false;
  }
  return i == text.size();
}

// True for a cell that a spreadsheet might take for a formula.
bool would_run(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return false;
  text.remove_prefix(first);
  switch (text[0]) {
    case '+':
    case '-':
      return !is_number(text);
    case '=':
    case '@':
    case '\t':
    case '\r':
    case '\n':
      return true;
    default:
      break;
  }
  // The full-width forms of = + - @, which an East Asian set-up treats alike.
  return text.starts_with("\uff1d") || text.starts_with("\uff0b") || text.starts_with("\uff0d") ||
         text.starts_with("\uff20");
}

// Appends `text` between quotes, its own quotes doubled; between them it is copied in bulk.
void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const void* const quote = std::memchr(text.data(), '"', text.size());
    if (quote == nullptr) break;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(quote) - text.data()) + 1;
    out.append(text.substr(0, end)).push_back('"');
    text.remove_prefix(end);
  }
  out.append(text).push_back('"');
}

// Writes rows of the given columns.
class CsvRows {
 public:
  explicit CsvRows(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void append_header(std::string& out) const {
    for (const Column& column : columns_) {
      if (&column != columns_.data()) out.push_back(',');
      out.append(column.name);
    }
    out.append("\r\n");
  }

  void append_row(std::string& out, const Entry& entry) {
    find_values(entry.envelope);
    for (const Column& column : columns_) {
      if (&column != columns_.data()) out.push_back(',');
      append_column(out, entry, column);
    }
    out.append("\r\n");
  }

 private:
  static constexpr std::uint16_t kAbsent = 0xffff;

  // Notes where each field begins in the envelope, so that columns need not search for it.
  void find_values(const Envelope& envelope) {
    places_.fill(kAbsent);
    for (std::size_t i = envelope.size(); i-- > 0;) {
      places_[static_cast<std::size_t>(envelope.at(i).field)] = static_cast<std::uint16_t>(i);
    }
  }

  void append_column(std::string& out, const Entry& entry, const Column& column) {
    switch (column.kind) {
      case Column::Kind::seq:
        event::append_integer(out, entry.seq);
        break;
      case Column::Kind::hash:
        event::append_hex(out, base::bytes_of(entry.hash));
        break;
      case Column::Kind::received:
        event::append_time(out, entry.received);
        break;
      case Column::Kind::payload:
        append_csv_cell(out, entry.payload);
        break;
      case Column::Kind::summary:
        append_csv_cell(out, summarizer_.summary(entry));
        break;
      case Column::Kind::cost:
      case Column::Kind::field:
        append_field(out, entry.envelope, column);
        break;
    }
  }

  void append_field(std::string& out, const Envelope& envelope, const Column& column) {
    const std::size_t place = places_[static_cast<std::size_t>(column.field)];
    if (place == kAbsent) return;
    const Envelope::Value value = envelope.at(place);
    if (info(column.field).type == FieldType::list) {
      append_list(out, envelope, place);
    } else if (value.kind == ValueKind::text) {
      append_csv_cell(out, value.text);
    } else if (column.kind == Column::Kind::cost) {
      event::append_decimal(out, value.number, event::kCostUnit);
    } else {
      event::append_value(out, value);  // digits, signs, letters: nothing to quote or guard
    }
  }

  void append_list(std::string& out, const Envelope& envelope, std::size_t place) {
    joined_.clear();
    const Field field = envelope.at(place).field;
    for (; place < envelope.size() && envelope.at(place).field == field; ++place) {
      if (!joined_.empty()) joined_.append("; ");
      event::append_value(joined_, envelope.at(place));
    }
    append_csv_cell(out, joined_);
  }

  std::vector<Column> columns_;
  std::array<std::uint16_t, 256> places_{};
  std::string joined_;
  Summarizer summarizer_;
};

class Csv final : public siem::LineWriter {
 public:
  explicit Csv(std::vector<Column> columns) : rows_(std::move(columns)) {}

  void begin(std::string& out) override { rows_.append_header(out); }

  void append(std::string& out, const Entry& entry) override { rows_.append_row(out, entry); }

 private:
  CsvRows rows_;
};

}  // namespace

void append_csv_cell(std::string& out, std::string_view text) {
  std::uint8_t needs = needs_of(text);
  std::string escaped;
  if ((needs & kNeedsEscape) != 0) {
    escaped = escape_cell(text);
    text = escaped;
  }
  std::string guarded;
  if (would_run(text)) {
    guarded.reserve(text.size() + 1);
    guarded.append("'").append(text);
    text = guarded;
  }
  if ((needs & kNeedsQuotes) != 0) {
    append_quoted(out, text);
  } else {
    out.append(text);
  }
}

std::vector<Column> csv_columns(const ExportOptions& options) {
  if (!options.fields.empty()) return parse_columns(options.fields);
  return parse_columns({"seq",         "time",     "received", "type",      "agent",      "user",
                        "session",     "tool",     "action",   "status",    "decision",   "policy",
                        "approval",    "approver", "model",    "tokens_in", "tokens_out", "cost",
                        "duration_us", "risk",     "reason",   "error",     "event_id",   "hash"});
}

std::unique_ptr<siem::LineWriter> make_csv(const siem::Origin& /*ledger*/,
                                           const ExportOptions& options) {
  return std::make_unique<Csv>(csv_columns(options));
}

std::uint64_t write_named_csv(NamedRows& rows, const ExportOptions& options, const Sink& sink) {
  Output output(sink);
  CsvRows csv(csv_columns(options));
  output.buffer().append("ledger,");
  csv.append_header(output.buffer());
  std::uint64_t count = 0;
  while (rows.next()) {
    append_csv_cell(output.buffer(), rows.ledger());
    output.buffer().push_back(',');
    csv.append_row(output.buffer(), rows.entry());
    output.row_done();
    ++count;
  }
  output.flush();
  return count;
}

}  // namespace audit::exports
