#include "ledger/index.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/words.hpp"
#include "event/text.hpp"
#include "events.hpp"
#include "ledger/index_builder.hpp"
#include "temp_folder.hpp"

namespace audit {

namespace {

using ledger::EntryList;
using ledger::IndexView;

constexpr std::array kVocabulary{"refund", "policy", "Straße", "naïve", "order",   "the",
                                 "日本",   "rotate", "key",    "x",     "refunds", "ordered"};

// Events of random words, some with ids and long hexadecimal strings.
std::vector<Event> random_events(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Event> events;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    for (auto words = random() % 12; words > 0; --words) {
      text += kVocabulary[random() % kVocabulary.size()];
      text += random() % 5 == 0 ? "\\n" : " ";
    }
    if (random() % 4 == 0) text += " 4bf92f3577b34da6a3ce929d0e0e4736";
    Event event = test::event(random() % 2 == 0 ? "tool.call" : "message",
                              fmt::format(R"({{"a":"{}","b":["{}",1]}})", text, random() % 100),
                              test::uuid(i));
    event.envelope.set_text(Field::agent, fmt::format("agent-{}", random() % 7));
    if (random() % 3 == 0) event.envelope.set_text(Field::user, "policy");
    if (random() % 3 == 0)
      event.envelope.set_text(Field::resource, fmt::format("r/{}", random() % 5));
    event.envelope.set_number(Field::time, static_cast<std::int64_t>(random() % 1000));
    events.push_back(std::move(event));
  }
  return events;
}

// The words of an entry with their positions, found without the index.
std::vector<std::pair<std::string, std::size_t>> words_of(const Entry& entry) {
  std::vector<std::pair<std::string, std::size_t>> words;
  base::JsonReader reader;
  std::string text;
  event::append_payload_text(reader, entry.payload, text);
  std::size_t position = 0;
  while (!text.empty()) {
    const std::size_t end = text.find(event::kTextBreak);
    for (auto& [word, opaque] : base::split_words(text.substr(0, end))) {
      words.emplace_back(opaque ? "[" + word + "]" : word, position++);
    }
    ++position;
    text.erase(0, end + 1);
  }
  return words;
}

bool has_phrase(const Entry& entry, const std::vector<std::string>& phrase) {
  const auto words = words_of(entry);
  for (std::size_t i = 0; i + phrase.size() <= words.size(); ++i) {
    bool same = true;
    for (std::size_t j = 0; j < phrase.size(); ++j) {
      same = same && words[i + j].first == phrase[j] && words[i + j].second == words[i].second + j;
    }
    if (same) return true;
  }
  return false;
}

// All answers of the index, segment by segment, as sequence numbers.
template <class Ask>
std::vector<std::uint64_t> ask_all(IndexView& index, Ask&& ask) {
  std::vector<std::uint64_t> all;
  EntryList list;
  for (std::size_t i = 0; i < index.segment_count(); ++i) {
    ask(i, list);
    for (const std::uint32_t entry : list) all.push_back(index.range(i).first + entry);
  }
  return all;
}

template <class Test>
std::vector<std::uint64_t> scan(const std::vector<Entry>& entries, Test&& test) {
  std::vector<std::uint64_t> all;
  for (const Entry& entry : entries) {
    if (test(entry)) all.push_back(entry.seq);
  }
  return all;
}

}  // namespace

TEST_CASE("an index that answers otherwise than a scan") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Ledger ledger = Ledger::open(file);
  for (unsigned round = 0; round < 4; ++round) {  // several segments, merged or not
    ledger.append(random_events(round == 0 ? 1500 : 300, round));
    ledger.update_index();
  }
  const LedgerView view = LedgerView::open(file);
  std::string why_not;
  auto index = IndexView::open(view, why_not);
  REQUIRE_MESSAGE(index.has_value(), why_not);
  REQUIRE(index->watermark() == view.size());
  const std::vector<Entry> entries = test::entries_of(file);

  for (const char* word : {"refund", "strasse", "naive", "日", "7", "absent", "agent"}) {
    CAPTURE(word);
    CHECK(ask_all(*index, [&](std::size_t i, EntryList& out) { index->word(i, word, out); }) ==
          scan(entries, [&](const Entry& entry) { return has_phrase(entry, {word}); }));
    std::uint64_t counted = 0;
    for (std::size_t i = 0; i < index->segment_count(); ++i) counted += index->word_count(i, word);
    CHECK(counted ==
          scan(entries, [&](const Entry& entry) { return has_phrase(entry, {word}); }).size());
  }
  for (const char* prefix : {"ref", "order", "s", "zz", "1"}) {
    CAPTURE(prefix);
    CHECK(ask_all(*index, [&](std::size_t i, EntryList& out) { index->prefix(i, prefix, out); }) ==
          scan(entries, [&](const Entry& entry) {
            const auto words = words_of(entry);
            return std::any_of(words.begin(), words.end(),
                               [&](const auto& word) { return word.first.starts_with(prefix); });
          }));
  }
  const std::vector<std::vector<std::string>> phrases{{"refund", "policy"},
                                                      {"the", "the"},
                                                      {"rotate", "the", "key"},
                                                      {"日", "本"},
                                                      {"x", "absent"}};
  for (const auto& phrase : phrases) {
    std::vector<std::pair<std::string, bool>> words;
    for (const std::string& word : phrase) words.emplace_back(word, false);
    CHECK(ask_all(*index, [&](std::size_t i, EntryList& out) { index->phrase(i, words, out); }) ==
          scan(entries, [&](const Entry& entry) { return has_phrase(entry, phrase); }));
  }
  for (const char* agent : {"agent-0", "agent-6", "agent-7"}) {
    CHECK(ask_all(*index, [&](std::size_t i, EntryList& out) {
            index->field(i, Field::agent, agent, out);
          }) == scan(entries, [&](const Entry& entry) {
            return entry.envelope.text(Field::agent) == agent;
          }));
  }
  CHECK(ask_all(*index, [&](std::size_t i, EntryList& out) {
          index->field_prefix(i, Field::agent, "agent-", out);
        }) == scan(entries, [&](const Entry& entry) { return entry.envelope.has(Field::agent); }));
  CHECK(ask_all(*index, [&](std::size_t i, EntryList& out) {
          index->any_field(i, "policy", out);
        }) == scan(entries, [&](const Entry& entry) {
          return entry.envelope.text(Field::user) == "policy";
        }));
}

TEST_CASE("an id the index does not offer as a candidate") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  Ledger ledger = Ledger::open(file);
  ledger.append(random_events(3000, 9));
  ledger.update_index();
  const LedgerView view = LedgerView::open(file);
  std::string why_not;
  auto index = IndexView::open(view, why_not);
  REQUIRE(index.has_value());
  const auto candidates = [&](std::string_view text) {
    const auto all =
        ask_all(*index, [&](std::size_t i, EntryList& out) { index->id_candidates(i, text, out); });
    return std::set<std::uint64_t>(all.begin(), all.end());
  };
  for (const Entry& entry : test::entries_of(file)) {
    if (entry.seq == 0) continue;
    CHECK(candidates(entry.envelope.text(Field::event_id)).count(entry.seq) == 1);
  }
  const auto with_hash = candidates("4bf92f3577b34da6a3ce929d0e0e4736");
  for (const Entry& entry : test::entries_of(file)) {
    const bool has = has_phrase(entry, {"[4bf92f3577b34da6a3ce929d0e0e4736]"});
    CHECK((!has || with_hash.count(entry.seq) == 1));
  }
}

TEST_CASE("two builders that make different bytes of the same entries") {
  const std::vector<Event> events = random_events(2000, 5);
  const auto build = [&](ledger::SegmentBuilder& builder) {
    std::string all;
    for (const Event& event : events) {
      base::JsonReader reader;
      std::string text;
      event::append_payload_text(reader, event.payload, text);
      builder.add(event.envelope, *event.envelope.number(Field::time), text);
    }
    const auto footer = builder.finish([&](std::string_view page) { all += page; });
    return all + footer.body();
  };
  ledger::SegmentBuilder used;
  const std::string first = build(used);
  ledger::SegmentBuilder fresh;
  CHECK(build(fresh) == first);
  CHECK(build(used) == first);
}

TEST_CASE("an index of another history believed") {
  const test::TempFolder folder;
  const auto file = folder / "l";
  test::make_ledger(file);
  std::filesystem::copy_file(file, folder / "old");
  {
    Ledger ledger = Ledger::open(file);
    ledger.append(random_events(500, 1));
    ledger.update_index();
    ledger.close();
  }
  std::string why_not;
  CHECK(IndexView::open(LedgerView::open(file), why_not).has_value());
  // The old copy is put back and grows to the same size with other events.
  std::filesystem::copy_file(folder / "old", file,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK_FALSE(IndexView::open(LedgerView::open(file), why_not).has_value());
  {
    Ledger ledger = Ledger::open(file);
    ledger.append(random_events(500, 2));
    ledger.close();
  }
  CHECK_FALSE(IndexView::open(LedgerView::open(file), why_not).has_value());
  Ledger::open(file).update_index();
  CHECK(IndexView::open(LedgerView::open(file), why_not).has_value());
}

TEST_CASE("a footer that is not one accepted") {
  ledger::SegmentBuilder builder;
  for (const Event& event : random_events(50, 3)) builder.add(event.envelope, 1, "some words\xff");
  auto footer = builder.finish([](std::string_view) {});
  footer.digest_pages.resize(footer.digest_page_count());
  const std::string good = footer.encode();
  REQUIRE(ledger::SegmentFooter::decode(good).has_value());
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(
        ledger::SegmentFooter::decode(std::string_view(good).substr(0, length)).has_value());
  }
  CHECK_FALSE(ledger::SegmentFooter::decode(good + '\0').has_value());
}

}  // namespace audit
