// read_back.hpp - reads what a writer wrote with other people's programs: Python's html.parser, cmark-gfm.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pdf_tools.hpp"

namespace audit::test {

// Prints what a page shows, a line for each piece of text, and before it, a line for each element with
// its attributes: "ELEMENT a href=#x". What is not closed as it was opened is said.
inline constexpr const char* kShowHtml = R"(-c '
import html.parser, sys
class Show(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.style = False
        self.open = []
    def handle_starttag(self, tag, attrs):
        self.style = tag == "style"
        print("ELEMENT " + " ".join([tag] + [f"{k}={v}" for k, v in attrs]))
        if tag not in ("meta", "br", "hr"): self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        print("ELEMENT " + " ".join([tag] + [f"{k}={v}" for k, v in attrs]))
    def handle_endtag(self, tag):
        self.style = False
        last = self.open.pop() if self.open else "nothing"
        if last != tag: print(f"MISNESTED {last} {tag}")
    def handle_data(self, data):
        if not self.style and data.strip(): print(data.strip("\n"))
    def handle_comment(self, data): print("COMMENT", data)
    def handle_pi(self, data): print("PI", data)
    def unknown_decl(self, data): print("DECL", data)
show = Show()
show.feed(open(sys.argv[1], encoding="utf-8", errors="strict").read())
show.close()
if show.open: print("OPEN", show.open)
')";

class WrittenText {
 public:
  explicit WrittenText(std::string_view bytes) : file_(bytes) {}

  // A page of HTML as lines.
  [[nodiscard]] std::optional<std::string> html() const {
    return file_.run("env", std::string("PYTHONIOENCODING=utf-8 python3 ") + kShowHtml);
  }

  // Markdown as the lines of the page that GitHub's own renderer makes of it.
  [[nodiscard]] std::optional<std::string> markdown() const {
    const auto page = file_.run(
        "cmark-gfm", "--unsafe -e table -e autolink -e strikethrough -e tagfilter -e tasklist");
    return page ? WrittenText(*page).html() : std::nullopt;
  }

 private:
  PdfFile file_;
};

// A line of its own.
inline bool has_line(std::string_view text, const std::string& line) {
  return ("\n" + std::string(text)).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace audit::test
