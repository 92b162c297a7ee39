// The tree as files: what a stranger computes from them is what was signed, and nothing that was there
// is harmed.

#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/ledger.hpp>
#include <audit/proof.hpp>
#include <audit/tiles.hpp>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/bytes.hpp"
#include "events.hpp"
#include "file_bytes.hpp"
#include "raw_database.hpp"
#include "slow_tiles.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit::test {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

class Shelf {
 public:
  explicit Shelf(std::size_t events) {
    create_ledger(ledger, {.origin = "example.com/shelf"});
    append(events);
  }

  void append(std::size_t events) const {
    Ledger open = Ledger::open(ledger);
    std::vector<Event> batch(events);
    for (Event& event : batch) event.payload = "{}";
    if (events > 0) (void)open.append(batch);
    open.close();
  }

  [[nodiscard]] TileExport write() const { return export_tiles(LedgerView::open(ledger), tiles); }

  [[nodiscard]] ErrorCode error() const {
    return code_of([this] { (void)write(); });
  }

  [[nodiscard]] Files files() const {
    Files found;
    for (const auto& item : fs::recursive_directory_iterator(tiles)) {
      if (item.is_regular_file()) {
        found[fs::relative(item.path(), tiles).string()] = read_bytes(item.path());
      }
    }
    return found;
  }

  TempFolder folder;
  fs::path ledger = folder / "a.ledger";
  fs::path tiles = folder / "log";
};

// What a monitor does: takes the entries from the bundles, and makes everything anew.
std::vector<std::string> bundled_entries(const Files& files, std::uint64_t size) {
  std::vector<std::string> entries;
  for (std::uint64_t first = 0; first < size; first += 256) {
    const std::uint64_t width = std::min<std::uint64_t>(256, size - first);
    const std::string name = slow_tile_number(first / 256);
    std::string_view bundle =
        files.at("tile/entries/" + (width < 256 ? name + ".p/" + std::to_string(width) : name));
    while (!bundle.empty()) {
      const std::size_t length = base::load_be16(bundle.data());
      entries.emplace_back(bundle.substr(2, length));
      bundle.remove_prefix(2 + length);
    }
  }
  return entries;
}

void check_tree(const Files& files, std::uint64_t size) {
  const Parsed<Checkpoint> head = parse_checkpoint(files.at("checkpoint"));
  REQUIRE(head);
  REQUIRE(head->size == size);
  const std::vector<std::string> entries = bundled_entries(files, size);
  REQUIRE(entries.size() == size);
  std::vector<Digest> leaves;
  for (const std::string& entry : entries) leaves.push_back(slow_leaf(entry));
  CHECK(slow_root(leaves) == head->root);
  for (const auto& [name, bytes] : slow_tiles(entries)) {
    const auto found = files.find(name);
    if (found == files.end() || found->second != bytes) FAIL_CHECK(name);
  }
}

TEST_CASE("a stranger cannot compute the signed root from the files") {
  for (const std::size_t events : std::vector<std::size_t>{0, 1, 254, 255, 256, 700}) {
    CAPTURE(events);
    const Shelf shelf(events);
    const TileExport done = shelf.write();
    CHECK(done.old_size == 0);
    CHECK(done.size == events + 1);
    const Files files = shelf.files();
    CHECK(files.size() == done.files);
    check_tree(files, events + 1);
    CHECK(files.size() == slow_tiles(bundled_entries(files, events + 1)).size() + 1);
  }
}

TEST_CASE("a tree of three levels has another root in its files") {
  const Shelf shelf(65'000);
  (void)shelf.write();
  check_tree(shelf.files(), 65'001);
  shelf.append(1000);
  const TileExport done = shelf.write();
  check_tree(shelf.files(), 66'001);
  // 253 to 257 of level 0 and their bundles; one full and one partial tile of level 1, one of level 2;
  // the checkpoint.
  CHECK(done.files == 2 * 5 + 2 + 1 + 1);
}

TEST_CASE("a second run writes what is there, changes it, or leaves out what is new") {
  const Shelf shelf(300);
  (void)shelf.write();
  const Files before = shelf.files();
  TileExport again = shelf.write();
  CHECK(again.files == 0);
  CHECK(again.bytes == 0);
  CHECK(again.old_size == 301);
  CHECK(shelf.files() == before);
  shelf.append(300);
  again = shelf.write();
  CHECK(again.old_size == 301);
  const Files after = shelf.files();
  check_tree(after, 601);
  std::size_t fresh = 0;
  for (const auto& [name, bytes] : after) {
    if (!before.contains(name) || name == "checkpoint") {
      ++fresh;
    } else {
      CHECK(before.at(name) == bytes);
    }
  }
  CHECK(fresh == again.files);
  for (const auto& [name, bytes] : before) CHECK(after.contains(name));  // also partial tiles
  // tile/1/000.p/2, 001 and 002.p/89, two bundles, the checkpoint
  CHECK(again.files == 6);
}

TEST_CASE("a folder with another tree, or more of this one, is written to") {
  const Shelf shelf(20);
  const Shelf other(20);
  (void)other.write();
  const Files foreign = other.files();
  fs::copy(other.tiles, shelf.tiles, fs::copy_options::recursive);
  CHECK(shelf.error() == ErrorCode::configuration);
  CHECK(shelf.files() == foreign);
  // An old copy of the ledger.
  const Shelf mine(20);
  const std::string old_ledger = read_bytes(mine.ledger);
  mine.append(20);
  (void)mine.write();
  const Files whole = mine.files();
  write_bytes(mine.ledger, old_ledger);
  CHECK(mine.error() == ErrorCode::configuration);
  CHECK(mine.files() == whole);
  // A file of that name that is no checkpoint.
  write_bytes(mine.tiles / "checkpoint", "hello\n");
  CHECK(mine.error() == ErrorCode::configuration);
}

TEST_CASE("a tile that is there with other bytes is replaced, or taken for the right one") {
  const Shelf shelf(300);
  (void)shelf.write();
  for (const std::string name : {"tile/0/000", "tile/entries/001.p/45", "tile/1/000.p/1"}) {
    CAPTURE(name);
    fs::remove(shelf.tiles / "checkpoint");
    const std::string good = read_bytes(shelf.tiles / name);
    for (const std::string& bad : {good.substr(1), good + "x", std::string(good.size(), 'x')}) {
      write_bytes(shelf.tiles / name, bad);
      CHECK(shelf.error() == ErrorCode::configuration);
      CHECK(read_bytes(shelf.tiles / name) == bad);
      CHECK_FALSE(fs::exists(shelf.tiles / "checkpoint"));
    }
    write_bytes(shelf.tiles / name, good);
    CHECK(shelf.write().files == 1);  // a run that was cut short goes on
  }
}

TEST_CASE("what a power cut left of a tile stops every export from then on") {
  const Shelf shelf(300);
  (void)shelf.write();
  for (const std::string name : {"tile/0/000", "tile/entries/001.p/45", "tile/1/000.p/1"}) {
    CAPTURE(name);
    const std::string good = read_bytes(shelf.tiles / name);
    const std::size_t half = good.size() / 2;
    for (const std::string& left :
         {std::string(), std::string(good.size(), '\0'), good.substr(0, half),
          good.substr(0, half) + std::string(good.size() - half, '\0'),
          std::string(half, '\0') + good.substr(half)}) {
      fs::remove(shelf.tiles / "checkpoint");
      write_bytes(shelf.tiles / name, left);
      CHECK(shelf.write().files == 2);
      CHECK(read_bytes(shelf.tiles / name) == good);
    }
    // One bit more is not from a power cut.
    fs::remove(shelf.tiles / "checkpoint");
    std::string other(good.size(), '\0');
    other[half] = static_cast<char>(good[half] == 1 ? 2 : 1);
    write_bytes(shelf.tiles / name, other);
    CHECK(shelf.error() == ErrorCode::configuration);
    write_bytes(shelf.tiles / name, good);
    (void)shelf.write();
  }
}

TEST_CASE("a folder with a checkpoint and without its tiles stays so") {
  const Shelf shelf(600);
  (void)shelf.write();
  const Files before = shelf.files();
  fs::remove(shelf.tiles / "tile/0/000");
  fs::remove(shelf.tiles / "tile/entries/001");
  fs::resize_file(shelf.tiles / "tile/entries/000", 0);  // a power cut
  CHECK(shelf.write().files == 3);
  CHECK(shelf.files() == before);
  shelf.append(300);
  fs::remove(shelf.tiles / "tile/0/001");
  (void)shelf.write();
  check_tree(shelf.files(), 901);
}

TEST_CASE("lines of witnesses are lost from the folder's checkpoint") {
  const Shelf shelf(10);
  (void)shelf.write();
  const std::string with_line =
      read_bytes(shelf.tiles / "checkpoint") + "\u2014 witness.example/w1 AAAAAAAAAAAAAAAAAAAA\n";
  std::ofstream(shelf.tiles / "checkpoint") << with_line;
  CHECK(shelf.write().files == 0);
  CHECK(read_bytes(shelf.tiles / "checkpoint") == with_line);
  shelf.append(1);
  CHECK(shelf.write().size == 12);
  check_tree(shelf.files(), 12);
}

TEST_CASE("a link, a pipe or a folder in the place of a file leads out of the folder") {
  const auto with = [](const std::string& name, const auto& make) {
    CAPTURE(name);
    const Shelf shelf(300);
    fs::create_directories((shelf.tiles / name).parent_path());
    fs::create_directories(shelf.folder / "outside");
    write_bytes(shelf.folder / "victim", "precious");
    make(shelf, shelf.tiles / name);
    CHECK(shelf.error() == ErrorCode::configuration);
    CHECK(read_bytes(shelf.folder / "victim") == "precious");
    CHECK(fs::is_empty(shelf.folder / "outside"));
  };
  const auto link_to = [](const std::string& target) {
    return [target](const Shelf& shelf, const fs::path& place) {
      fs::create_symlink(shelf.folder / target, place);
    };
  };
  with("tile", link_to("outside"));
  with("tile/0", link_to("outside"));
  with("tile/entries", link_to("outside"));
  with("tile/0/000", link_to("victim"));
  with("tile/0/000", link_to("nothing"));
  with("tile/0/001.p", link_to("outside"));
  with("checkpoint", link_to("victim"));
  with("tile/0/000", [](const Shelf&, const fs::path& place) { fs::create_directory(place); });
  with("tile/0/000", [](const Shelf&, const fs::path& place) { ::mkfifo(place.c_str(), 0600); });
  with("tile/0", [](const Shelf&, const fs::path& place) { write_bytes(place, "a file"); });
}

TEST_CASE("the place of what is being written was taken by a link") {
  const Shelf shelf(10);
  fs::create_directories(shelf.tiles);
  write_bytes(shelf.folder / "victim", "precious");
  fs::create_symlink(shelf.folder / "victim", shelf.tiles / ".audit-incoming");
  (void)shelf.write();
  CHECK(read_bytes(shelf.folder / "victim") == "precious");
  CHECK_FALSE(fs::exists(fs::symlink_status(shelf.tiles / ".audit-incoming")));
}

TEST_CASE("files that are not ours are removed or changed") {
  const Shelf shelf(300);
  fs::create_directories(shelf.tiles / "tile" / "0");
  write_bytes(shelf.tiles / "index.html", "hello");
  write_bytes(shelf.tiles / "tile" / "0" / "000.gz", "hello");
  (void)shelf.write();
  CHECK(read_bytes(shelf.tiles / "index.html") == "hello");
  CHECK(read_bytes(shelf.tiles / "tile" / "0" / "000.gz") == "hello");
}

TEST_CASE("tiles are made of what was changed") {
  const std::vector<std::string> changes = {
      "UPDATE entry SET payload = x'5b5d' WHERE seq = 100",
      "UPDATE entry SET hash = randomblob(32) WHERE seq = 100",
      "UPDATE entry SET hash = randomblob(32) WHERE seq = 700",
      "UPDATE subtree SET hash = randomblob(32) WHERE level = 1 AND number = 0",
      "DELETE FROM entry WHERE seq = 100",
      "DELETE FROM subtree WHERE level = 1 AND number = 1"};
  for (const std::string& change : changes) {
    CAPTURE(change);
    const Shelf shelf(700);
    RawDatabase(shelf.ledger).run(change);
    CHECK(shelf.error() == ErrorCode::damaged);
    CHECK_FALSE(fs::exists(shelf.tiles / "checkpoint"));
    CHECK_FALSE(fs::exists(shelf.tiles / "tile/0/000"));
  }
}

TEST_CASE("an export that is stopped leaves a checkpoint without its tiles") {
  const Shelf shelf(700);
  const std::atomic<bool> stop = true;
  const LedgerView view = LedgerView::open(shelf.ledger);
  const TileExport done = export_tiles(view, shelf.tiles, {}, &stop);
  CHECK(done.size == 0);
  CHECK_FALSE(fs::exists(shelf.tiles / "checkpoint"));
  (void)shelf.write();
  check_tree(shelf.files(), 701);
}

TEST_CASE("a folder is made where there is none to make it in") {
  const Shelf shelf(1);
  const LedgerView view = LedgerView::open(shelf.ledger);
  CHECK(code_of([&] { (void)export_tiles(view, shelf.folder / "a" / "b"); }) ==
        ErrorCode::not_found);
  write_bytes(shelf.folder / "file", "");
  CHECK(code_of([&] { (void)export_tiles(view, shelf.folder / "file"); }) == ErrorCode::not_found);
}

}  // namespace
}  // namespace audit::test
