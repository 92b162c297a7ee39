// A document for people: where the entries come from, then a table of them.
#include "export/pdf.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "document/pdf.hpp"
#include "event/value.hpp"
#include "export/column.hpp"
#include "export/rows.hpp"
#include "export/summary.hpp"

namespace audit::exports {
namespace {

using document::Align;

// A count for people: 1,204,000.
std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

constexpr std::string_view kTimeSample = "2026-08-01 12:00:00.000";

// The values of `outcome` a reader looks for.
constexpr std::array<std::string_view, 4> kAlarming = {"deny", "denied", "error", "abort"};

// UTC to the millisecond, always as wide: 2026-08-01 12:00:00.250.
std::string document_time(Timestamp time) {
  constexpr std::size_t kToMilliseconds = 23;
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  // A millisecond that 64 bits of nanoseconds cannot hold can only be the earliest.
  std::string text = to_rfc3339(
      nanoseconds(time) < nanoseconds(Timestamp::min()) + 1'000'000 ? time : Timestamp(ms));
  text.pop_back();  // Z
  text[10] = ' ';
  if (text.size() < kToMilliseconds) text.append(".000");
  return text.substr(0, kToMilliseconds);
}

// A table's columns and how one of its rows is filled.
class Layout {
 public:
  virtual ~Layout() = default;
  [[nodiscard]] virtual std::vector<document::Column> columns() const = 0;
  // Cells that view buffers of this object, replaced by the next call.
  [[nodiscard]] virtual std::vector<document::Cell> cells(const Entry& entry) = 0;
};

// When, who, what, how it ended, and the number to look it up by.
class DefaultLayout final : public Layout {
 public:
  [[nodiscard]] std::vector<document::Column> columns() const override {
    return {{"Time (UTC)", Align::left, fmt::format("~{}", kTimeSample)},
            {"Agent", Align::left, "research-assistant-eu"},
            {"Type", Align::left, "approval.requested"},
            {"What happened", Align::left, ""},
            {"Outcome", Align::left, "requested"},
            {"Entry", Align::right, "12345678"}};
  }

  [[nodiscard]] std::vector<document::Cell> cells(const Entry& entry) override {
    time_.assign(entry.envelope.has(Field::time) ? 0 : 1, '~');
    time_ += document_time(entry.when());
    summary_ = summarizer_.summary(entry);
    number_.clear();
    event::append_integer(number_, entry.seq);
    const std::string_view outcome = Summarizer::outcome(entry.envelope);
    const bool alarming = std::find(kAlarming.begin(), kAlarming.end(), outcome) != kAlarming.end();
    return {{time_, false},
            {entry.envelope.text(Field::agent), false},
            {entry.envelope.text(Field::type), false},
            {summary_, false},
            {outcome, alarming},
            {number_, false}};
  }

 private:
  Summarizer summarizer_;
  std::string time_;
  std::string summary_;
  std::string number_;
};

// The columns somebody named.
class ChosenLayout final : public Layout {
 public:
  explicit ChosenLayout(std::vector<Column> chosen)
      : chosen_(std::move(chosen)), texts_(chosen_.size()) {}

  [[nodiscard]] std::vector<document::Column> columns() const override {
    std::vector<document::Column> columns;
    for (const Column& column : chosen_) {
      columns.push_back({std::string(column.name), align(column), std::string(sample(column))});
    }
    return columns;
  }

  [[nodiscard]] std::vector<document::Cell> cells(const Entry& entry) override {
    std::vector<document::Cell> cells;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      texts_[i].clear();
      append_text(texts_[i], entry, chosen_[i]);
      cells.push_back({texts_[i], false});
    }
    return cells;
  }

 private:
  static FieldType type_of(const Column& column) {
    switch (column.kind) {
      case Column::Kind::field:
        return info(column.field).type;
      case Column::Kind::received:
        return FieldType::time;
      case Column::Kind::seq:
      case Column::Kind::cost:
        return FieldType::integer;
      default:
        return FieldType::text;
    }
  }

  static Align align(const Column& column) {
    return type_of(column) == FieldType::integer ? Align::right : Align::left;
  }

  // Fields that hold prose, long ids or anything at all share the width that is left.
  static std::string_view sample(const Column& column) {
    if (column.kind == Column::Kind::cost) return "123.123456789";  // a cut number misleads
    switch (type_of(column)) {
      case FieldType::time:
        return kTimeSample;
      case FieldType::integer:
        return "1234567890";
      case FieldType::boolean:
        return "false";
      default:
        return {};
    }
  }

  void append_text(std::string& out, const Entry& entry, const Column& column) {
    switch (column.kind) {
      case Column::Kind::seq:
        event::append_integer(out, entry.seq);
        break;
      case Column::Kind::hash:
        event::append_hex(out, base::bytes_of(entry.hash));
        break;
      case Column::Kind::received:
        out = document_time(entry.received);
        break;
      case Column::Kind::payload:
        out = entry.payload.substr(0, kMaxCellBytes);
        break;
      case Column::Kind::summary:
        out = summarizer_.summary(entry);
        break;
      case Column::Kind::cost:
      case Column::Kind::field:
        append_field(out, entry.envelope, column);
        break;
    }
  }

  static void append_field(std::string& out, const Envelope& envelope, const Column& column) {
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      if (value.field != column.field) continue;
      if (!out.empty()) out.append("; ");
      if (value.kind != ValueKind::integer) {
        event::append_value(out, value);
      } else if (type_of(column) == FieldType::time) {
        out.append(document_time(from_nanoseconds(value.number)));
      } else if (column.kind == Column::Kind::cost) {
        event::append_decimal(out, value.number, event::kCostUnit);
      } else {
        event::append_value(out, value);
      }
    }
  }

  static constexpr std::size_t kMaxCellBytes = 4096;

  std::vector<Column> chosen_;
  std::vector<std::string> texts_;
  Summarizer summarizer_;
};

std::unique_ptr<Layout> make_layout(const ExportOptions& options) {
  if (options.fields.empty()) return std::make_unique<DefaultLayout>();
  return std::make_unique<ChosenLayout>(parse_columns(options.fields));
}

// What is only known at the end.
struct Totals {
  std::uint64_t count = 0;
  std::uint64_t last_seq = 0;
  Timestamp last_time;
  Timestamp earliest = Timestamp::max();
  Timestamp latest = Timestamp::min();

  void add(const Entry& entry) {
    ++count;
    last_seq = entry.seq;
    last_time = entry.when();
    earliest = std::min(earliest, last_time);
    latest = std::max(latest, last_time);
  }
};

[[noreturn]] void refuse_more(const Totals& totals) {
  throw Error(ErrorCode::limit,
              fmt::format("more than {} entries match, a PDF holds no more than that",
                          grouped(kMaxPdfEntries)),
              fmt::format("narrow it with since: and until: (the first {} end at entry {}, {}), or "
                          "export csv or jsonl",
                          grouped(kMaxPdfEntries), totals.last_seq, to_rfc3339(totals.last_time)));
}

// The title block, with room for what is only known at the end.
class TitleBlock {
 public:
  TitleBlock(document::PdfWriter& pdf, const Provenance& from, const ExportOptions& options)
      : pdf_(pdf), size_(from.head.size) {
    pdf.add(document::Heading{title(options), 1});
    const std::string query = options.query_text.empty() ? "everything" : options.query_text;
    places_ = pdf.add(document::KeyValues{{
        {"Ledger", from.head.origin},
        {"Ledger id", from.ledger_id},
        {"Query", query},
        {"Period", ""},
        {"Entries", ""},
        {"Checkpoint",
         fmt::format("{} entries, root {}", grouped(from.head.size), to_base64(from.head.root))},
        {"Made", to_rfc3339(options.now)},
    }});
    // Chosen columns hold the event's time and the receipt each in its own.
    const std::string_view mark =
        options.fields.empty()
            ? " A time with ~ before it is when the entry was received: the event gives no time."
            : "";
    pdf.add(document::Paragraph{fmt::format(
        "A view of a tamper-evident ledger at the checkpoint above. The proof is in the ledger, "
        "not on this page: \u201caudit verify\u201d checks it, and \u201caudit search --seq "
        "N\u201d shows an entry of this table in full. Times are UTC.{} Text that ends in \u2026 "
        "did not fit; characters that cannot be shown or would mislead are written as \\n, \\x1b, "
        "\\u202e or \\u{{1F600}}.",
        mark)});
  }

  static std::string title(const ExportOptions& options) {
    return options.title.empty() ? "Audit trail of AI agent activity" : options.title;
  }

  void fill(const Totals& totals) {
    constexpr std::size_t kPeriod = 3;
    constexpr std::size_t kEntries = 4;
    const std::string of =
        fmt::format("{} of the {} entries in the ledger", grouped(totals.count), grouped(size_));
    pdf_.fill(places_[kEntries], of);
    if (totals.count == 0) {
      pdf_.fill(places_[kPeriod], "no entries");
    } else {
      pdf_.fill(places_[kPeriod],
                fmt::format("{} to {} UTC, first and last event shown",
                            document_time(totals.earliest), document_time(totals.latest)));
    }
  }

 private:
  document::PdfWriter& pdf_;
  std::uint64_t size_;
  std::vector<document::PdfWriter::Place> places_;
};

}  // namespace

FieldSet pdf_fields(const ExportOptions& options) {
  if (!options.fields.empty()) return fields_of(parse_columns(options.fields));
  FieldSet set = Summarizer::fields();
  set.add(FieldSet{Field::time, Field::agent});
  return set;
}

bool pdf_needs_payload(const ExportOptions& options) {
  return options.fields.empty() || needs_payload(parse_columns(options.fields));
}

std::uint64_t write_pdf(Rows& rows, const Provenance& from, const ExportOptions& options,
                        const Sink& sink) {
  const std::unique_ptr<Layout> layout = make_layout(options);
  const std::string title = TitleBlock::title(options);
  document::PdfWriter pdf({.title = title,
                           .footer = fmt::format("{} \u00b7 {}", title, from.head.origin),
                           .made = options.now,
                           .font_folder = {}});
  TitleBlock block(pdf, from, options);
  pdf.begin_table(layout->columns());
  Totals totals;
  while (rows.next()) {
    if (totals.count == kMaxPdfEntries) refuse_more(totals);
    totals.add(rows.entry());
    pdf.row(layout->cells(rows.entry()));
  }
  pdf.end_table();
  if (totals.count == 0) pdf.add(document::Paragraph{"No entry matches the query."});
  block.fill(totals);
  pdf.finish(sink);
  return totals.count;
}

}  // namespace audit::exports
