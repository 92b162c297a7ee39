#include "export/entry_layout.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "document/chart_scale.hpp"
#include "event/value.hpp"
#include "export/column.hpp"
#include "export/statistics.hpp"
#include "export/summary.hpp"

namespace audit::exports {
namespace {

using document::Align;
using document::Cell;
using document::Table;

constexpr std::string_view kTimeSample = "2026-08-01 12:00:00.000";
constexpr std::size_t kTextLines = 4;  // of prose
constexpr std::size_t kNameLines = 2;  // of a name
constexpr std::size_t kMaxCellBytes = 4096;
constexpr std::size_t kMaxSummary = 640;  // columns: more than its lines hold
constexpr std::size_t kSurelyFits = 160;  // bytes of a text that no writer has to cut

std::string time_text(const Entry& entry) {
  std::string text(entry.envelope.has(Field::time) ? 0 : 1, '~');
  return text + document_time(entry.when());
}

// Where the rest of a long text is, for the reader to ask for and to hold against.
std::string whereabouts(const Entry& entry) {
  if (entry.payload_state != Entry::Payload::present || entry.payload.empty()) {
    return fmt::format("in full: entry {}, entry hash {}", entry.seq, to_hex(entry.hash));
  }
  return fmt::format("in full: entry {}, {} bytes, SHA-256 {}", entry.seq,
                     document::grouped(entry.payload.size()),
                     to_hex(crypto::sha256(entry.payload)));
}

class DefaultLayout final : public EntryLayout {
 public:
  [[nodiscard]] Table table() const override {
    return {{{"Entry", Align::right, "12345678"},
             {"Time (UTC)", Align::left, fmt::format("~{}", kTimeSample)},
             {"Agent", Align::left, "research-assistant-e", kNameLines},
             {"Type", Align::left, "approval.requested", kNameLines},
             {"What happened", Align::left, "", kTextLines},
             {"Decision", Align::left, "requested"},
             {"Outcome", Align::left, "cancelled"}}};
  }

  [[nodiscard]] std::vector<Cell> cells(const Entry& entry) override {
    const Envelope& envelope = entry.envelope;
    number_.clear();
    event::append_integer(number_, entry.seq);
    time_ = time_text(entry);
    summary_ = summarizer_.summary(entry, kMaxSummary);
    // What a call was asked is cut inside of the line.
    const bool is_cut = summary_.find("\u2026") != std::string::npos;
    rest_ = is_cut || summary_.size() > kSurelyFits ? whereabouts(entry) : std::string();
    const std::string_view decision =
        envelope.text(envelope.has(Field::decision) ? Field::decision : Field::approval);
    const std::string_view status = envelope.text(Field::status);
    return {{number_},
            {time_},
            {envelope.text(Field::agent)},
            {envelope.text(Field::type)},
            {.text = summary_, .is_cut = is_cut, .if_cut = rest_},
            word(decision),
            word(status)};
  }

 private:
  // What went wrong stands out, what went right does not.
  static Cell word(std::string_view text) {
    const document::Tone tone = tone_of(text);
    const bool is_bad = tone == document::Tone::bad;
    return {text, is_bad ? tone : document::Tone::plain, is_bad};
  }

  Summarizer summarizer_;
  std::string number_;
  std::string time_;
  std::string summary_;
  std::string rest_;
};

class DecisionLayout final : public EntryLayout {
 public:
  [[nodiscard]] Table table() const override {
    return {{{"Entry", Align::right, "12345678"},
             {"Time (UTC)", Align::left, fmt::format("~{}", kTimeSample)},
             {"Agent", Align::left, "research-assistant-e", kNameLines},
             {"Decision", Align::left, "requested"},
             {"By", Align::left, "lead04@example.com", kNameLines},
             {"About", Align::left, "send_email_to_team", kNameLines},
             {"Reason", Align::left, "", kTextLines}}};
  }

  [[nodiscard]] std::vector<Cell> cells(const Entry& entry) override {
    const Envelope& envelope = entry.envelope;
    number_.clear();
    event::append_integer(number_, entry.seq);
    anchor_ = entry_anchor(entry.seq);
    time_ = time_text(entry);
    const std::string_view type = envelope.text(Field::type);
    word_ = envelope.text(Field::decision);
    if (is_approval(envelope)) word_ = envelope.text(Field::approval);
    if (word_.empty() && type.starts_with("approval.")) word_ = type.substr(type.find('.') + 1);
    if (word_.empty()) word_ = envelope.text(Field::status);
    about_ = envelope.text(Field::tool);
    for (const Field field : {Field::action, Field::resource, Field::type}) {
      if (about_.empty()) about_ = envelope.text(field);
    }
    reason_ = envelope.text(Field::reason);
    if (reason_.empty()) reason_ = envelope.text(Field::error);
    const document::Tone tone = tone_of(word_);
    return {{.text = number_, .target = anchor_},
            {time_},
            {envelope.text(Field::agent)},
            {word_, tone, tone == document::Tone::bad},
            {decider(envelope)},
            {about_},
            {.text = reason_.substr(0, kMaxCellBytes),
             .is_cut = reason_.size() > kMaxCellBytes,
             .if_cut = rest_of(entry)}};
  }

 private:
  [[nodiscard]] std::string_view rest_of(const Entry& entry) {
    rest_ = reason_.size() > kSurelyFits ? whereabouts(entry) : std::string();
    return rest_;
  }

  std::string number_;
  std::string anchor_;
  std::string time_;
  std::string rest_;
  std::string_view word_;
  std::string_view about_;
  std::string_view reason_;
};

// The columns somebody named.
class ChosenLayout final : public EntryLayout {
 public:
  explicit ChosenLayout(std::vector<Column> chosen)
      : chosen_(std::move(chosen)), texts_(chosen_.size()) {}

  [[nodiscard]] Table table() const override {
    Table table;
    for (const Column& column : chosen_) {
      const std::string_view wide = sample(column);
      table.columns.push_back({std::string(column.name), align(column), std::string(wide),
                               wide.empty() ? kTextLines : 1});
    }
    return table;
  }

  [[nodiscard]] std::vector<Cell> cells(const Entry& entry) override {
    std::vector<Cell> cells;
    rest_.clear();
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      texts_[i].clear();
      append_text(texts_[i], entry, chosen_[i]);
      const bool is_cut = texts_[i].size() > kMaxCellBytes;
      if (texts_[i].size() > kSurelyFits / 4 && rest_.empty()) rest_ = whereabouts(entry);
      cells.push_back({.text = std::string_view(texts_[i]).substr(0, kMaxCellBytes),
                       .is_cut = is_cut,
                       .if_cut = rest_});
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
        out = entry.payload.substr(0, kMaxCellBytes + 1);
        break;
      case Column::Kind::summary:
        out = summarizer_.summary(entry, kMaxSummary);
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

  std::vector<Column> chosen_;
  std::vector<std::string> texts_;
  std::string rest_;
  Summarizer summarizer_;
};

}  // namespace

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

std::string entry_anchor(std::uint64_t seq) { return fmt::format("entry-{}", seq); }

std::unique_ptr<EntryLayout> make_entry_layout(const ExportOptions& options) {
  if (options.fields.empty()) return std::make_unique<DefaultLayout>();
  return std::make_unique<ChosenLayout>(parse_columns(options.fields));
}

std::unique_ptr<EntryLayout> make_decision_layout() { return std::make_unique<DecisionLayout>(); }

}  // namespace audit::exports
