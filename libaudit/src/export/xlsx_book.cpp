#include "export/xlsx_book.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/zip.hpp"
#include "event/value.hpp"
#include "export/xlsx_library.hpp"
#include "siem/cut.hpp"

namespace audit::exports {

namespace {

// What a cell holds, in UTF-16 units; and what the mark of a cut takes, all of it ASCII but one.
constexpr std::size_t kMaxCellUnits = 32'767;
constexpr std::size_t kMarkBytes = 76;
constexpr std::int64_t kExact = std::int64_t{1} << 53;
constexpr std::size_t kPieceBytes = std::size_t{48} * 1024;

// Days count from here; before March 1900 they count a day that was none.
constexpr std::int64_t kFirstDay = -25'569;  // 1899-12-30, in days since 1970
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstGoodMs = -25'508 * kDayMs;

// A file that nobody sees, as Spool has one.
base::UniqueFd make_file(const std::filesystem::path& folder) {
  std::string name = (folder / ".audit-xlsx-XXXXXX").string();
  base::UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) base::throw_errno("make a file in", folder, errno);
  ::unlink(name.c_str());
  return file;
}

// How many of the first bytes take at most so many units of UTF-16.
std::size_t bytes_within(std::string_view text, std::size_t units) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) == 0x80) continue;
    used += byte >= 0xf0 ? 2 : 1;
    if (used > units) return i;
  }
  return text.size();
}

// "_x0041_" in a cell is the letter A to a spreadsheet, and so the underscore before it is spelt out.
void protect_escapes(std::string& text) {
  for (std::size_t i = text.find("_x"); i != std::string::npos; i = text.find("_x", i + 2)) {
    const std::string_view digits = std::string_view(text).substr(i + 2, 4);
    const bool is_escape =
        digits.size() == 4 &&
        digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos &&
        i + 6 < text.size() && text[i + 6] == '_';
    if (!is_escape) continue;
    text.insert(i, "_x005F");
    i += 6;
  }
}

// As a cell may hold it.
std::string cell_text(std::string_view text, std::string& scratch) {
  std::string_view shown = siem::visible(text, siem::LineBreaks::kept, scratch);
  if (bytes_within(shown, kMaxCellUnits) < shown.size()) {
    const std::size_t limit = bytes_within(shown, kMaxCellUnits - kMarkBytes) + kMarkBytes;
    shown = siem::cut(shown, limit, text, scratch);
  }
  std::string cell;
  cell.reserve(shown.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const bool is_pair = shown[i] == '\r' && i + 1 < shown.size() && shown[i + 1] == '\n';
    if (!is_pair) cell.push_back(shown[i] == '\r' ? '\n' : shown[i]);  // to XML they are the same
  }
  protect_escapes(cell);
  return cell;
}

}  // namespace

XlsxBook::XlsxBook(const About& about)
    : folder_(about.folder.empty() ? std::filesystem::path(".") : about.folder),
      file_(make_file(folder_)) {
  const XlsxLibrary& xlsx = xlsx_library();
  std::string folder = folder_.string();
  ::lxw_workbook_options options{};
  options.constant_memory = 1;
  options.tmpdir = folder.data();
  book_ = xlsx.workbook_new_opt(fmt::format("/proc/self/fd/{}", file_.value()).c_str(), &options);
  if (book_ == nullptr) throw Error(ErrorCode::io, "no workbook could be begun");
  std::string title = cell_text(about.title, scratch_);
  ::lxw_doc_properties properties{};
  properties.title = title.data();
  properties.created =
      std::chrono::floor<std::chrono::seconds>(about.made).time_since_epoch().count();
  xlsx.workbook_set_properties(book_, &properties);
  bold_ = xlsx.workbook_add_format(book_);
  xlsx.format_set_bold(bold_);
  time_ = xlsx.workbook_add_format(book_);
  xlsx.format_set_num_format(time_, "yyyy-mm-dd hh:mm:ss.000");
}

XlsxBook::~XlsxBook() {
  // Of one that was not finished nothing is written: packing a million rows takes a while.
  if (book_ != nullptr) xlsx_library().lxw_workbook_free(book_);
}

XlsxBook::Sheet XlsxBook::add_sheet(const char* name) {
  Sheet sheet;
  sheet.book_ = this;
  sheet.sheet_ = xlsx_library().workbook_add_worksheet(book_, name);
  if (sheet.sheet_ == nullptr) {
    throw Error(ErrorCode::io, fmt::format("no sheet could be begun in {}", folder_.string()),
                "is there room on that disk?");
  }
  return sheet;
}

void XlsxBook::Sheet::set_width(std::uint16_t column, double characters) {
  xlsx_library().worksheet_set_column(sheet_, column, column, characters, nullptr);
}

void XlsxBook::Sheet::write_text(std::uint32_t row, std::uint16_t column, std::string_view text) {
  if (text.empty()) return;
  const std::string cell = cell_text(text, book_->scratch_);
  xlsx_library().worksheet_write_string(sheet_, row, column, cell.c_str(), nullptr);
}

void XlsxBook::Sheet::write_heading(std::uint32_t row, std::uint16_t column,
                                    std::string_view text) {
  xlsx_library().worksheet_write_string(sheet_, row, column, std::string(text).c_str(),
                                        book_->bold_);
}

void XlsxBook::Sheet::write_integer(std::uint32_t row, std::uint16_t column, std::int64_t value) {
  if (value > kExact || value < -kExact) return write_text(row, column, std::to_string(value));
  write_number(row, column, static_cast<double>(value));
}

void XlsxBook::Sheet::write_number(std::uint32_t row, std::uint16_t column, double value) {
  xlsx_library().worksheet_write_number(sheet_, row, column, value, nullptr);
}

void XlsxBook::Sheet::write_truth(std::uint32_t row, std::uint16_t column, bool value) {
  xlsx_library().worksheet_write_boolean(sheet_, row, column, value ? 1 : 0, nullptr);
}

void XlsxBook::Sheet::write_time(std::uint32_t row, std::uint16_t column, Timestamp time) {
  const std::int64_t ms =
      std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  if (ms < kFirstGoodMs) return write_text(row, column, to_rfc3339(time));
  const auto days = static_cast<double>(ms - kFirstDay * kDayMs) / static_cast<double>(kDayMs);
  xlsx_library().worksheet_write_number(sheet_, row, column, days, book_->time_);
}

void XlsxBook::Sheet::make_table(std::uint32_t last_row, std::uint16_t last_column) {
  xlsx_library().worksheet_freeze_panes(sheet_, 1, 0);
  xlsx_library().worksheet_autofilter(sheet_, 0, 0, last_row, last_column);
}

void XlsxBook::fail_lost() const {
  throw Error(ErrorCode::io,
              fmt::format("the workbook could not be written in {}", folder_.string()),
              "is there room on that disk?");
}

void XlsxBook::close() {
  const ::lxw_error error = xlsx_library().workbook_close(std::exchange(book_, nullptr));
  if (error == LXW_NO_ERROR) return;
  throw Error(ErrorCode::io, fmt::format("the workbook could not be written in {}: {}",
                                         folder_.string(), xlsx_library().lxw_strerror(error)));
}

void XlsxBook::finish(const Sink& sink) {
  check_sheets();
  copy_to(sink);
}

// The library looks at no error of the files in which the rows wait, so a full disk would go unseen:
// each sheet must have come out with all that was put in.
void XlsxBook::check_sheets() {
  std::vector<std::uint64_t> bytes;
  ::lxw_worksheet* sheet = nullptr;
  STAILQ_FOREACH(sheet, book_->worksheets, list_pointers) {
    std::FILE* const rows = sheet->optimize_tmpfile;
    if (rows == nullptr || std::fflush(rows) != 0 || std::ferror(rows) != 0) fail_lost();
    bytes.push_back(static_cast<std::uint64_t>(::ftello(rows)));
  }
  close();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::string name = fmt::format("xl/worksheets/sheet{}.xml", i + 1);
    if (!base::is_whole_in_zip(file_.value(), folder_, name, bytes[i], "</worksheet>")) fail_lost();
  }
}

void XlsxBook::copy_to(const Sink& sink) const {
  std::string piece(kPieceBytes, '\0');
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(file_.value(), piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_errno("read back what was written in", folder_, errno);
    if (got == 0) return;
    sink(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
    at += got;
  }
}

}  // namespace audit::exports
