#include "export/xlsx.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "rows_support.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

// As many entries as are asked for, all alike.
class ManyRows final : public exports::Rows {
 public:
  explicit ManyRows(std::uint64_t count) : left_(count), entry_(test::bare_entry(7)) {}

  bool next() override { return left_ > 0 && left_-- > 0; }

  const Entry& entry() const override { return entry_; }

 private:
  std::uint64_t left_;
  Entry entry_;
};

}  // namespace

TEST_CASE("a workbook gets more entries than a sheet holds") {
  const test::TempFolder folder;
  ExportOptions options;
  options.fields = {"tool"};  // which no entry has
  options.spool = folder.path();
  ManyRows rows(kMaxXlsxEntries + 1);
  std::size_t bytes = 0;
  const auto sink = [&](std::string_view piece) { bytes += piece.size(); };
  CHECK(test::code_of([&] { exports::write_xlsx(rows, test::some_ledger(), options, sink); }) ==
        ErrorCode::limit);
  CHECK(bytes == 0);
}

}  // namespace audit
