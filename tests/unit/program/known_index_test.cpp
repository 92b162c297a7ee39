#include "known_index.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "temp_folder.hpp"

namespace audit::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kId = "0123456789abcdef0123456789abcdef";

Digest digest(std::uint8_t first) {
  Digest digest;
  digest.bytes[0] = first;
  return digest;
}

IndexState state(std::vector<IndexSegment> segments, std::uint64_t size = 1000) {
  return {kId, size, digest(200), std::move(segments), {}};
}

// A ledger of 1,000 entries, and one that goes on.
std::optional<Digest> hash_of(std::uint64_t seq) { return digest(seq == 999 ? 200 : 201); }

Timestamp at(const char* text) { return parse_timestamp(text).value(); }

// A program's surroundings, with a folder for what it remembers.
struct Surroundings {
  test::TempFolder folder;
  std::map<std::string, std::string> variables{{"AUDIT_STATE", folder / "state"}};
  std::string out_text;
  std::string err_text;
  Output out{out_text};
  Output err{err_text};
  std::atomic<bool> stop{false};
  Context context{
      .out = out,
      .err = err,
      .input = 0,
      .input_is_terminal = false,
      .environment = [this](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
      },
      .clock = [] { return at("2026-08-01T12:00:00Z"); },
      .stop = stop,
      .globals = {},
  };

  [[nodiscard]] fs::path file() const { return folder.path() / "state" / "index" / kId; }

  [[nodiscard]] bool knows(const IndexSegment& segment) const {
    return KnownIndex::read(context, kId).find(segment, hash_of) != nullptr;
  }
};

mode_t mode_of(const fs::path& file) {
  struct stat facts {};

  REQUIRE(::lstat(file.c_str(), &facts) == 0);
  return facts.st_mode & 0777;
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

const IndexSegment kFirst{{0, 600}, digest(1)};
const IndexSegment kSecond{{600, 1000}, digest(2)};

}  // namespace

TEST_CASE("what is remembered is read back as something else") {
  Surroundings here;
  remember(here.context, state({kFirst}), IndexBasis::verified);
  remember(here.context, state({kSecond}), IndexBasis::made);
  KnownIndex known = KnownIndex::read(here.context, kId);
  const KnownPart* const first = known.find(kFirst, hash_of);
  REQUIRE(first != nullptr);
  CHECK(first->basis == IndexBasis::verified);
  CHECK(first->when == at("2026-08-01T12:00:00Z"));
  REQUIRE(known.find(kSecond, hash_of) != nullptr);
  CHECK(known.find(kSecond, hash_of)->basis == IndexBasis::made);
  CHECK(KnownIndex::parse(known.text())->text() == known.text());
  CHECK(mode_of(here.file()) == 0600);
  CHECK(mode_of(here.file().parent_path()) == 0700);
  CHECK(here.out_text + here.err_text == "");
}

TEST_CASE("what was merged is known by more than its parts were") {
  const IndexSegment whole{{0, 1000}, digest(3)};
  IndexState merged = state({});
  merged.merges.push_back({whole, {kFirst, kSecond}});
  Surroundings here;
  remember(here.context, state({kFirst}), IndexBasis::verified);
  remember(here.context, merged, IndexBasis::made, hash_of);
  CHECK_FALSE(here.knows(whole));  // nobody looked at the second
  CHECK(here.knows(kFirst));
  remember(here.context, state({kSecond}), IndexBasis::made);
  const auto forked = [](std::uint64_t) { return std::optional(digest(7)); };
  remember(here.context, merged, IndexBasis::made, forked);
  CHECK_FALSE(here.knows(whole));
  remember(here.context, merged, IndexBasis::made, hash_of);
  KnownIndex known = KnownIndex::read(here.context, kId);
  REQUIRE(known.find(whole, hash_of) != nullptr);
  CHECK(known.find(whole, hash_of)->basis == IndexBasis::made);
  CHECK_FALSE(here.knows(kFirst));  // it stands for them
  CHECK_FALSE(here.knows(kSecond));
}

TEST_CASE("what was merged of verified parts counts as made only") {
  const IndexSegment one{{0, 300}, digest(11)};
  const IndexSegment two{{300, 600}, digest(12)};
  const IndexSegment three{{600, 1000}, digest(13)};
  const IndexSegment first_two{{0, 600}, digest(14)};
  const IndexSegment all{{0, 1000}, digest(15)};
  IndexState merged = state({});
  merged.merges.push_back({first_two, {one, two}});
  merged.merges.push_back({all, {first_two, three}});  // in the same run
  Surroundings here;
  remember(here.context, state({one, two, three}), IndexBasis::verified);
  remember(here.context, merged, IndexBasis::made, hash_of);
  KnownIndex known = KnownIndex::read(here.context, kId);
  REQUIRE(known.find(all, hash_of) != nullptr);
  CHECK(known.find(all, hash_of)->basis == IndexBasis::verified);
}

TEST_CASE("a part of other bytes, other entries or another history is known") {
  Surroundings here;
  remember(here.context, state({kFirst}), IndexBasis::verified);
  CHECK(here.knows(kFirst));
  CHECK_FALSE(here.knows({kFirst.range, digest(9)}));
  CHECK_FALSE(here.knows({{0, 599}, kFirst.digest}));
  CHECK_FALSE(here.knows({{1, 600}, kFirst.digest}));
  CHECK_FALSE(here.knows(kSecond));
  KnownIndex known = KnownIndex::read(here.context, kId);
  const auto shorter = [](std::uint64_t) { return std::optional<Digest>(); };
  CHECK(known.find(kFirst, shorter) == nullptr);
  known = KnownIndex::read(here.context, kId);
  const auto forked = [](std::uint64_t) { return std::optional(digest(7)); };
  CHECK(known.find(kFirst, forked) == nullptr);
  const std::string other = "f123456789abcdef0123456789abcdef";
  CHECK(KnownIndex::read(here.context, other).find(kFirst, hash_of) == nullptr);
}

TEST_CASE("the memory grows with every part that was merged into another") {
  KnownIndex known;
  for (std::uint64_t last = 1; last <= 5000; ++last) {
    known.add(state({{{0, last}, digest(1)}}, 5000), IndexBasis::made, {});
  }
  CHECK(known.text().size() < 1000);
  // And without end where they are not.
  for (std::uint64_t first = 5000; first <= 10'000; ++first) {
    known.add(state({{{first, first + 1}, digest(1)}}, first + 1), IndexBasis::made, {});
  }
  CHECK(known.text().size() < 512 * 1024);
  CHECK(KnownIndex::parse(known.text()).has_value());
  const auto any = [](std::uint64_t) { return std::optional(digest(200)); };
  CHECK(known.find({{10'000, 10'001}, digest(1)}, any) != nullptr);
}

TEST_CASE("a file that is no memory is believed, or ends the program") {
  Surroundings here;
  remember(here.context, state({kFirst}), IndexBasis::verified);
  std::stringstream good;
  good << std::ifstream(here.file()).rdbuf();
  const std::string text = good.str();
  REQUIRE(KnownIndex::parse(text).has_value());
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return other;
  };
  for (const std::string& bad :
       {std::string(), std::string("\n"), std::string(1000, '\0'), text.substr(0, text.size() - 1),
        text.substr(1), text + "\n", text + "made", changed("verified", "believed"),
        changed(" 0 600 ", " 600 0 "), changed(" 0 600 ", " 0 1001 "),
        changed(" 0 600 ", " -1 600 "), changed(" 0 600 ", " 0  600 "),
        changed(" 0 600 ", " 0 99999999999999999999 "), changed("2026", "20z6"),
        changed("0100", "01"), changed("known index 1", "known index 2")}) {
    CAPTURE(bad);
    CHECK_FALSE(KnownIndex::parse(bad).has_value());
    write(here.file(), bad);
    CHECK_FALSE(here.knows(kFirst));
  }
  // The next one makes it anew.
  remember(here.context, state({kFirst}), IndexBasis::verified);
  CHECK(here.knows(kFirst));
  std::string endless = text;
  while (endless.size() < 600'000) endless += text.substr(text.find('\n') + 1);
  write(here.file(), endless);
  CHECK_FALSE(here.knows(kFirst));
}

TEST_CASE("a file that others may write, or that is none, is believed") {
  Surroundings here;
  remember(here.context, state({kFirst}), IndexBasis::verified);
  ::chmod(here.file().c_str(), 0620);
  CHECK_FALSE(here.knows(kFirst));
  ::chmod(here.file().c_str(), 0644);
  CHECK(here.knows(kFirst));
  fs::rename(here.file(), here.folder / "elsewhere");
  fs::create_symlink(here.folder / "elsewhere", here.file());
  CHECK_FALSE(here.knows(kFirst));
  // What is remembered replaces the link, not what it leads to.
  remember(here.context, state({kSecond}), IndexBasis::verified);
  CHECK(here.knows(kSecond));
  CHECK(fs::is_regular_file(fs::symlink_status(here.file())));
  fs::remove(here.file());
  REQUIRE(::mkfifo(here.file().c_str(), 0600) == 0);
  CHECK_FALSE(here.knows(kFirst));  // and does not wait for a writer
  fs::remove(here.file());
  fs::create_directory(here.file());
  CHECK_FALSE(here.knows(kFirst));
  remember(here.context, state({kFirst}), IndexBasis::verified);
  CHECK(here.out_text + here.err_text == "");
  CHECK(std::distance(fs::directory_iterator(here.file().parent_path()), {}) == 1);
}

TEST_CASE("where nothing can be remembered something is said, or thrown") {
  Surroundings here;
  for (const char* folder : {"", "/dev/null/x", "/proc/nowhere"}) {
    CAPTURE(folder);
    here.variables["AUDIT_STATE"] = folder;
    remember(here.context, state({kFirst}), IndexBasis::verified);
    CHECK_FALSE(here.knows(kFirst));
  }
  here.variables.erase("AUDIT_STATE");
  remember(here.context, state({kFirst}), IndexBasis::verified);
  CHECK_FALSE(here.knows(kFirst));
  CHECK(here.out_text + here.err_text == "");
}

TEST_CASE("the folder is another one than the user's") {
  Surroundings here;
  here.variables = {{"HOME", here.folder / "home"}};
  fs::create_directory(here.folder / "home");
  remember(here.context, state({kFirst}), IndexBasis::verified);
  CHECK(here.knows(kFirst));
  CHECK(fs::exists(here.folder / "home/.local/state/agent-audit/index" / kId));
  here.variables["XDG_STATE_HOME"] = "relative";  // to be ignored, says the specification
  CHECK(here.knows(kFirst));
  here.variables["XDG_STATE_HOME"] = here.folder / "xdg";
  CHECK_FALSE(here.knows(kFirst));
  remember(here.context, state({kFirst}), IndexBasis::verified);
  CHECK(fs::exists(here.folder / "xdg/agent-audit/index" / kId));
}

TEST_CASE("the id of a stranger's ledger leads out of the folder") {
  Surroundings here;
  for (const std::string& id :
       {std::string("../../x"), std::string("/tmp/x"), std::string(), std::string("."),
        std::string(kId) + "/x", std::string("0123456789ABCDEF0123456789abcdef")}) {
    CAPTURE(id);
    IndexState stranger = state({kFirst});
    stranger.ledger_id = id;
    remember(here.context, stranger, IndexBasis::verified);
    CHECK(KnownIndex::read(here.context, id).find(kFirst, hash_of) == nullptr);
  }
  CHECK(fs::is_empty(here.folder.path()));
}

}  // namespace audit::cli
