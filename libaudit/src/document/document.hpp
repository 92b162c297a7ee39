// document/document.hpp - what a document is made of, as plain data: no writer knows what an export
// or a report is, and nobody who describes one knows how it is drawn.
//
// Texts are a stranger's: they go in as they are, bytes that are not UTF-8 too, and each writer escapes
// them by its own rules. A chart is its numbers, a tree its items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit::document {

// What a colour says again. There is always a word that says it first: documents are printed in grey,
// and not everybody sees colours.
enum class Tone : std::uint8_t { plain, good, caution, bad, muted };

// What the whole document is, for its properties and the foot of its pages.
struct About {
  std::string title;
  std::string author;   // who made it; may be empty
  std::string subject;  // may be empty
  std::string footer;   // at the bottom of each page, where there are pages
  std::string made;     // when, RFC 3339; empty: not said
};

// A part of a paragraph.
struct Run {
  enum class Kind : std::uint8_t {
    plain,
    strong,
    code,       // for a machine: letter by letter
    reference,  // leads to the row whose anchor is `target`
    footnote,   // a number here, the text at the end of the document
  };

  std::string text;
  Kind kind = Kind::plain;
  std::string target = {};
};

// At the beginning of a document, once.
struct Title {
  std::string text;
  std::string above = {};  // a line over it: whose document it is; may be empty
  std::string below = {};  // a line under it; may be empty
};

struct Heading {
  std::string text;
  int level = 1;  // 1 to 3
};

struct Paragraph {
  Paragraph(std::string text, Tone how = Tone::plain) : tone(how) {  // NOLINT: a text is one
    runs.push_back({std::move(text)});
  }

  Paragraph(std::vector<Run> parts, Tone how = Tone::plain) : runs(std::move(parts)), tone(how) {}

  std::vector<Run> runs;
  Tone tone = Tone::plain;
};

// Names with their values, one below the other.
struct KeyValues {
  struct Item {
    std::string key;
    std::string value;
    Tone tone = Tone::plain;
    bool is_code = false;
  };

  std::vector<Item> items;
};

// A few large numbers, side by side where there is room.
struct Figures {
  struct Item {
    std::string label;
    std::string value;
    Tone tone = Tone::plain;
  };

  std::vector<Item> items;
};

// Set apart from the text around it.
struct Callout {
  std::string title;  // says what the tone says
  std::vector<Run> text = {};
  Tone tone = Tone::plain;
};

// Lines kept as they are: a command, a signed note.
struct Code {
  std::string text;
};

// Nested items, in order; one is a child of the nearest before it that is less deep.
struct Tree {
  struct Item {
    std::size_t depth = 0;
    std::string text;
    std::string status = {};  // a word such as "met" or "missing"; may be empty
    Tone tone = Tone::plain;
    std::string target = {};  // an anchor it refers to; may be empty
  };

  std::vector<Item> items;
};

// How often, over time. Each bar is as many numbers as there are series, one on the other.
struct TimeChart {
  struct Bar {
    std::string label;
    std::vector<std::uint64_t> values;
  };

  std::string title;
  std::vector<std::string> series;  // 1 to 3
  std::vector<Bar> bars;            // one for each stretch, those of nothing too
};

// How often, by category: the bars lie.
struct BarChart {
  struct Bar {
    std::string label;
    std::uint64_t value = 0;
    Tone tone = Tone::plain;
  };

  std::string title;
  std::vector<Bar> bars;
};

// Charts beside each other where there is room.
struct BarCharts {
  std::vector<BarChart> charts;
};

struct PageBreak {};

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  std::string sample = {};    // as wide as this text; empty: shares what the other columns leave
  std::size_t max_lines = 1;  // of a cell, where a writer must bound it
};

// Rows are handed to the writer one by one: a table may be long.
struct Table {
  std::vector<Column> columns;
};

// Views, for the call only.
struct Cell {
  std::string_view text;
  Tone tone = Tone::plain;
  bool strong = false;
  std::string_view target = {};  // an anchor it leads to
  bool is_cut = false;           // the text is the beginning of a longer one
  std::string_view if_cut = {};  // shown below a text that is not all there: where the rest is
};

}  // namespace audit::document
