// document/pdf.hpp - writes a document as PDF: A4 landscape, embedded fonts, bookmarks, page n of m.
//
// Owns      a libharu document in memory, about 1 KB for a row of a table, until finish()
// Errors    throws Error: configuration (a font or libharu is missing), invalid_argument (too many columns),
//           limit (beyond what libharu can hold), internal
// Equal input gives equal bytes: nothing is taken from the clock or the machine but the fonts.
#pragma once

#include <audit/time.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "document/writer.hpp"

namespace audit::document {

struct PdfOptions {
  std::optional<Timestamp> made{};      // in the file's properties
  std::filesystem::path font_folder{};  // empty: the one named when this was built
  // For what DejaVu lacks, in this order; empty: as built. They need not be there.
  std::vector<std::filesystem::path> fallback_fonts{};
};

class PdfWriter final : public Writer {
 public:
  PdfWriter(const About& about, const PdfOptions& options, Sink sink);
  ~PdfWriter() override;

  void add(const Title& title) override;
  void add(const Heading& heading) override;
  void add(const Paragraph& paragraph) override;
  void add(const KeyValues& block) override;
  void add(const Figures& figures) override;
  void add(const Callout& callout) override;
  void add(const Code& code) override;
  void add(const Tree& tree) override;
  void add(const TimeChart& chart) override;
  void add(const BarCharts& charts) override;
  void add(const PageBreak& page_break) override;

  // The header stands on each page the table reaches; a cell has at most max_lines lines.
  void begin_table(const Table& table) override;
  void row(std::span<const Cell> cells, std::string_view anchor = {}) override;
  void end_table() override;
  void mark(std::string_view name) override;

  [[nodiscard]] std::size_t page_count() const noexcept;

 private:
  void write_footnotes() override;
  void write_end() override;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::document
