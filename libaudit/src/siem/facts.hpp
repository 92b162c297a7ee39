// siem/facts.hpp - one entry, asked row by row.
#pragma once

#include <audit/ledger.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "siem/kinds.hpp"
#include "siem/mapping.hpp"
#include "siem/source.hpp"

namespace audit::siem {

class Facts {
 public:
  // A value as text; bare where JSON has it without quotes. Lives until the next one is asked for.
  struct Found {
    std::string_view text;
    bool is_bare = false;
  };

  //   ledger        its names outlive this
  //   with_payload  payloads are told
  Facts(const Origin& ledger, const Mapping& mapping, bool with_payload)
      : ledger_(ledger), mapping_(mapping), with_payload_(with_payload) {}

  // The entry all others are about from now on; it stays until the next.
  void take(const Entry& entry);

  [[nodiscard]] const Entry& entry() const noexcept { return *entry_; }

  [[nodiscard]] const KindRow& kind() const noexcept { return *kind_; }

  [[nodiscard]] Severity severity() const noexcept { return severity_; }

  // What a row gives, whole: nothing is cut yet. Of a list its elements are joined by "; ".
  [[nodiscard]] std::optional<Found> find(const Row& row);

  // Calls each(Found) for every value that a row for a list gives.
  template <class Each>
  void for_all(const Row& row, const Each& each) {
    for (const Constant& constant : row.constants) each(Found{constant.text, constant.is_bare});
    if (row.from.size() != 1 || !is_list(row.from.front())) {
      if (const auto found = row.from.empty() ? std::nullopt : find(row)) each(*found);
      return;
    }
    const Envelope& envelope = entry_->envelope;
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      if (value.field == row.from.front().field) each(Found{value.text});
    }
  }

 private:
  [[nodiscard]] static bool is_list(const Source& source);
  [[nodiscard]] bool applies(const Row& row) const;
  [[nodiscard]] std::optional<Found> value_of(const Source& source, Form form);
  [[nodiscard]] std::optional<Found> field_value(Field field, Form form);
  [[nodiscard]] std::optional<Found> list_value(std::size_t place);
  [[nodiscard]] std::optional<Found> time_value(Timestamp time, Form form);
  [[nodiscard]] std::optional<Found> end_value(Form form);
  [[nodiscard]] std::optional<Found> number_value(const Envelope::Value& value, Form form);
  [[nodiscard]] std::optional<Found> scratch_text();
  void make_message();
  void make_policy();

  static constexpr std::uint16_t kAbsent = 0xffff;

  Origin ledger_;
  const Mapping& mapping_;
  bool with_payload_;
  Kinds kinds_;
  const Entry* entry_ = nullptr;
  const KindRow* kind_ = nullptr;
  Severity severity_ = Severity::info;
  std::array<std::uint16_t, kFieldCount + 1> places_{};  // of each field in the envelope
  std::string scratch_;
};

}  // namespace audit::siem
