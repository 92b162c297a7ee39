// document/writer.hpp - takes the parts of a document, one after the other, and writes them.
//
// Place     base -> [document] -> export, report
// Memory    HTML, Markdown and text are written as they come; PDF keeps its pages until finish()
// Errors    throws what the sink throws; each writer says what else
// Equal input gives equal bytes: nothing is taken from the clock, the locale or the machine.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/document.hpp"

namespace audit::document {

// Takes pieces of output in order; throws to stop.
using Sink = std::function<void(std::string_view)>;

class Writer {
 public:
  Writer() = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  virtual ~Writer() = default;

  virtual void add(const Title& title) = 0;
  virtual void add(const Heading& heading) = 0;
  virtual void add(const Paragraph& paragraph) = 0;
  virtual void add(const KeyValues& block) = 0;
  virtual void add(const Figures& figures) = 0;
  virtual void add(const Callout& callout) = 0;
  virtual void add(const Code& code) = 0;
  virtual void add(const Tree& tree) = 0;
  virtual void add(const TimeChart& chart) = 0;
  virtual void add(const BarCharts& charts) = 0;

  // The next part begins a page, where there are pages.
  virtual void add(const PageBreak& page_break) = 0;

  // A table: nothing but its rows may be added until end_table().
  virtual void begin_table(const Table& table) = 0;
  // Exactly one cell for each column.
  //   anchor    what references to this row name; empty: none
  virtual void row(std::span<const Cell> cells, std::string_view anchor = {}) = 0;
  virtual void end_table() = 0;

  // Names the place of the next row or part, where a writer has a list of such places.
  virtual void mark(std::string_view name) = 0;

  // Writes the footnotes and ends the document. Once.
  void finish();

 protected:
  // Keeps the text of a footnote and gives its number, from 1.
  std::size_t add_footnote(std::string_view text);

  [[nodiscard]] const std::vector<std::string>& footnotes() const noexcept { return footnotes_; }

  // The list of them; called only if there are any.
  virtual void write_footnotes() = 0;
  virtual void write_end() = 0;

 private:
  std::vector<std::string> footnotes_;
};

}  // namespace audit::document
