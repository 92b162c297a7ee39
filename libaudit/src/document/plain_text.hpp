// document/plain_text.hpp - writes a document as lines of text, for a terminal or a pipe. It knows
// neither: the width is given, and there is no colour. Charts are bars of characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "document/writer.hpp"

namespace audit::document {

class TextWriter final : public Writer {
 public:
  //   width     columns of a line; below 40 it is 40
  TextWriter(std::size_t width, Sink sink);

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

  // A cell has at most max_lines lines.
  void begin_table(const Table& table) override;
  void row(std::span<const Cell> cells, std::string_view anchor = {}) override;
  void end_table() override;

  void mark(std::string_view /*name*/) override {}

 private:
  struct Placed {
    Align align;
    std::size_t width;
    std::size_t max_lines;
  };

  void write_footnotes() override;
  void write_end() override;
  void write_line(std::string_view line);
  // Paragraphs at an indentation; the first line may have one of its own.
  void write_wrapped(std::string_view text, std::size_t indent, std::string_view first = {});
  void write_cells(const std::vector<std::vector<std::string>>& cells);
  void place(const Table& table);
  [[nodiscard]] std::string runs(const std::vector<Run>& runs);

  std::size_t width_;
  Sink sink_;
  std::vector<Placed> columns_;
};

}  // namespace audit::document
