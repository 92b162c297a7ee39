#include "base/words.hpp"

#include <cctype>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::base {

namespace {

// Words with a space between; opaque ones in brackets.
std::string words(std::string_view text) {
  std::string out;
  for (const auto& [word, opaque] : split_words(text)) {
    if (!out.empty()) out += ' ';
    out += opaque ? "[" + word + "]" : word;
  }
  return out;
}

// Pieces that are known to be these words, each behind something that separates them.
struct KnownText {
  std::string text;
  std::vector<std::pair<std::string, bool>> words;

  explicit KnownText(unsigned seed, std::size_t pieces) {
    std::mt19937 random(seed);
    const std::vector<std::string> breaks{
        " ", ", ", "/", "_", " - ", ": \"", "\n\n", "\t", " \xe2\x80\x94 "};
    for (std::size_t i = 0; i < pieces; ++i) {
      add(random);
      text += breaks[random() % breaks.size()];
    }
  }

 private:
  void add(std::mt19937& random) {
    const auto letter = [&] { return static_cast<char>('g' + random() % 20); };
    std::string word;
    switch (random() % 8) {
      case 0:  // of any length, also longer than a word may be
        for (std::size_t left = 1 + random() % 90; left > 0; --left) word.push_back(letter());
        text += word;
        words.emplace_back(word, word.size() > kMaxWordBytes);
        return;
      case 1:
        text +=
            "STRASSE Stra\xc3\x9f"
            "e";
        words.insert(words.end(), 2, {"strasse", false});
        return;
      case 2:
        text += "4BF92F3577b34da6a3ce929d0e0e4736";
        words.emplace_back("4bf92f3577b34da6a3ce929d0e0e4736", true);
        return;
      case 3:
        text += " 0B6D3C1E-5f0a-4c3e-9a57-2f1de0c8a911";
        words.emplace_back("0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911", true);
        return;
      case 4:
        text += "deadbeefdeadbeef \xe6\x97\xa5\xe6\x9c\xac";
        words.insert(
            words.end(),
            {{"deadbeefdeadbeef", false}, {"\xe6\x97\xa5", false}, {"\xe6\x9c\xac", false}});
        return;
      default:
        for (std::size_t left = 1 + random() % 9; left > 0; --left) word.push_back(letter());
        text += word;
        words.emplace_back(word, false);
    }
  }
};

}  // namespace

TEST_CASE("words not found whatever their case or accents") {
  CHECK(words("Straße STRASSE strasse") == "strasse strasse strasse");
  CHECK(words("naïve NAÏVE na\u0069\u0308ve") == "naive naive naive");
  CHECK(words("Москва МОСКВА") == "москва москва");
  CHECK(words("Ångström ﬁle Ⅳ") == "angstrom file iv");
}

TEST_CASE("words not cut where they end") {
  CHECK(words("refund-policy, read_file; a.b@c") == "refund policy read file a b c");
  CHECK(words("don't—stop…here") == "don t stop here");
  CHECK(words("x\xff"
              "y\x80z") == "x y z");
  CHECK(words("") == "");
  CHECK(words("  \t\n--") == "");
}

TEST_CASE("scripts without spaces taken for one long word") {
  CHECK(words("日本語 text") == "日 本 語 text");
  CHECK(words("東京tower") == "東 京 tower");
}

TEST_CASE("ids stored as if they were words") {
  CHECK(words("id 0b6d3c1e-5F0A-4c3e-9a57-2f1de0c8a911 end") ==
        "id [0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911] end");
  CHECK(words("4bf92f3577b34da6a3ce929d0e0e4736") == "[4bf92f3577b34da6a3ce929d0e0e4736]");
  CHECK(words("call_00f067aa0ba902b7!") == "call [00f067aa0ba902b7]");
  CHECK(words("defaced deadbeef facade") == "defaced deadbeef facade");
  CHECK(words("abcdefabcdefabcdef") == "abcdefabcdefabcdef");
  CHECK(words(std::string(65, 'q')) == "[" + std::string(65, 'q') + "]");
  CHECK(words(std::string(64, 'q')) == std::string(64, 'q'));
}

TEST_CASE("an ASCII word that is cut or folded otherwise at some place of a text") {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) {
      const bool any = random() % 4 == 0;
      c = any ? static_cast<char>(random() % 128) : "azAZ09bq"[random() % 8];
    }
    std::vector<std::string> wanted(1);
    for (const char c : text) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
        wanted.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      } else if (!wanted.back().empty()) {
        wanted.emplace_back();
      }
    }
    if (wanted.back().empty()) wanted.pop_back();
    std::vector<std::string> found;
    for (const auto& [word, opaque] : split_words(text)) found.push_back(word);
    CAPTURE(text);
    REQUIRE(found == wanted);
  }
}

TEST_CASE("what only looks like a UUID taken for one") {
  CHECK(words("0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a91") == "0b6d3c1e 5f0a 4c3e 9a57 2f1de0c8a91");
  CHECK(words("0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a9112") == "0b6d3c1e 5f0a 4c3e 9a57 2f1de0c8a9112");
  CHECK(words("1-0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911") ==
        "1 0b6d3c1e 5f0a 4c3e 9a57 2f1de0c8a911");
}

TEST_CASE("a time of day that becomes words") {
  CHECK(words("2026-01-01T00:00:12.345Z") == "");
  CHECK(words("2026-01-01 00:00:12+02:00") == "");
  CHECK(words("at 2026-01-01T00:00:12Z") == "at 2026 01 01t00 00 12z");
}

TEST_CASE("folding that is undone by folding again") {
  for (const char* text :
       {"Straße", "ΑΣ ς", "İstanbul", "ǅ", "ﷺ", "한국어", "e\u0301\u0323", "ª²"}) {
    for (const auto& [word, opaque] : split_words(text)) {
      CAPTURE(word);
      const auto again = split_words(word);
      REQUIRE(again.size() == 1);
      CHECK(again.front().first == word);
    }
  }
}

TEST_CASE("a word that lies across the end of a block cut, lost or read twice") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const KnownText known(seed, 30 + seed);
    for (const std::size_t spaces : {0U, 1U, 7U, 63U, 64U, 1000U + seed}) {
      CHECK(split_words(std::string(spaces, ' ') + known.text) == known.words);
    }
  }
}

TEST_CASE("a piece of a text split otherwise than alone") {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> pieces;
  std::mt19937 random(5);
  for (unsigned i = 0; i < 300; ++i) {
    const std::size_t begin = text.size();
    switch (random() % 4) {
      case 0:
        text += "2026-01-01T00:00:00Z";
        break;
      case 1:
        text += "0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911";
        break;
      case 2:
        break;
      default:
        text += KnownText(i, random() % 9).text + "end";
    }
    pieces.emplace_back(begin, text.size());
    text += '\xff';
  }
  WordSplitter splitter;
  splitter.begin_pieces(text);
  for (const auto& [begin, end] : pieces) {
    std::vector<std::pair<std::string, bool>> words;
    splitter.split_piece(begin, end, [&](std::string_view word, bool opaque) {
      words.emplace_back(std::string(word), opaque);
    });
    CHECK(words == split_words(std::string(text.substr(begin, end - begin))));
  }
}

}  // namespace audit::base
