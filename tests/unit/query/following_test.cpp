#include <audit/query.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {
namespace {

Event saying(const std::string& text) {
  Event event;
  event.envelope.set_text(Field::type, "note");
  event.payload = R"({"text":")" + text + R"("})";
  return event;
}

struct Followed {
  Followed() : file(folder / "a.ledger") {
    create_ledger(file, {"example.com/test", {}, {}});
    append({"old"});
  }

  void append(const std::vector<std::string>& texts) const {
    std::vector<Event> events;
    for (const std::string& text : texts) events.push_back(saying(text));
    Ledger::open(file).append(events);
  }

  test::TempFolder folder;
  std::filesystem::path file;
};

std::vector<std::uint64_t> poll(Following& following) {
  std::vector<std::uint64_t> numbers;
  following.poll([&](const Entry& entry) {
    numbers.push_back(entry.seq);
    return true;
  });
  return numbers;
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an answer is told late, twice, out of order, or never") {
  const Followed followed;
  const Query query = parse_query("new", from_nanoseconds(0)).value();
  Following following(followed.file, query);
  CHECK(poll(following).empty());
  followed.append({"new", "other", "new"});
  CHECK(poll(following) == Numbers{2, 4});
  CHECK(poll(following).empty());
  // Whatever the clock of the file system says: many commits within one of its ticks.
  Numbers expected;
  Numbers told;
  for (std::uint64_t seq = 5; seq < 45; ++seq) {
    followed.append({"new"});
    expected.push_back(seq);
    const Numbers now = poll(following);
    told.insert(told.end(), now.begin(), now.end());
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  const Numbers rest = poll(following);
  told.insert(told.end(), rest.begin(), rest.end());
  CHECK(told == expected);
}

TEST_CASE("who has seen enough is told more, or misses some when going on") {
  const Followed followed;
  Following following(followed.file, Query());
  followed.append({"a", "b", "c"});
  Numbers numbers;
  following.poll([&](const Entry& entry) {
    numbers.push_back(entry.seq);
    return numbers.size() < 2;
  });
  CHECK(numbers == Numbers{2, 3});
  CHECK(poll(following) == Numbers{4});
}

TEST_CASE("an answer that could not be taken is lost") {
  const Followed followed;
  Following following(followed.file, Query());
  followed.append({"a", "b"});

  struct Full {};

  CHECK_THROWS_AS(following.poll([](const Entry& entry) -> bool {
    if (entry.seq == 3) throw Full();
    return true;
  }),
                  Full);
  followed.append({"c"});
  CHECK(poll(following) == Numbers{4});
}

TEST_CASE("an older copy that has grown in another way is put in the place of the ledger") {
  const Followed followed;
  const auto copy = followed.folder / "copy";
  std::filesystem::copy_file(followed.file, copy);
  followed.append({"a", "b"});
  Following following(followed.file, Query());
  std::filesystem::copy_file(copy, followed.file,
                             std::filesystem::copy_options::overwrite_existing);
  followed.append({"c", "d", "e"});
  CHECK(test::code_of([&] { (void)poll(following); }) == ErrorCode::damaged);
}

TEST_CASE("many answers at once are not all told, or not in order") {
  const Followed followed;
  Following following(followed.file, Query());
  followed.append(std::vector<std::string>(2500, "x"));
  const Numbers numbers = poll(following);
  REQUIRE(numbers.size() == 2500);
  CHECK(numbers.front() == 2);
  CHECK(numbers.back() == 2501);
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_CASE("another ledger is put in the place of the one that is followed") {
  const Followed followed;
  const Followed other;
  Following following(followed.file, Query());
  std::filesystem::copy_file(other.file, followed.file,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(test::code_of([&] { (void)poll(following); }) == ErrorCode::damaged);
}

TEST_CASE(
    "what was there before it is not told, or told though it is behind the beginning asked for") {
  const Followed followed;
  followed.append({"a", "b"});
  Following all(followed.file, Query(), {}, Disclosure::all, 0);
  CHECK(poll(all) == Numbers{1, 2, 3});
  followed.append({"c"});
  CHECK(poll(all) == Numbers{4});
  Following some(followed.file, Query(), {}, Disclosure::all, 3);
  CHECK(poll(some) == Numbers{3, 4});
  Following none(followed.file, Query(), {}, Disclosure::all, 1000);
  CHECK(poll(none).empty());
  followed.append({"d"});
  CHECK(poll(none) == Numbers{5});
}

}  // namespace audit
