// siem/kinds.hpp - what every format says of a kind: a name, an id, how grave it is.
#pragma once

#include <audit/event.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace audit::siem {

enum class Severity : std::uint8_t { info, low, medium, high, critical };

inline constexpr std::size_t kSeverities = 5;

// The words of the tables for them, in order.
inline constexpr std::array<std::string_view, kSeverities> kSeverityWords{"info", "low", "medium",
                                                                          "high", "critical"};

struct KindRow {
  std::string id;    // "tool.call", "dsr", "other": letters, dots and underscores
  std::string name;  // for people
  Severity severity = Severity::info;
};

// A text to a row, as rows of tables name kinds: the kind itself, "dsr.*" for all that begin with
// "dsr.", "*" for all others.
//   returns   null if there is none
template <class Rows>
[[nodiscard]] auto* find_by_kind(Rows& rows, std::string_view kind) {
  const auto look_up = [&rows](const std::string& name) {
    const auto found = rows.find(name);
    return found == rows.end() ? nullptr : &found->second;
  };
  // A name that is longer than any kind is a stranger's.
  constexpr std::size_t kLongest = 64;
  if (!kind.empty() && kind.size() <= kLongest && kind.find('*') == std::string_view::npos) {
    if (auto* const row = look_up(std::string(kind))) return row;
    const std::size_t dot = kind.find('.');
    if (dot != std::string_view::npos) {
      if (auto* const row = look_up(std::string(kind.substr(0, dot)) + ".*")) return row;
    }
  }
  return look_up("*");
}

// The table kinds.json.
class Kinds {
 public:
  //   throws    internal if the table is not as it should be
  Kinds();

  [[nodiscard]] const KindRow& of(std::string_view kind) const {
    return *find_by_kind(rows_, kind);
  }

  // What the entry says of its risk; else that of its kind, raised by how it ended.
  [[nodiscard]] Severity severity(const KindRow& kind, const Envelope& envelope) const;

 private:
  struct Raise {
    Field field;
    std::string word;
    Severity to;
  };

  std::unordered_map<std::string, KindRow> rows_;
  std::vector<Raise> raises_;
};

}  // namespace audit::siem
