// A merged segment must be the one that would have been built from its entries, and what goes wrong on
// the way must leave the old ones.
#include <audit/error.hpp>
#include <audit/verify.hpp>

#include <array>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "event/text.hpp"
#include "events.hpp"
#include "ledger/index.hpp"
#include "ledger/index_builder.hpp"
#include "ledger/segment_digest.hpp"
#include "ledger/segment_merge.hpp"
#include "raw_database.hpp"
#include "temp_folder.hpp"

namespace audit {

namespace {

using ledger::IndexFile;
using ledger::MergeSource;
using ledger::SegmentSize;

// One of these words is in every entry, others are in few or in one; some are long; some values of
// fields are too long to be terms.
Event random_event(std::mt19937& random, std::size_t i) {
  std::string text = "always";
  for (auto words = random() % 30; words > 0; --words) {
    text += fmt::format(" w{}", random() % (1U << random() % 14));
  }
  if (random() % 3 == 0) text += " once" + std::to_string(i) + std::string(random() % 50, 'x');
  if (random() % 5 == 0) text += " 4bf92f3577b34da6a3ce929d0e0e4736 always always";
  Event event = test::event("message", fmt::format(R"({{"a":"{}","b":["x",1]}})", text),
                            test::uuid(random() % 3 == 0 ? 7 : i));
  event.envelope.set_text(Field::agent, fmt::format("agent-{}", random() % 7));
  if (random() % 9 == 0) event.envelope.set_text(Field::user, std::string(random() % 300 + 1, 'u'));
  event.envelope.set_number(Field::time, static_cast<std::int64_t>(random() % 100'000));
  return event;
}

std::vector<Event> random_events(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Event> events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(random_event(random, i));
  return events;
}

void add(ledger::SegmentBuilder& builder, const Event& event) {
  base::JsonReader json;
  std::string text;
  event::append_payload_text(json, event.payload, text);
  builder.add(event.envelope, *event.envelope.number(Field::time), text);
}

Digest tail_of(std::uint64_t last) { return Digest{{static_cast<std::uint8_t>(last)}}; }

// Writes segments of so many events each.
std::vector<MergeSource> write_segments(IndexFile& file, const std::vector<Event>& events,
                                        const std::vector<std::size_t>& lengths) {
  std::vector<MergeSource> segments;
  ledger::SegmentBuilder builder;
  std::uint64_t first = 0;
  for (const std::size_t length : lengths) {
    for (std::size_t i = 0; i < length; ++i) add(builder, events[first + i]);
    const IndexFile::Object object{
        file.next_id(), first, first + length, tail_of(first + length), {}};
    segments.push_back({object, ledger::write_segment(file, object, builder)});
    first += length;
  }
  return segments;
}

std::vector<ledger::SegmentFooter::TimeBlock> times_of(const std::vector<Event>& events) {
  std::vector<ledger::SegmentFooter::TimeBlock> times;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i % ledger::kTimeBlockEntries == 0) times.emplace_back();
    times.back().add(*events[i].envelope.number(Field::time));
  }
  return times;
}

// All pages of a segment, one after the other, and its row.
std::string bytes_of(IndexFile& file, const IndexFile::Object& object) {
  std::string all;
  std::string page;
  const auto footer = ledger::SegmentFooter::decode(object.footer);
  REQUIRE(footer.has_value());
  for (std::uint64_t i = 0; i < footer->page_count() + footer->digest_page_count(); ++i) {
    file.read_page(object.id, i, page);
    all += fmt::format("[page {} of {} bytes]", i, page.size()) + page;
  }
  return all + object.footer;
}

constexpr std::string_view kLedgerId = "0123456789abcdef";

// The segments of an index, each as its range and its digest.
std::vector<std::string> described(const std::filesystem::path& ledger) {
  const LedgerView view = LedgerView::open(ledger);
  std::string why_not;
  auto index = ledger::IndexView::open(view, why_not, true);
  REQUIRE_MESSAGE(index.has_value(), why_not);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < index->segment_count(); ++i) {
    all.push_back(fmt::format("{}-{} {}", index->range(i).first, index->range(i).last,
                              to_hex(index->identity(i).digest)));
  }
  return all;
}

ledger::IndexSizes sizes(std::uint32_t built, std::uint64_t merged) {
  ledger::IndexSizes sizes;
  sizes.built = built;
  sizes.merged.entries = merged;
  return sizes;
}

void build(ledger::IndexBuilder& builder, const std::filesystem::path& ledger) {
  builder.catch_up(LedgerView::open(ledger).size());
  builder.finish(true);
}

struct Fixture {
  explicit Fixture(std::size_t events) {
    test::make_ledger(file);
    append(events);
  }

  void append(std::size_t events) {
    Ledger ledger = Ledger::open(file);
    std::vector<Event> fresh = random_events(events, 11);
    for (Event& event : fresh) event.envelope.set_text(Field::event_id, test::uuid(next_id++));
    ledger.append(fresh);
    ledger.close();
  }

  test::TempFolder folder;
  std::filesystem::path file = folder / "l";
  std::uint64_t next_id = 0;
};

}  // namespace

TEST_CASE("a merged segment of other bytes than one that is built from the same entries") {
  for (const std::vector<std::size_t>& lengths : std::vector<std::vector<std::size_t>>{
           {3, 2}, {1, 1, 1, 1, 1}, {4096, 8192, 20}, {9000, 400, 3000, 1}, {100, 12'000}}) {
    CAPTURE(lengths.size());
    std::size_t count = 0;
    for (const std::size_t length : lengths) count += length;
    const std::vector<Event> events = random_events(count, static_cast<unsigned>(count));
    const test::TempFolder folder;
    IndexFile file = IndexFile::open_to_write(folder / "merged", kLedgerId);
    IndexFile direct = IndexFile::open_to_write(folder / "direct", kLedgerId);
    {
      ledger::Transaction transaction(direct.database(), ledger::Transaction::Kind::write);
      write_segments(direct, events, {count});
      transaction.commit();
    }
    ledger::Transaction transaction(file.database(), ledger::Transaction::Kind::write);
    const std::vector<MergeSource> sources = write_segments(file, events, lengths);
    const IndexFile::Object object{file.next_id(), 0, count, tail_of(count), {}};
    (void)ledger::merge_segments(file, sources, object, times_of(events));
    transaction.commit();
    const auto merged = file.objects(IndexFile::Kind::segment);
    const auto built = direct.objects(IndexFile::Kind::segment);
    REQUIRE(merged.size() == 1);
    REQUIRE(built.size() == 1);
    CHECK((bytes_of(file, merged[0]) == bytes_of(direct, built[0])));
    CHECK(file.database().integer("SELECT count(*) FROM page") ==
          direct.database().integer("SELECT count(*) FROM page"));
  }
}

TEST_CASE("a builder merges otherwise than it would have built") {
  const Fixture fixture(2000);
  {
    ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
    build(builder, fixture.file);
    CHECK(described(fixture.file).size() == 21);
    std::size_t merges = 0;
    while (builder.merge()) ++merges;
    CHECK(merges == 5);
    CHECK(builder.made().segments.size() == 6);
    CHECK(builder.made().merges.empty());  // all its own
  }
  const auto merged = described(fixture.file);
  CHECK(merged.size() == 6);
  const VerifyReport report = verify_ledger(fixture.file, {});
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.index.segments.size() == 6);
  std::filesystem::remove(index_file(fixture.file));
  ledger::IndexBuilder direct(fixture.file, sizes(400, 400));
  build(direct, fixture.file);
  CHECK(described(fixture.file) == merged);
}

TEST_CASE("an entry that was changed behind the end of a segment is indexed as if it were right") {
  const Fixture fixture(250);
  test::RawDatabase(fixture.file).run("UPDATE entry SET received = received + 1 WHERE seq = 240");
  ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
  build(builder, fixture.file);
  CHECK(described(fixture.file).size() == 3);
  CHECK(builder.made().segments.empty());
}

TEST_CASE("parts that others made are passed off as made here, or their origin is lost") {
  Fixture fixture(250);
  {
    ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
    build(builder, fixture.file);
    CHECK_FALSE(builder.merge());  // more may come
  }
  const auto before = verify_ledger(fixture.file, {}).index.segments;
  fixture.append(300);
  ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
  build(builder, fixture.file);
  REQUIRE(builder.merge());
  const IndexState state = builder.made();
  REQUIRE(state.merges.size() == 1);
  const IndexState::Merge& merge = state.merges.front();
  CHECK(merge.whole.range.last == 351);
  REQUIRE(merge.parts.size() == 4);
  CHECK((merge.parts[0].digest == before[0].digest));
  CHECK((merge.parts[1].digest == before[1].digest));
  for (const IndexSegment& segment : state.segments) {
    CHECK(segment.range.first >= 251);  // what others made is not among them
  }
  const auto is_named = [&](const IndexSegment& part) {
    return std::any_of(state.segments.begin(), state.segments.end(),
                       [&](const IndexSegment& one) { return one.digest == part.digest; });
  };
  CHECK_FALSE(is_named(merge.parts[2]));
  CHECK(is_named(merge.parts[3]));
}

TEST_CASE("a damaged part is merged, or half of a merge stays in the file") {
  const Fixture fixture(450);
  {
    ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
    build(builder, fixture.file);
  }
  test::RawDatabase raw(index_file(fixture.file));
  // The last page of ids of the fourth part: all else is merged and erased by then.
  const std::string where =
      " WHERE id = (SELECT max(id) - 1 FROM page WHERE id < "
      "((SELECT id FROM segment WHERE first = 300) + 1) << 24)";
  const std::string page = raw.value("SELECT bytes FROM page" + where);
  std::string changed = page;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  raw.run("UPDATE page SET bytes = ?1" + where, {changed});
  const auto state = [&] {
    return raw.value("SELECT group_concat(id || ' ' || hex(bytes)) FROM page") +
           raw.value("SELECT group_concat(id || ' ' || hex(footer)) FROM segment");
  };
  const std::string before = state();
  {
    ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
    CHECK_FALSE(builder.merge());
    CHECK_FALSE(builder.merge());
  }
  CHECK((state() == before));
  CHECK(verify_ledger(fixture.file, {}).verdict == Verdict::tampered);
  raw.run("UPDATE page SET bytes = ?1" + where, {page});
  ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
  CHECK(builder.merge());
  CHECK(verify_ledger(fixture.file, {}).verdict == Verdict::intact);
}

TEST_CASE("two builders merge the same parts") {
  const Fixture fixture(450);
  ledger::IndexBuilder first(fixture.file, sizes(100, 400));
  build(first, fixture.file);
  ledger::IndexBuilder second(fixture.file, sizes(100, 400));
  CHECK_FALSE(second.merge());
  CHECK(first.merge());
  CHECK_FALSE(first.merge());
}

TEST_CASE("a reader that began before a merge sees half of it") {
  const Fixture fixture(450);
  ledger::IndexBuilder builder(fixture.file, sizes(100, 400));
  build(builder, fixture.file);
  const LedgerView view = LedgerView::open(fixture.file);
  std::string why_not;
  auto index = ledger::IndexView::open(view, why_not, true);
  REQUIRE(index.has_value());
  REQUIRE(builder.merge());
  ledger::EntryList list;
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < index->segment_count(); ++i) {
    index->word(i, "always", list);
    found += list.size();
  }
  CHECK(index->segment_count() == 5);
  CHECK(found == 450);
}

TEST_CASE("segments are merged too early, too often or into too large a one") {
  const auto plan = [](const std::vector<std::uint64_t>& entries) {
    std::vector<SegmentSize> sizes;
    for (const std::uint64_t count : entries) sizes.push_back({count, count, 1, 1});
    return ledger::next_merge(sizes, {100, 1000, 1000, 1000});
  };
  using Group = std::optional<std::pair<std::size_t, std::size_t>>;
  CHECK(plan({}) == std::nullopt);
  CHECK(plan({30, 30}) == std::nullopt);           // another may fit
  CHECK(plan({30, 30, 30, 30}) == Group({0, 3}));  // it does not
  CHECK(plan({50, 50}) == Group({0, 2}));          // full
  CHECK(plan({90, 30, 30}) == std::nullopt);       // the first is large enough
  CHECK(plan({90, 30, 30, 30, 30}) == Group({1, 4}));
  CHECK(plan({90, 8, 30, 30}) == std::nullopt);  // not written again for so little
  CHECK(plan({100, 100, 100}) == std::nullopt);
  CHECK(plan({200, 1}) == std::nullopt);  // made with other limits
  CHECK(plan(std::vector<std::uint64_t>(40, 1)) == Group({0, ledger::kMaxMergeSources}));
  // Whatever is full first.
  std::vector<SegmentSize> many(4, SegmentSize{1, 1, 1, 1});
  many[2].term_pages = many[3].term_pages = 999;
  CHECK(ledger::next_merge(many, {100, 1000, 1001, 1000}) == Group({0, 3}));
}

}  // namespace audit
