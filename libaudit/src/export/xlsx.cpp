#include "export/xlsx.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "event/value.hpp"
#include "export/csv.hpp"
#include "export/summary.hpp"
#include "export/word_counts.hpp"
#include "export/xlsx_book.hpp"

namespace audit::exports {

namespace {

using Sheet = XlsxBook::Sheet;

static_assert(kMaxXlsxEntries + 1 == kMaxXlsxRows);

// What the first sheet says of the second.
struct Totals {
  std::uint64_t count = 0;
  Timestamp earliest = Timestamp::max();
  Timestamp latest = Timestamp::min();
  WordCounts types;
  WordCounts decisions;
  WordCounts statuses;

  void add(const Entry& entry) {
    ++count;
    earliest = std::min(earliest, entry.when());
    latest = std::max(latest, entry.when());
    types.add(entry.envelope.text(Field::type));
    decisions.add(entry.envelope.text(Field::decision));
    statuses.add(entry.envelope.text(Field::status));
  }
};

// The sheet of entries.
class EntrySheet {
 public:
  EntrySheet(Sheet sheet, std::vector<Column> columns)
      : sheet_(sheet), columns_(std::move(columns)) {
    for (std::uint16_t i = 0; i < columns_.size(); ++i) {
      sheet_.set_width(i, width(columns_[i]));
      sheet_.write_heading(0, i, columns_[i].name);
    }
  }

  void write(const Entry& entry) {
    ++row_;
    for (std::uint16_t i = 0; i < columns_.size(); ++i) write_cell(entry, columns_[i], i);
  }

  void finish() { sheet_.make_table(row_, static_cast<std::uint16_t>(columns_.size() - 1)); }

 private:
  static bool is_time(const Column& column) {
    return column.kind == Column::Kind::received ||
           (column.kind == Column::Kind::field && info(column.field).type == FieldType::time);
  }

  static double width(const Column& column) {
    constexpr double kTime = 23;
    constexpr double kNumber = 10;
    constexpr double kText = 20;
    constexpr double kLong = 60;
    if (is_time(column)) return kTime;
    switch (column.kind) {
      case Column::Kind::seq:
      case Column::Kind::cost:
        return kNumber;
      case Column::Kind::payload:
      case Column::Kind::summary:
        return kLong;
      default:
        return kText;
    }
  }

  void write_cell(const Entry& entry, const Column& column, std::uint16_t place) {
    switch (column.kind) {
      case Column::Kind::seq:
        sheet_.write_integer(row_, place, static_cast<std::int64_t>(entry.seq));
        break;
      case Column::Kind::hash:
        sheet_.write_text(row_, place, to_hex(entry.hash));
        break;
      case Column::Kind::received:
        sheet_.write_time(row_, place, entry.received);
        break;
      case Column::Kind::payload:
        sheet_.write_text(row_, place, entry.payload);
        break;
      case Column::Kind::summary:
        sheet_.write_text(row_, place, summarizer_.summary(entry));
        break;
      case Column::Kind::cost:
      case Column::Kind::field:
        write_field(entry.envelope, column.field, place);
        break;
    }
  }

  void write_field(const Envelope& envelope, Field field, std::uint16_t place) {
    const FieldInfo& about = info(field);
    const auto number = envelope.number(field);
    if (about.type == FieldType::list) {
      sheet_.write_text(row_, place, joined(envelope, field));
    } else if (!number) {
      sheet_.write_text(row_, place, text_of(envelope, field));
    } else if (about.type == FieldType::time) {
      sheet_.write_time(row_, place, from_nanoseconds(*number));
    } else if (about.type == FieldType::boolean) {
      sheet_.write_truth(row_, place, *number != 0);
    } else {
      write_amount(*number, field, place);
    }
  }

  void write_amount(std::int64_t number, Field field, std::uint16_t place) {
    const std::int64_t unit = field == Field::cost_nano ? event::kCostUnit : info(field).unit;
    if (unit == 1) return sheet_.write_integer(row_, place, number);
    sheet_.write_number(row_, place, static_cast<double>(number) / static_cast<double>(unit));
  }

  // Hashes are bytes in the envelope.
  static std::string text_of(const Envelope& envelope, Field field) {
    std::string text;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      if (envelope.at(i).field != field) continue;
      event::append_value(text, envelope.at(i));
      break;
    }
    return text;
  }

  static std::string joined(const Envelope& envelope, Field field) {
    std::string text;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      if (envelope.at(i).field != field) continue;
      if (!text.empty()) text.append("; ");
      event::append_value(text, envelope.at(i));
    }
    return text;
  }

  Sheet sheet_;
  std::vector<Column> columns_;
  Summarizer summarizer_;
  std::uint32_t row_ = 0;
};

// The sheet that says what the other one is.
class SummarySheet {
 public:
  explicit SummarySheet(Sheet sheet) : sheet_(sheet) {
    constexpr double kName = 24;
    constexpr double kValue = 70;
    sheet_.set_width(0, kName);
    sheet_.set_width(1, kValue);
  }

  void write(const Provenance& from, const ExportOptions& options, const Totals& totals) {
    sheet_.write_heading(row_++, 0, "Audit trail of AI agent activity");
    if (!options.title.empty()) text("Title", options.title);
    text("Ledger", from.head.origin);
    text("Ledger id", from.ledger_id);
    number("Entries in the ledger", from.head.size);
    text("Root at that size", to_base64(from.head.root));
    if (from.view != nullptr) text("Signed checkpoint", from.view->head_note());
    text("Query", options.query_text.empty() ? "(everything)" : options.query_text);
    number("Entries in this workbook", totals.count);
    if (totals.count > 0) {
      time("First event", totals.earliest);
      time("Last event", totals.latest);
    }
    time("Made", options.now);
    text("How to check",
         "This is a view. The proof is in the ledger: 'audit verify' checks it, 'audit search "
         "--seq N' "
         "shows an entry in full, 'audit export --bundle' makes evidence that stands alone. Times "
         "are "
         "UTC, to the millisecond.");
    table("Type", totals.types);
    table("Decision", totals.decisions);
    table("Status", totals.statuses);
  }

 private:
  void name(std::string_view name) { sheet_.write_heading(row_, 0, name); }

  void text(std::string_view of, std::string_view value) {
    name(of);
    sheet_.write_text(row_++, 1, value);
  }

  void number(std::string_view of, std::uint64_t value) {
    name(of);
    sheet_.write_integer(row_++, 1, static_cast<std::int64_t>(value));
  }

  void time(std::string_view of, Timestamp value) {
    name(of);
    sheet_.write_time(row_++, 1, value);
  }

  void table(std::string_view of, const WordCounts& counts) {
    const auto sorted = counts.sorted("(other words)");
    if (sorted.empty()) return;
    ++row_;
    name(of);
    sheet_.write_heading(row_++, 1, "Entries");
    for (const auto& [word, count] : sorted) {
      sheet_.write_text(row_, 0, word);
      sheet_.write_integer(row_++, 1, static_cast<std::int64_t>(count));
    }
  }

  Sheet sheet_;
  std::uint32_t row_ = 0;
};

[[noreturn]] void refuse_more() {
  throw Error(ErrorCode::limit,
              fmt::format("a sheet holds {} entries, and there are more", kMaxXlsxEntries),
              "ask for fewer (since: and until:), or write --csv");
}

}  // namespace

std::uint64_t write_xlsx(Rows& rows, const Provenance& from, const ExportOptions& options,
                         const Sink& sink) {
  std::vector<Column> columns = csv_columns(options);
  XlsxBook book(
      {.title = options.title.empty() ? "Audit trail of AI agent activity" : options.title,
       .made = options.now,
       .folder = options.spool});
  SummarySheet summary(book.add_sheet("Summary"));
  EntrySheet entries(book.add_sheet("Entries"), std::move(columns));
  Totals totals;
  while (rows.next()) {
    if (totals.count == kMaxXlsxEntries) refuse_more();
    totals.add(rows.entry());
    entries.write(rows.entry());
  }
  entries.finish();
  summary.write(from, options, totals);
  book.finish(sink);
  return totals.count;
}

}  // namespace audit::exports
