// document/pdf.hpp - writes a document as PDF: A4 landscape, embedded fonts, page n of m.
//
// Place     base -> [document] -> export, report
// Owns      a libharu document in memory, about 1 KB for a row of a table, until finish()
// Errors    throws Error: configuration (a font or libharu is missing), invalid_argument (too many columns),
//           limit (beyond what libharu can hold), internal
// Equal input gives equal bytes: nothing is taken from the clock or the machine but the fonts.
#pragma once

#include <audit/time.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"

namespace audit::document {

struct PdfOptions {
  std::string title;                  // in the file's properties
  std::string footer;                 // at the bottom of each page, beside its number
  std::optional<Timestamp> made;      // in the file's properties
  std::filesystem::path font_folder;  // empty: the one named when this was built
};

class PdfWriter {
 public:
  // Where a value of a KeyValues stands.
  struct Place {
    std::size_t page;
    double x;
    double y;
    double width;
  };

  explicit PdfWriter(const PdfOptions& options);
  PdfWriter(PdfWriter&&) noexcept;
  PdfWriter& operator=(PdfWriter&&) noexcept;
  ~PdfWriter();

  void add(const Heading& heading);
  void add(const Paragraph& paragraph);
  // Returns the place of each value, for what is only known later.
  std::vector<Place> add(const KeyValues& block);

  // Writes one line into a place that was left empty.
  void fill(const Place& place, std::string_view text);

  // A table: its header stands on each page it reaches; a cell is one line, cut where its column
  // ends. Nothing else may be added until end_table().
  void begin_table(std::vector<Column> columns);
  // Exactly one cell per column.
  void row(std::span<const Cell> cells);
  void end_table();

  [[nodiscard]] std::size_t page_count() const noexcept;

  // Numbers the pages and hands the file over in pieces. Once.
  void finish(const std::function<void(std::string_view)>& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::document
