// document/markdown.hpp - writes a document as GitHub's Markdown (CommonMark with its tables and
// footnotes). Charts are tables.
#pragma once

#include <string>
#include <string_view>

#include "document/writer.hpp"

namespace audit::document {

class MarkdownWriter final : public Writer {
 public:
  MarkdownWriter(const About& about, Sink sink);

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

  // Cells are shown with all they were given.
  void begin_table(const Table& table) override;
  void row(std::span<const Cell> cells, std::string_view anchor = {}) override;
  void end_table() override;

  void mark(std::string_view /*name*/) override {}

 private:
  void write_footnotes() override;
  void write_end() override;

  void write(std::string_view text) { sink_(text); }

  [[nodiscard]] std::string runs(const std::vector<Run>& runs);

  Sink sink_;
  std::string footer_;
  std::string row_;
};

}  // namespace audit::document
