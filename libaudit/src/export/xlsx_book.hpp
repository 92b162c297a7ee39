// export/xlsx_book.hpp - a workbook that is written row by row, and handed over when it is whole.
//
// It waits in files without names, beside where it goes: libxlsxwriter writes files only. Texts are
// never formulas, and hold nothing that XML has not.
//
// Errors   throws io (also where the library lost something without a word), limit, configuration
#pragma once

#include <audit/export.hpp>
#include <audit/time.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"

struct lxw_format;
struct lxw_workbook;
struct lxw_worksheet;

namespace audit::exports {

// Rows of a sheet, its header too.
inline constexpr std::uint32_t kMaxXlsxRows = 1'048'576;

class XlsxBook {
 public:
  struct About {
    std::string title;
    Timestamp made;
    std::filesystem::path folder;  // where there is room for it
  };

  explicit XlsxBook(const About& about);
  XlsxBook(const XlsxBook&) = delete;
  XlsxBook& operator=(const XlsxBook&) = delete;
  ~XlsxBook();

  // One sheet: cells row by row, downwards; sheets may take turns.
  class Sheet {
   public:
    void set_width(std::uint16_t column, double characters);
    void write_text(std::uint32_t row, std::uint16_t column, std::string_view text);
    void write_heading(std::uint32_t row, std::uint16_t column, std::string_view text);
    // A number that a double does not hold exactly becomes a text.
    void write_integer(std::uint32_t row, std::uint16_t column, std::int64_t value);
    void write_number(std::uint32_t row, std::uint16_t column, double value);
    void write_truth(std::uint32_t row, std::uint16_t column, bool value);
    // To the millisecond; a time that workbooks do not know becomes a text.
    void write_time(std::uint32_t row, std::uint16_t column, Timestamp time);
    // Row 0 stays in sight and its columns can be filtered, down to `last_row`.
    void make_table(std::uint32_t last_row, std::uint16_t last_column);

   private:
    friend class XlsxBook;
    XlsxBook* book_ = nullptr;
    ::lxw_worksheet* sheet_ = nullptr;
  };

  //   name    at most 31 characters, no []:*?/\ in it
  [[nodiscard]] Sheet add_sheet(const char* name);

  // Ends the writing. Nothing is called afterwards.
  void finish(const Sink& sink);

 private:
  void close();
  void check_sheets();
  void copy_to(const Sink& sink) const;
  [[noreturn]] void fail_lost() const;

  std::filesystem::path folder_;
  base::UniqueFd file_;
  ::lxw_workbook* book_ = nullptr;
  ::lxw_format* bold_ = nullptr;
  ::lxw_format* time_ = nullptr;
  std::string scratch_;
};

}  // namespace audit::exports
