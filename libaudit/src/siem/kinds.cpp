#include "siem/kinds.hpp"

#include <algorithm>

#include "siem/table_reader.hpp"

namespace audit::siem {

namespace {

Severity read_severity(const TableReader& table, const base::JsonValue& value) {
  const auto word = std::find(kSeverityWords.begin(), kSeverityWords.end(), value.text());
  if (word == kSeverityWords.end()) table.refuse("names no severity");
  return static_cast<Severity>(word - kSeverityWords.begin());
}

std::string id_of(std::string_view kind) {
  if (kind == "*") return "other";
  return std::string(kind.ends_with(".*") ? kind.substr(0, kind.size() - 2) : kind);
}

}  // namespace

Kinds::Kinds() {
  const TableReader table("kinds");
  table.member("kinds").for_members([&](std::string_view kind, const base::JsonValue& row) {
    rows_[std::string(kind)] = {id_of(kind), std::string(table.member(row, "name").text()),
                                read_severity(table, table.member(row, "severity"))};
  });
  if (!rows_.contains("*")) table.refuse("has no row for any other kind");
  table.member("raise").for_members([&](std::string_view field, const base::JsonValue& words) {
    words.for_members([&](std::string_view word, const base::JsonValue& to) {
      raises_.push_back({table.field(field), std::string(word), read_severity(table, to)});
    });
  });
}

Severity Kinds::severity(const KindRow& kind, const Envelope& envelope) const {
  const std::string_view risk = envelope.text(Field::risk);
  const auto word = std::find(kSeverityWords.begin() + 1, kSeverityWords.end(), risk);
  if (word != kSeverityWords.end()) return static_cast<Severity>(word - kSeverityWords.begin());
  Severity severity = kind.severity;
  for (const Raise& raise : raises_) {
    if (envelope.text(raise.field) == raise.word) severity = std::max(severity, raise.to);
  }
  return severity;
}

}  // namespace audit::siem
