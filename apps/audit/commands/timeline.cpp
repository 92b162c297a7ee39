#include "commands/timeline.hpp"

#include <audit/export.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "ui/decimal.hpp"

namespace audit::cli {

namespace {

// So many entries are looked at to choose the widths of the columns.
constexpr std::size_t kHeld = 200;
// A hit is looked for in so much of a payload.
constexpr std::size_t kContextBytes = std::size_t{64} * 1024;
// Of one ledger; the name of the ledger comes behind the time.
constexpr std::size_t kWhatColumn = 3;

std::vector<Column> columns_for(bool on_terminal, bool names_ledger) {
  // In a pipe: time seq agent type outcome what
  if (!on_terminal) return std::vector<Column>(names_ledger ? 7 : 6);
  std::vector<Column> columns{{.widest = 9, .right_aligned = true},    // time
                              {.widest = 18, .expendable = 2},         // agent
                              {.widest = 18, .expendable = 1},         // type
                              {.grows = true},                         // what happened
                              {.widest = 10},                          // how it ended
                              {.widest = 12, .right_aligned = true}};  // seq: to ask for it again
  if (names_ledger) columns.insert(columns.begin() + 1, {.widest = 24});
  return columns;
}

std::string day_of(Timestamp time) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  return fmt::format("{} {}", to_rfc3339(Timestamp(day)).substr(0, 10), kNames[weekday]);
}

std::string clock_of(Timestamp time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return to_rfc3339(Timestamp(second)).substr(11, 8);
}

// "~" before a time that is not the event's own but that of its receipt.
std::string_view mark_of(const Entry& entry) { return entry.envelope.has(Field::time) ? "" : "~"; }

// How it ended: the decision, else the approval, else the status.
std::string_view outcome_of(const Envelope& envelope) {
  for (const Field field : {Field::decision, Field::approval, Field::status}) {
    if (envelope.has(field)) return envelope.text(field);
  }
  return {};
}

// "deny by pii-egress" as "by pii-egress": how it ended has a column of its own.
std::string_view without(std::string_view summary, std::string_view outcome) {
  if (outcome.empty() || !summary.starts_with(outcome)) return summary;
  const std::string_view rest = summary.substr(outcome.size());
  if (rest.starts_with(": ")) return rest.substr(2);
  return rest.starts_with(' ') ? rest.substr(1) : summary;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// The text around `hit`, about `width` columns of it, cut between characters and safe to show.
std::string around(std::string_view text, const TextSpan& hit, std::size_t width) {
  const std::size_t spare = width > hit.length + 2 ? (width - hit.length - 2) / 2 : 0;
  std::size_t first = hit.offset > spare ? hit.offset - spare : 0;
  while (first < hit.offset && !begins_character(text[first])) ++first;
  std::size_t last = std::min(text.size(), hit.offset + hit.length + spare);
  while (last < text.size() && !begins_character(text[last])) ++last;
  return fmt::format("{}{}{}", first > 0 ? "\u2026" : "",
                     escape_controls(text.substr(first, last - first)),
                     last < text.size() ? "\u2026" : "");
}

std::string hash_text(std::string_view bytes) {
  Digest digest;
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.bytes.size()), digest.bytes.begin());
  return to_hex(digest);
}

std::string value_text(const Envelope::Value& value) {
  if (value.kind == ValueKind::text) return escape_controls(value.text);
  if (value.kind == ValueKind::hash) return hash_text(value.text);
  const FieldInfo& field = info(value.field);
  if (value.field == Field::cost_nano) return decimal(value.number, 1'000'000'000);
  if (field.type == FieldType::time) return to_rfc3339(from_nanoseconds(value.number));
  if (field.type == FieldType::boolean) return value.number != 0 ? "true" : "false";
  return decimal(value.number, field.unit);
}

std::string payload_block(const Entry& entry, const Style& style) {
  if (entry.payload_state == Entry::Payload::none) return style.paint(Tone::dim, "no payload\n");
  if (entry.payload_state == Entry::Payload::erased) {
    return style.paint(Tone::warn, "the payload was lawfully erased\n");
  }
  if (entry.payload_state == Entry::Payload::withheld) {
    return style.paint(Tone::dim, "the payload is withheld (--view redacted)\n");
  }
  std::string text = style.paint(
      Tone::dim, fmt::format("payload, {}\n", counted(entry.payload.size(), "byte", "bytes")));
  std::string_view rest = entry.payload;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("{}\n", escape_controls(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

}  // namespace

Timeline::Timeline(Context& context, PagedOutput& out, const std::vector<std::string>& words,
                   bool names_ledger)
    : out_(out),
      words_(words),
      on_terminal_(context.out.is_terminal()),
      names_ledger_(names_ledger),
      columns_(context.out.columns()),
      style_(context.out_style()),
      table_(columns_for(on_terminal_, names_ledger),
             on_terminal_ ? std::optional(columns_) : std::nullopt, style_) {}

Row Timeline::to_row(const Entry& entry, std::string_view ledger) const {
  const std::string outcome = escape_controls(outcome_of(entry.envelope));
  const Cell seq{std::to_string(entry.seq), Tone::dim};
  const Cell agent{escape_controls(entry.envelope.text(Field::agent)), Tone::accent, words_};
  const Cell type{escape_controls(entry.envelope.text(Field::type))};
  const Cell end{outcome, tone_of_outcome(outcome)};
  const std::string summary = entry_summary(entry);
  const Cell what{std::string(without(summary, outcome)), Tone::plain, words_};
  const std::string when = on_terminal_ ? clock_of(entry.when()) : to_rfc3339(entry.when());
  const Cell time{fmt::format("{}{}", mark_of(entry), when)};
  Row row = on_terminal_ ? Row{time, agent, type, what, end, seq}
                         : Row{time, seq, agent, type, end, what};
  if (names_ledger_) row.insert(row.begin() + 1, Cell{escape_controls(ledger), Tone::strong});
  return row;
}

Timeline::Item Timeline::to_item(const Entry& entry, std::string_view ledger) const {
  Item item{on_terminal_ ? day_of(entry.when()) : "", to_row(entry, ledger), {}};
  if (on_terminal_ && !words_.empty()) item.payload = entry.payload.substr(0, kContextBytes);
  return item;
}

void Timeline::measure(const Entry& entry, std::string_view ledger) {
  if (on_terminal_) measured_.push_back(to_row(entry, ledger));
}

void Timeline::add(const Entry& entry, std::string_view ledger) {
  if (!on_terminal_) {
    out_.write(table_.line(to_row(entry, ledger)) + '\n');
    return;
  }
  held_.push_back(to_item(entry, ledger));
  if (fitted_ || held_.size() >= kHeld) print_held();
}

void Timeline::finish() { print_held(); }

void Timeline::print_held() {
  if (held_.empty()) return;
  if (!fitted_) {
    std::vector<Row> rows = std::move(measured_);
    for (const Item& item : held_) rows.push_back(item.row);
    table_.fit(rows);
    fitted_ = true;
  }
  for (const Item& item : held_) print(item);
  held_.clear();
}

void Timeline::print(const Item& item) {
  if (item.day != day_) {
    const std::string zone = style_.paint(Tone::dim, "UTC");
    out_.write(fmt::format("{}{} {}\n", day_.empty() ? "" : "\n",
                           style_.paint(Tone::strong, item.day), zone));
    day_ = item.day;
  }
  out_.write(table_.line(item.row) + '\n');
  if (!item.payload.empty()) print_context(item);
}

void Timeline::print_context(const Item& item) {
  const std::size_t what = kWhatColumn + (names_ledger_ ? 1 : 0);
  const std::string shown = truncate_to_width(item.row[what].text, table_.width_of(what));
  if (!find_words(shown, words_).empty()) return;
  const std::vector<TextSpan> hits = find_words(item.payload, words_);
  if (hits.empty()) return;
  const std::size_t indent = table_.start_of(what) + 2;
  const std::size_t room = columns_ > indent + 2 ? columns_ - indent - 2 : 1;
  const std::string text = truncate_to_width(around(item.payload, hits.front(), room), room);
  out_.write(fmt::format("{:{}}{}\n", "", indent, paint_hits(style_, Tone::dim, text, words_)));
}

std::string entry_block(const Entry& entry, const Style& style) {
  std::string text =
      fmt::format("{}\n", style.paint(Tone::strong, fmt::format("entry {}", entry.seq)));
  const auto line = [&](std::string_view name, std::string_view value, Tone tone = Tone::plain) {
    text += fmt::format("  {} {}\n", style.paint(Tone::dim, fmt::format("{:<20}", name)),
                        style.paint(tone, value));
  };
  line("hash", to_hex(entry.hash));
  line("received", to_rfc3339(entry.received));
  for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
    const Envelope::Value value = entry.envelope.at(i);
    const bool ends = value.field == Field::decision || value.field == Field::approval ||
                      value.field == Field::status;
    line(value.field == Field::cost_nano ? "cost" : name_of(value.field), value_text(value),
         ends ? tone_of_outcome(value.text) : Tone::plain);
  }
  return text + payload_block(entry, style);
}

}  // namespace audit::cli
