#include "ledger/newest.hpp"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "events.hpp"
#include "temp_folder.hpp"

namespace audit::ledger {

namespace {

// All entries, one after the other.
std::optional<std::uint64_t> slowly(const LedgerView& view, std::string_view type,
                                    std::uint64_t first) {
  std::optional<std::uint64_t> newest;
  for (EntryCursor cursor = view.entries({first, view.size()}); cursor.next();) {
    if (cursor.entry().envelope.text(Field::type) == type) newest = cursor.entry().seq;
  }
  return newest;
}

void compare(const std::filesystem::path& file) {
  const LedgerView view = LedgerView::open(file);
  for (const std::string_view type : {"sys.config", "sys.access", "message", "none"}) {
    for (const std::uint64_t first : {0U, 1U, 99U, 2000U, 2001U, 2002U, 5000U, 9999U, 100'000U}) {
      CAPTURE(type);
      CAPTURE(first);
      CHECK(newest_of_type(view, type, first) == slowly(view, type, first));
    }
  }
}

}  // namespace

TEST_CASE("an entry that is not the newest of its kind, with an index, behind one, and without") {
  const test::TempFolder folder;
  const std::filesystem::path file = folder / "l";
  test::make_ledger(file);
  const std::vector<Event> some(2000, test::event("message", "{}"));
  Ledger ledger = Ledger::open(file);
  (void)ledger.append(some);
  (void)ledger.append_system("sys.config", R"({"n":1})");  // entry 2001
  (void)ledger.append(some);
  (void)ledger.append(some);
  compare(file);
  ledger.update_index();
  compare(file);
  (void)ledger.append_system("sys.access", "{}");
  compare(file);
  (void)ledger.append(some);
  (void)ledger.append(some);
  (void)ledger.append_system("sys.config", R"({"n":2})");
  compare(file);
  ledger.update_index();
  compare(file);
  ledger.close();
  std::filesystem::resize_file(index_file(file), 4096);
  compare(file);
}

}  // namespace audit::ledger
