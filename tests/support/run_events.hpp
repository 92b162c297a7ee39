// run_events.hpp - events of a run, by the fields that make it one.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audit::test {

inline constexpr std::int64_t kRunBegins = 1'786'000'000'000;  // milliseconds

using Fields = std::vector<std::pair<Field, std::string_view>>;
using Numbers = std::vector<std::pair<Field, std::int64_t>>;

// An event `ms` milliseconds after the run began.
inline Event at(std::int64_t ms, std::string_view type, const Fields& fields,
                const Numbers& numbers = {}) {
  Event event;
  event.envelope.set_text(Field::type, type);
  event.envelope.set_number(Field::time, (kRunBegins + ms) * 1'000'000);
  for (const auto& [field, text] : fields) event.envelope.set_text(field, text);
  for (const auto& [field, number] : numbers) event.envelope.set_number(field, number);
  event.payload = "{}";
  return event;
}

// A ledger with these events, from entry 1 on.
inline LedgerView ledger_with(const std::filesystem::path& file, const std::vector<Event>& events) {
  create_ledger(file, {.origin = "example.com/test", .key_file = {}, .now = {}});
  Ledger ledger = Ledger::open(file);
  ledger.append(events);
  ledger.update_index();
  ledger.close();
  return LedgerView::open(file);
}

}  // namespace audit::test
