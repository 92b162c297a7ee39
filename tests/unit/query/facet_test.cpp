#include <audit/facet.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "raw_database.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {
namespace {

using Values = std::vector<std::optional<std::string>>;
using Counts = std::map<Values, std::uint64_t>;

Query ask(std::string_view text) {
  const auto query = parse_query(text, parse_timestamp("2026-08-10T12:00:00Z").value());
  REQUIRE_MESSAGE(query.has_value(), text);
  return *query;
}

constexpr std::int64_t kSecond = 1'000'000'000;

// What one entry was made of.
struct Made {
  std::int64_t time;
  std::optional<std::string> agent;
  std::string type;
  std::vector<std::string> flags;
  std::optional<std::int64_t> tokens;
  bool says_refund;
};

// Entries at random times of ten days around 1970 and around now, in two segments, with some behind
// them that the index does not hold.
class Spread {
 public:
  Spread() : file_(folder_ / "spread.ledger") {
    create_ledger(file_, {"example.com/test", {}, {}});
    Ledger ledger = Ledger::open(file_);
    for (const int count : {9000, 3000, 700}) {
      append(ledger, count);
      if (count != 700) ledger.update_index();
    }
  }

  [[nodiscard]] LedgerView view() const { return LedgerView::open(file_); }

  [[nodiscard]] const std::vector<Made>& made() const { return made_; }

 private:
  Made make() {
    constexpr std::int64_t kNow = 1'786'000'000;
    const std::int64_t day = 86'400;
    Made made{};
    const auto around = static_cast<std::int64_t>(random_() % (20 * 86'400)) - 10 * day;
    // Most blocks of the index are within a day or two; the last ones are anywhere.
    made.time = made_.size() < 9000 ? kNow + static_cast<std::int64_t>(made_.size()) * 5
                                    : (made_.size() % 2 == 0 ? around : kNow + around);
    made.time = made.time * kSecond + static_cast<std::int64_t>(random_() % kSecond);
    if (random_() % 5 != 0) made.agent = "agent-" + std::to_string(random_() % 7);
    // Too long for the index: it knows the agents of the other segment only.
    if (made_.size() % 2000 == 7 && made_.size() < 9000) made.agent = std::string(300, 'x');
    made.type = random_() % 3 == 0 ? "tool.call" : "llm.call";
    if (random_() % 4 == 0) made.flags.emplace_back("schema");
    if (random_() % 4 == 0) made.flags.emplace_back("too-deep");
    if (random_() % 2 == 0) made.tokens = static_cast<std::int64_t>(random_() % 3);
    made.says_refund = random_() % 3 == 0;
    return made;
  }

  void append(Ledger& ledger, int count) {
    std::vector<Event> events;
    for (; count > 0; --count) {
      made_.push_back(make());
      const Made& made = made_.back();
      Event& event = events.emplace_back();
      event.envelope.set_number(Field::time, made.time);
      if (made.agent) event.envelope.set_text(Field::agent, *made.agent);
      event.envelope.set_text(Field::type, made.type);
      for (const std::string& flag : made.flags) event.envelope.set_text(Field::flags, flag);
      if (made.tokens) event.envelope.set_number(Field::tokens_in, *made.tokens);
      event.payload = made.says_refund ? R"({"text":"a refund"})" : R"({"text":"none"})";
    }
    ledger.append(events);
  }

  test::TempFolder folder_;
  std::filesystem::path file_;
  std::vector<Made> made_;
  std::mt19937 random_{7};
};

const Spread& the_spread() {
  static const Spread spread;
  return spread;
}

Counts counts_of(const Facets& facets) {
  Counts counts;
  for (const Facets::Row& row : facets.rows) counts[row.values] += row.count;
  CHECK(counts.size() == facets.rows.size());
  return counts;
}

std::optional<std::string> text_of(std::optional<std::int64_t> number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

std::vector<std::optional<std::string>> flags_of(const Made& made) {
  if (made.flags.empty()) return {std::nullopt};
  return {made.flags.begin(), made.flags.end()};
}

}  // namespace

TEST_CASE("facets are not what counting by hand gives") {
  const LedgerView view = the_spread().view();

  struct Asked {
    std::string text;
    bool only_refunds;
  };

  const Field agent = Field::agent;
  for (const Asked& asked :
       {Asked{"", false}, Asked{"refund", true}, Asked{"payload.text:\"a refund\"", true}}) {
    for (const bool use_index : {true, false}) {
      CAPTURE(asked.text);
      CAPTURE(use_index);
      Counts by_agent;
      Counts by_tokens;
      Counts by_flag;
      Counts by_three;
      for (const Made& made : the_spread().made()) {
        if (asked.only_refunds && !made.says_refund) continue;
        ++by_agent[{made.agent}];
        ++by_tokens[{text_of(made.tokens)}];
        for (const auto& flag : flags_of(made)) {
          ++by_flag[{flag}];
          ++by_three[{flag, made.type, made.agent}];
        }
      }
      const SearchOptions options{.use_index = use_index};
      const Query query = ask(asked.text);
      CHECK(counts_of(count_by(view, query, std::array{agent}, options)) == by_agent);
      CHECK(counts_of(count_by(view, query, std::array{Field::tokens_in}, options)) == by_tokens);
      CHECK(counts_of(count_by(view, query, std::array{Field::flags}, options)) == by_flag);
      CHECK(counts_of(count_by(view, query, std::array{Field::flags, Field::type, agent},
                               options)) == by_three);
    }
  }
}

TEST_CASE("combinations are counted from the index in another way than from the entries") {
  const LedgerView view = the_spread().view();
  Counts expected;
  for (const Made& made : the_spread().made()) {
    if (made.says_refund) ++expected[{made.type, made.agent}];
  }
  const std::array fields{Field::type, Field::agent};
  CHECK(counts_of(count_by(view, ask("refund"), fields)) == expected);
}

TEST_CASE("entries are read whose values the index has") {
  const LedgerView view = the_spread().view();
  const std::array type{Field::type};
  const std::array agent{Field::agent};
  const std::array both{Field::type, Field::agent};
  const auto read = [&](std::string_view text, std::span<const Field> fields) {
    return count_by(view, ask(text), fields).statistics.rows_read;
  };
  // 700 entries are not indexed, and entry 0 is the ledger's own; 3,000 have short agents only.
  CHECK(read("", type) < 800);
  CHECK(read("refund", type) < 800);
  CHECK(read("", agent) < 9900);
  CHECK(read("seq:>9001", agent) < 800);
  CHECK(read("seq:>9001", both) < 800);
  CHECK(read("refund seq:>9001", both) < 800);
}

TEST_CASE("a page of the index that cannot be read is counted in part, or ends the count") {
  test::TempFolder folder;
  const auto file = folder / "a.ledger";
  create_ledger(file, {"example.com/test", {}, {}});
  Ledger ledger = Ledger::open(file);
  std::mt19937 random(3);
  std::vector<std::string> agents(400);
  for (std::string& agent : agents) {
    while (agent.size() < 190) agent += std::to_string(random());
    agent.resize(190);
  }
  std::vector<Event> events(1000);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].envelope.set_text(Field::type, "note");
    events[i].envelope.set_text(Field::agent, agents[i % agents.size()]);
  }
  ledger.append(events);
  ledger.update_index();
  const std::array agent{Field::agent};
  const Counts expected = counts_of(count_by(LedgerView::open(file), Query(), agent));
  REQUIRE(expected.size() == agents.size());
  // The last page of agents: the ones before it have been counted when it is read.
  std::sort(agents.begin(), agents.end());
  const std::string last =
      "instr(bytes, CAST('" + agents.back().substr(100, 40) + "' AS BLOB)) > 0";
  test::RawDatabase index(index_file(file));
  REQUIRE(index.number("SELECT count(*) FROM page WHERE " + last) == 1);
  index.run("UPDATE page SET bytes = x'00010001' WHERE " + last);
  const Facets facets = count_by(LedgerView::open(file), Query(), agent);
  CHECK(counts_of(facets) == expected);
  CHECK(!facets.statistics.index_note.empty());
}

TEST_CASE("facets in no order, or the ledger's own entries among them") {
  const Facets facets =
      count_by(the_spread().view(), ask("tokens_in:0..2"), std::array{Field::agent, Field::type});
  for (std::size_t i = 1; i < facets.rows.size(); ++i) {
    const auto& before = facets.rows[i - 1];
    const auto& row = facets.rows[i];
    CHECK((before.count > row.count || (before.count == row.count && before.values < row.values)));
  }
  const auto has_system = [](const Facets& counted) {
    for (const auto& row : counted.rows) {
      if (row.values[0] && row.values[0]->starts_with("sys.")) return true;
    }
    return false;
  };
  const LedgerView view = the_spread().view();
  const std::array type{Field::type};
  CHECK_FALSE(has_system(count_by(view, Query(), type)));
  CHECK(has_system(count_by(view, Query(), type, {.system_entries = true})));
  CHECK(has_system(count_by(view, ask("type:sys*"), type)));
}

TEST_CASE("too many fields are counted, bars are too narrow, or too many") {
  const LedgerView view = the_spread().view();
  const std::array fields{Field::agent, Field::type, Field::flags, Field::tokens_in};
  CHECK(test::code_of([&] { (void)count_by(view, Query(), fields); }) ==
        ErrorCode::invalid_argument);
  CHECK(test::code_of([&] { (void)count_by(view, Query(), {}); }) == ErrorCode::invalid_argument);
  using std::chrono::seconds;
  CHECK(test::code_of([&] { (void)count_over_time(view, Query(), seconds(0)); }) ==
        ErrorCode::invalid_argument);
  // From around 1970 to now: more than 100,000 hours.
  CHECK(test::code_of([&] { (void)count_over_time(view, Query(), seconds(3600)); }) ==
        ErrorCode::limit);
}

TEST_CASE("a histogram is not what counting by hand gives") {
  const LedgerView view = the_spread().view();
  for (const std::int64_t seconds : {86'400, 7 * 86'400, 100'000}) {
    for (const bool use_index : {true, false}) {
      CAPTURE(seconds);
      CAPTURE(use_index);
      std::map<std::int64_t, std::uint64_t> expected;
      for (const Made& made : the_spread().made()) {
        if (!made.says_refund) continue;
        // 1970-01-01 was a Thursday: weeks begin four days later.
        const std::int64_t start = seconds == 7 * 86'400 ? 4 * 86'400 * kSecond : 0;
        const std::int64_t width = seconds * kSecond;
        std::int64_t bar = (made.time - start) / width;
        if (made.time < start + bar * width) --bar;
        ++expected[start + bar * width];
      }
      const Histogram histogram = count_over_time(
          view, ask("refund"), std::chrono::seconds(seconds), {.use_index = use_index});
      REQUIRE(!histogram.bars.empty());
      CHECK(nanoseconds(histogram.bars.front().from) == expected.begin()->first);
      CHECK(nanoseconds(histogram.bars.back().from) == expected.rbegin()->first);
      for (std::size_t i = 0; i < histogram.bars.size(); ++i) {
        const auto& bar = histogram.bars[i];
        if (i > 0) CHECK(bar.from == histogram.bars[i - 1].from + std::chrono::seconds(seconds));
        const auto found = expected.find(nanoseconds(bar.from));
        CHECK(bar.count == (found == expected.end() ? 0 : found->second));
      }
    }
  }
  CHECK(count_over_time(view, ask("nothingsaysthis"), std::chrono::hours(1)).bars.empty());
}

TEST_CASE("the earliest and the latest times there are overflow") {
  test::TempFolder folder;
  const auto file = folder / "a.ledger";
  create_ledger(file, {"example.com/test", {}, {}});
  std::vector<Event> events(2);
  const std::array times{std::numeric_limits<std::int64_t>::min(),
                         std::numeric_limits<std::int64_t>::max()};
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].envelope.set_text(Field::type, "note");
    events[i].envelope.set_number(Field::time, times[i]);
  }
  Ledger::open(file).append(events);
  const LedgerView view = LedgerView::open(file);
  for (const std::int64_t days : {7, 70, 365, 100'000}) {
    const Histogram histogram = count_over_time(view, Query(), std::chrono::hours(24 * days));
    std::uint64_t count = 0;
    for (const Histogram::Bar& bar : histogram.bars) count += bar.count;
    CHECK(count == 2);
    CHECK(nanoseconds(histogram.bars.front().from) == times[0]);
    CHECK(histogram.bars.back().from <= from_nanoseconds(times[1]));
  }
}

TEST_CASE("a value that no entry has is not told, or one that some has is") {
  const LedgerView view = the_spread().view();
  const auto told = [&](std::string_view text) {
    std::vector<std::string> lines;
    for (const UnknownValue& unknown : unknown_values(view, ask(text))) {
      lines.push_back(std::string(name_of(unknown.field)) + " " + unknown.value + " " +
                      unknown.nearest);
    }
    return lines;
  };
  using Lines = std::vector<std::string>;
  CHECK(told("agent:agnt-3 type:tool.call") == Lines{"agent agnt-3 agent-3"});
  CHECK(told("agent:agent-3 refund") == Lines{});
  CHECK(told("agent:nobody") == Lines{"agent nobody "});
  CHECK(told("agent:agent-3,nobody") == Lines{});
  CHECK(told("type:approval risk:>=medium") == Lines{});
  CHECK(told("agent:nobody* -agent:nobody event_id:nobody has:agent") == Lines{});
  CHECK(told("") == Lines{});
  CHECK(told("agent:a") == Lines{"agent a "});  // everything is near to it
}

}  // namespace audit
