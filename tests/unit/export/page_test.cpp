#include <audit/error.hpp>
#include <audit/page.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "export/page_files.hpp"
#include "export/plain_table.hpp"

using namespace audit;

namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

std::string html(std::string_view text) {
  std::string out;
  exports::append_html(out, text);
  return out;
}

}  // namespace

TEST_CASE("page: the frame has a place twice, or in another order") {
  const std::string_view frame = exports::page_files().frame;
  std::size_t before = 0;
  for (const std::string_view name :
       {"@POLICY@", "@TITLE@", "@STYLE@", "@PLAIN@", "@MEMBERS@", "@SCRIPT@"}) {
    REQUIRE(count(frame, name) == 1);
    CHECK(frame.find(name) > before);
    before = frame.find(name);
  }
  CHECK(count(frame, "@") == 12);
}

TEST_CASE("page: script or style end their own elements") {
  const exports::PageFiles files = exports::page_files();
  for (const std::string_view bad :
       {"</script", "<!--", "<script", "</style", "\r", "\xef\xbb\xbf"}) {
    CHECK(count(files.script, bad) == 0);
    CHECK(count(files.style, bad) == 0);
  }
  CHECK(files.script.starts_with("(() => {\n\"use strict\";\n"));
}

TEST_CASE("page: the script has a way to make markup of text, or to reach the network") {
  const std::string_view script = exports::page_files().script;
  for (const std::string_view bad :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(",
        "new Function", "fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(",
        "importScripts", "setAttribute(\"style\"", "localStorage", "cookie", "srcdoc"}) {
    CAPTURE(bad);
    CHECK(count(script, bad) == 0);
  }
}

TEST_CASE("page: text in the plain table is markup, or hides something") {
  CHECK(html("<b onclick='x'>&amp;\"") == "&lt;b onclick=&#39;x&#39;&gt;&amp;amp;&quot;");
  CHECK(html("a\u202eb\x1b[0m") == "a\\u202eb\\x1b[0m");
  CHECK(html("\xff</td>") == "\\xff&lt;/td&gt;");
}

TEST_CASE("page: too much is written, or a title that is no text") {
  Bundle bundle;
  bundle.counts.entries = kMaxPageEntries + 1;
  const auto ignore = [](std::string_view) {};
  try {
    write_page(bundle, {}, ignore);
    FAIL("it was written");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::limit);
  }
  bundle.counts.entries = 1;
  try {
    write_page(bundle, {"\xff", {}}, ignore);
    FAIL("it was written");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
  }
}
