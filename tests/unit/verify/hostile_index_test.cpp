// An index made by someone who wants our memory, our time or a crash; and what else may lie where
// the index belongs.
#include <audit/error.hpp>
#include <audit/query.hpp>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/bytes.hpp"
#include "lab.hpp"
#include "ledger/index.hpp"
#include "ledger/index_file.hpp"
#include "ledger/segment.hpp"

namespace audit::test {

namespace {

using ledger::IndexFile;
using ledger::IndexView;

// A footer of `pages` pages of terms, which are not there.
std::string footer_of(std::uint32_t entries, std::uint32_t pages) {
  ledger::SegmentFooter footer;
  footer.entries = entries;
  for (std::uint32_t i = 0; i < pages; ++i) {
    std::string term(1, '\x01');
    base::put_be32(term, i);
    footer.term_pages.push_back(term);
  }
  footer.time_blocks.resize((entries + ledger::kTimeBlockEntries - 1) / ledger::kTimeBlockEntries);
  footer.digest_pages.resize(footer.digest_page_count());
  return footer.encode();
}

std::string hash_of(const Lab& lab, std::uint64_t seq) {
  return lab.value("SELECT hash FROM entry WHERE seq = " + std::to_string(seq));
}

// Replaces all segments by such of these footers, one entry each.
void put_footers(const Lab& lab, const std::vector<std::string>& footers) {
  RawDatabase index(index_file(lab.ledger));
  index.run("DELETE FROM segment; DELETE FROM page");
  for (std::size_t i = 0; i < footers.size(); ++i) {
    const std::string n = std::to_string(i);
    index.run("INSERT INTO segment VALUES(" + n + " + 1, " + n + ", " + n + " + 1, ?1, ?2)",
              {hash_of(lab, i), footers[i]});
  }
}

IndexFile open_index(const Lab& lab) {
  std::string why_not;
  auto file = IndexFile::open_to_read(index_file(lab.ledger),
                                      LedgerView::open(lab.ledger).ledger_id(), why_not);
  REQUIRE_MESSAGE(file.has_value(), why_not);
  return std::move(*file);
}

void check_unused(const Lab& lab) {
  std::string why_not;
  CHECK_FALSE(IndexView::open(LedgerView::open(lab.ledger), why_not).has_value());
  CHECK(why_not == "it is damaged");
  const VerifyReport report = lab.verify();
  CHECK(report.verdict == Verdict::intact);
  CHECK(has_limit(report, "it is damaged"));
  CHECK_FALSE(has_level(report, Level::index));
}

}  // namespace

TEST_CASE("a footer longer than any builder writes is read into memory") {
  const Lab lab(30);
  put_footers(lab, {footer_of(1, 2'000'000)});
  CHECK(open_index(lab).objects(IndexFile::Kind::segment).front().footer.empty());
  check_unused(lab);
  // Not much longer than allowed, and in itself right.
  const std::string long_footer = footer_of(1, ledger::kMaxTermPages + 1);
  CHECK_FALSE(ledger::SegmentFooter::decode(long_footer).has_value());
  CHECK(ledger::SegmentFooter::decode(footer_of(1, ledger::kMaxTermPages)).has_value());
}

TEST_CASE("footers that are each short enough take more memory than a file of that size may") {
  const Lab lab(30);
  put_footers(lab, std::vector<std::string>(20, footer_of(1, 10'000)));
  const IndexFile file = open_index(lab);
  std::size_t bytes = 0;
  for (const auto& object : file.objects(IndexFile::Kind::segment)) bytes += object.footer.size();
  CHECK(bytes <= file.size_bytes() / 64 + 20 * 1024);
  check_unused(lab);
}

TEST_CASE("a footer that names more pages than the file has room for") {
  const Lab lab(30);
  put_footers(lab, std::vector<std::string>(20, footer_of(1, 100)));
  check_unused(lab);
}

TEST_CASE("thousands of segments of one entry each") {
  const Lab lab(2000);
  put_footers(lab, std::vector<std::string>(1200, footer_of(1, 0)));
  check_unused(lab);
}

TEST_CASE("a term that says its few entries take a million bytes") {
  const Lab lab(300);
  constexpr std::uint32_t kPages = 100;
  ledger::SegmentFooter footer;
  footer.entries = 301;
  footer.posting_pages = kPages;
  footer.posting_bytes = std::uint64_t{kPages} * ledger::kIndexPageBytes;
  footer.term_pages = {ledger::word_term("quick")};
  footer.time_blocks.resize(1);
  footer.digest_pages.resize(footer.digest_page_count());
  RawDatabase index(index_file(lab.ledger));
  index.run("DELETE FROM segment; DELETE FROM page");
  index.run("INSERT INTO segment VALUES(1, 0, 301, ?1, ?2)", {hash_of(lab, 300), footer.encode()});
  std::string term;
  base::put_varint(term, footer.term_pages[0].size());
  term += footer.term_pages[0];
  base::put_varint(term, 1);          // entries
  base::put_varint(term, 1'000'000);  // their bytes
  base::put_varint(term, 0);
  base::put_varint(term, 0);
  base::put_be16(term, 0);  // where the restart point is
  base::put_be16(term, 1);
  for (std::uint32_t i = 0; i <= kPages; ++i) {
    const std::string page = i == kPages ? term : std::string(ledger::kIndexPageBytes, '\x03');
    index.run("INSERT INTO page VALUES(" + std::to_string((1 << 24) + i) + ", ?1)", {page});
  }
  const LedgerView view = LedgerView::open(lab.ledger);
  std::string why_not;
  auto opened = IndexView::open(view, why_not);
  REQUIRE_MESSAGE(opened.has_value(), why_not);
  ledger::EntryList list;
  CHECK_THROWS_AS(opened->word(0, "quick", list), Error);
  // And the search has the right answer all the same.
  Search with(view, parse_query("quick", {}).value());
  SearchOptions scan;
  scan.use_index = false;
  Search without(view, parse_query("quick", {}).value(), scan);
  CHECK(with.count() == without.count());
}

TEST_CASE("a page longer than a page") {
  const Lab lab(300);
  RawDatabase(index_file(lab.ledger))
      .run("UPDATE page SET bytes = zeroblob(30000000) WHERE id = (SELECT min(id) FROM page)");
  IndexFile file = open_index(lab);
  std::string page;
  CHECK_THROWS_AS(file.read_page(file.objects(IndexFile::Kind::segment).front().id, 0, page),
                  Error);
}

TEST_CASE("an object with the last number there is leaves none for the next") {
  for (const char* number : {"9223372036854775807", "274877906944", "-5"}) {
    for (const char* table : {"segment", "run"}) {
      CAPTURE(number);
      CAPTURE(table);
      Lab lab(30);
      {
        RawDatabase index(index_file(lab.ledger));
        const bool is_run = std::string_view(table) == "run";
        index.run("DELETE FROM " + std::string(table));
        index.run("INSERT INTO " + std::string(table) + " VALUES(" + number + ", 0, 31, ?1, ?2)",
                  {hash_of(lab, 30), is_run ? std::string(16 + 64, '\0') : footer_of(31, 0)});
      }
      lab.append(5);
      lab.append(6000);
      const VerifyReport report = lab.verify();
      CHECK(report.verdict == Verdict::intact);
      CHECK(has_level(report, Level::index));
      CHECK(RawDatabase(index_file(lab.ledger)).number("SELECT max(id) FROM segment") < 100);
    }
  }
}

TEST_CASE("a folder or a pipe where the index belongs: said, not opened, and not removed") {
  for (const char* suffix : {"", "-wal", "-journal"}) {
    for (const bool is_folder : {true, false}) {
      CAPTURE(suffix);
      CAPTURE(is_folder);
      const Lab lab(30);
      lab.drop_index();
      const std::string place = index_file(lab.ledger).string() + suffix;
      if (*suffix != '\0') std::ofstream(index_file(lab.ledger)).flush();
      if (is_folder) {
        std::filesystem::create_directory(place);
      } else {
        REQUIRE(::mkfifo(place.c_str(), 0600) == 0);
      }
      std::string why_not;
      CHECK_FALSE(IndexView::open(LedgerView::open(lab.ledger), why_not).has_value());
      CHECK(why_not.find(place) != std::string::npos);
      CHECK(lab.verify().verdict == Verdict::intact);
      try {
        (void)lab.open_ledger();
        FAIL("opened");
      } catch (const Error& error) {
        CHECK(error.message().find(place) != std::string::npos);
        CHECK(error.hint().find("remove " + place) != std::string::npos);
      }
      CHECK(std::filesystem::exists(place));
      std::filesystem::remove(place);
      lab.open_ledger().update_index();
      CHECK(has_level(lab.verify(), Level::index));
    }
  }
}

TEST_CASE("words that no ledger can have are believed, and kept") {
  for (const char* word : {"70000, 'sys.x'", "11, printf('%.300c', 'x')"}) {
    CAPTURE(word);
    Lab lab(3);
    lab.sql("DELETE FROM word WHERE id = 11");
    lab.sql(std::string("INSERT INTO word VALUES(") + word + ")");
    const std::string id = std::string(word).substr(0, std::string(word).find(','));
    lab.sql("UPDATE entry SET agent = " + id + " WHERE seq = 1");
    CHECK_THROWS_AS((void)LedgerView::open(lab.ledger).entry(1), Error);
  }
}

}  // namespace audit::test
