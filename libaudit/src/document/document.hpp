// document/document.hpp - what a document is made of, as plain data: no writer knows what an export
// or a report is, and neither knows how a page is drawn.
//
// Texts are shown as they are but for what would fool a reader: each writer escapes by its own
// rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace audit::document {

struct Heading {
  std::string text;
  int level = 1;  // 1 to 3
};

struct Paragraph {
  std::string text;
};

// Names with their values, one below the other.
struct KeyValues {
  struct Item {
    std::string key;
    std::string value;  // empty: one line is kept free for it
  };

  std::vector<Item> items;
};

enum class Align { left, right };

// A column of a table. Rows are handed to the writer one by one: a table may be long.
struct Column {
  std::string title;
  Align align = Align::left;
  std::string sample;  // as wide as this text; empty: shares what the other columns leave
};

struct Cell {
  std::string_view text;
  bool strong = false;
};

}  // namespace audit::document
