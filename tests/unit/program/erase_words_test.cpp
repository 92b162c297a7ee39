// Which words of a reason tell whom an erasure is about.
#include "commands/erase_words.hpp"

#include <doctest/doctest.h>

using audit::cli::telling_words;
using Words = std::vector<std::string>;

TEST_CASE("a word that names somebody tells nothing") {
  CHECK(telling_words("see petra.lindqvist@nordlicht.example.") ==
        Words{"petra.lindqvist@nordlicht.example"});
  CHECK(telling_words("Petra Lindqvist (cust-20417), +4930123456") ==
        Words{"Petra", "Lindqvist", "cust-20417", "+4930123456"});
  CHECK(telling_words("J\u00f6rg asked") == Words{"J\u00f6rg"});
  CHECK(telling_words("Anne-Marie's") == Words{"Anne-Marie"});
}

TEST_CASE("words that every case is told in are refused") {
  for (const char* text :
       {"GDPR Art. 17, case 114", "data protection officer", "DPO", "card number in prompt",
        "older than 7y: retention rule 'everything'", "2026-11-22", "the court, file 12/26", ""}) {
    INFO(text);
    CHECK(telling_words(text).empty());
  }
}
