// siem/mapping.hpp - a table from our fields to those of another format.
//
// The tables are the files of libaudit/data/siem; audit-siem(5) prints them. A table says for each kind
// which rows make its entries, in order of rank: for one place in the result the first row that has a
// value gives it, for a list all of them do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "siem/kinds.hpp"
#include "siem/source.hpp"
#include "siem/table_reader.hpp"

namespace audit::siem {

// A value that stands in the table itself.
struct Constant {
  std::string text;
  bool is_bare = false;  // a number or a truth, not a text
};

// How a value is written.
enum class Form : std::uint8_t {
  plain,          // as queries and other exports show it
  string,         // the same, never as a number
  unix_ms,        // a time, in milliseconds since 1970
  unix_seconds,   // the same in seconds, with three digits behind the point
  span_ns,        // duration_us in nanoseconds
  span_ms,        // in milliseconds
  percent,        // a share as 0 to 100
  whole_percent,  // the same without a fraction
};

struct Row {
  std::string to;
  bool is_list = false;
  std::vector<Constant> constants;  // whatever the entry says
  std::vector<Source> from;         // else the first of these that is there
  Form form = Form::plain;
  std::size_t limit = 0;          // bytes; 0: none
  std::string label;              // CEF: what it is called in a field for anything
  std::vector<Field> if_any;      // only if one of these is there; empty: always
  std::vector<Field> unless_any;  // only if none of these is there
  std::vector<std::pair<std::string, Constant>> words;  // other words for those; empty: as they are
};

using Plan = std::vector<Row>;

class Mapping {
 public:
  //   throws    internal if the table is not as it should be
  explicit Mapping(std::string_view name);

  // The rows of one kind, in order of rank. Lives as long as this; always the same for a kind.
  [[nodiscard]] const Plan& plan(const Envelope& envelope);

  [[nodiscard]] const Constant& severity(Severity severity) const {
    return severities_[static_cast<std::size_t>(severity)];
  }

  // What an entry must be read with.
  [[nodiscard]] const FieldSet& fields() const noexcept { return fields_; }

 private:
  struct Kind {
    std::vector<std::string> groups;
    std::vector<Row> set;
    std::vector<Field> needs;
    std::string otherwise;  // the row for who has none of these
    std::optional<Plan> plan;
  };

  // Where fields go that no row names.
  struct Rest {
    std::string to;  // '*' stands for the name
    bool is_camel = false;
    Row like;
    std::vector<Field> skip;
  };

  void read_severities(const TableReader& table);
  void read_groups(const TableReader& table);
  void read_kinds(const TableReader& table);
  void read_rest(const TableReader& table);
  [[nodiscard]] Plan make_plan(const Kind& kind) const;
  void add_rest(Plan& plan) const;
  void note_fields();

  std::array<Constant, kSeverities> severities_;
  std::vector<Row> rows_;  // of every kind
  std::map<std::string, std::vector<Row>> groups_;
  std::unordered_map<std::string, Kind> kinds_;
  std::optional<Rest> rest_;
  FieldSet fields_;
};

}  // namespace audit::siem
