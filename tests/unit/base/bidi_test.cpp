#include "base/bidi.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using audit::base::has_right_to_left;
using audit::base::visual_order;

// Hebrew letters from the first on; what they stand for on paper is read from right to left.
#define ABC "\u05d0\u05d1\u05d2"
#define CBA "\u05d2\u05d1\u05d0"

TEST_CASE("lines without right-to-left letters stay as they are") {
  for (const char* line :
       {"", "plain", "Gr\u00fc\u00dfe \u0416 \u4e2d\u6587 (1) [2]", "a \u00ab1\u00bb"}) {
    CHECK_FALSE(has_right_to_left(line));
    CHECK(visual_order(line) == line);
  }
}

TEST_CASE("right-to-left words are turned around, what is beside them is not") {
  CHECK(has_right_to_left("x " ABC));
  CHECK(visual_order(ABC) == CBA);
  CHECK(visual_order("say " ABC " now") == "say " CBA " now");
  // Two words keep their order for who reads from the right.
  CHECK(visual_order("x " ABC " \u05d3 y") == "x \u05d3 " CBA " y");
  CHECK(visual_order(ABC " x " ABC) == CBA " x " CBA);
}

TEST_CASE("numbers are read from left to right in a right-to-left text too") {
  CHECK(visual_order(ABC " 12,345.6 " ABC) == CBA " 12,345.6 " CBA);
  CHECK(visual_order(ABC " 123") == "123 " CBA);
  CHECK(visual_order("123 " ABC) == "123 " CBA);
}

TEST_CASE("marks stay on their letter, brackets open towards what they hold") {
  CHECK(visual_order("\u05d0\u05b0\u05d1") == "\u05d1\u05d0\u05b0");
  CHECK(visual_order(ABC " (\u05d3) " ABC) == CBA " (\u05d3) " CBA);
  CHECK(visual_order("(" ABC ")") == "(" CBA ")");
  CHECK(visual_order(ABC " (12:30) x") == "(12:30) " CBA " x");
  CHECK(visual_order(ABC " (x 1) y") == CBA " (x 1) y");
  CHECK(visual_order("x (" ABC ") y") == "x (" CBA ") y");
  CHECK(visual_order(ABC " )1( (") == "1( " CBA "( (");
}

TEST_CASE("no byte is lost or made, whatever the line") {
  std::string line;
  for (int i = 0; i < 3000; ++i) {
    const char* const pieces[] = {"\u05d0", "\u0645", "a", "7",      " ", ".",
                                  "%",      "\u05b0", "(", "\u4e2d", "-"};
    line += pieces[static_cast<std::size_t>(i * i + i / 7) % std::size(pieces)];
  }
  std::string there = visual_order(line);
  std::replace(there.begin(), there.end(), ')', '(');  // mirrored
  std::string here = line;
  std::sort(there.begin(), there.end());
  std::sort(here.begin(), here.end());
  CHECK(there == here);
}
