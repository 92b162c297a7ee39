// events.hpp - events and ledgers for tests, made through the public interface.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace audit::test {

inline Event event(std::string_view type, std::string payload, std::string_view id = {}) {
  Event event;
  event.envelope.set_text(Field::type, type);
  event.envelope.set_text(Field::event_id, id);
  event.payload = std::move(payload);
  return event;
}

// A UUID of its own for each number.
inline std::string uuid(std::uint64_t number) {
  char text[41];
  std::snprintf(text, sizeof text, "%08x-5f0a-4c3e-9a57-%012llx",
                static_cast<unsigned>(number * 2654435761U),
                static_cast<unsigned long long>(number));
  return text;
}

inline void make_ledger(const std::filesystem::path& file) {
  create_ledger(file, {.origin = "test.example/ledger", .key_file = {}, .now = {}});
}

inline std::vector<Entry> entries_of(const std::filesystem::path& file) {
  std::vector<Entry> entries;
  const LedgerView view = LedgerView::open(file);
  for (EntryCursor cursor = view.entries({0, view.size()}); cursor.next();) {
    entries.push_back(cursor.entry());
  }
  return entries;
}

}  // namespace audit::test
