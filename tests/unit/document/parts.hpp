// parts.hpp - a document with one part of each kind, and texts that try to be something else.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "document/writer.hpp"

namespace audit::test {

// In each: what goes in. What comes out is base::escape_controls of it.
inline const std::vector<std::string>& breaking_texts() {
  static const std::vector<std::string> texts = {
      "</td></tr></table><script>alert(1)</script>",
      "<img src=x onerror=alert(1)>",
      "\" onmouseover=\"alert(1)",
      "' x='",
      "&lt;b&gt; &amp; &#60;",
      "<!-- -->",
      "]]>",
      "](javascript:alert(1))",
      "[click](http://evil.example)",
      "![pic](http://evil.example/p.png)",
      "http://evil.example and www.evil.example",
      "a | b || c",
      "**bold** __too__ ~~not~~ `code` ``x``",
      "*",
      "_x_",
      "# heading",
      "1. list",
      "12) list",
      "- item",
      "+ item",
      "* item",
      "> quote",
      "===",
      "---",
      "```sh",
      "~~~",
      "    indented",
      "[ ] task",
      "[^1] note",
      "[x]: http://evil.example",
      "trailing backslash \\",
      "\\* already",
      "$$x$$ and :smile:",
      "@someone #123",
      "two\nlines\r\nand\ttab",
      "\x1b[31mred\x1b[0m",
      "safe\u202egpj.exe",
      "zero\u200bwidth",
      "\u05e9\u05dc\u05d5\u05dd",
      "\u4e2d\u6587 \U0001f600",
      "bad\xff\xc0\x80utf8\xed\xa0\x80",
      std::string("nul\0nul", 7),
      "ends in two spaces  ",
      "&copy &copy; &#x41;",
  };
  return texts;
}

// One of each part, with `text` wherever a text can be.
inline void write_all_parts(document::Writer& writer, const std::string& text) {
  using namespace document;
  writer.add(Title{text, text, text});
  for (int level = 1; level <= 3; ++level) writer.add(Heading{text, level});
  writer.add(Paragraph(std::vector<Run>{{text},
                                        {text, Run::Kind::strong},
                                        {text, Run::Kind::code},
                                        {text, Run::Kind::reference, "row-1"},
                                        {text, Run::Kind::footnote}}));
  writer.add(KeyValues{{{text, text}, {text, text, Tone::bad}, {text, text, Tone::plain, true}}});
  writer.add(Figures{{{text, text}, {text, text, Tone::good}}});
  writer.add(Callout{text, {{text}}, Tone::caution});
  writer.add(Code{text});
  writer.add(Tree{{{0, text, text, Tone::bad, "row-1"}, {1, text}, {5, text}, {1, text}}});
  writer.add(TimeChart{text, {text, text}, {{text, {1, 2}}, {text, {0, 0}}}});
  writer.add(BarCharts{{{text, {{text, 3, Tone::good}, {text, 0}}}, {text, {}}}});
  writer.add(PageBreak{});
  writer.mark(text);
  writer.begin_table({{{text, Align::left, "sample"}, {text, Align::right, "", 3}}});
  writer.row(std::array<Cell, 2>{Cell{text, Tone::bad, true, "row-1", true, text}, Cell{text}},
             "row-1");
  writer.end_table();
  writer.finish();
}

}  // namespace audit::test
