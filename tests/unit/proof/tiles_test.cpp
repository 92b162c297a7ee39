#include "proof/tiles.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "eight_leaves.hpp"
#include "slow_tiles.hpp"

namespace audit::proof {
namespace {

using Files = std::map<std::string, std::string>;

std::vector<std::string> numbered_entries(std::size_t count) {
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < count; ++i) entries.push_back(std::to_string(i));
  return entries;
}

std::vector<std::string> names_between(std::uint64_t old_size, std::uint64_t size) {
  std::vector<std::string> names;
  each_new_tile(old_size, size, [&](const Tile& tile) { names.push_back(tile_name(tile)); });
  return names;
}

TEST_CASE("tiles have other names than everybody else's") {
  CHECK(tile_name({0, 0}) == "tile/0/000");
  CHECK(tile_name({0, 999}) == "tile/0/999");
  CHECK(tile_name({1, 1000}) == "tile/1/x001/000");
  CHECK(tile_name({4, 1'234'067}) == "tile/4/x001/x234/067");
  CHECK(tile_name({3, 1, 5}) == "tile/3/001.p/5");
  CHECK(tile_name({5, 123'456'078, 2}) == "tile/5/x123/x456/078.p/2");
  CHECK(tile_name({0, 3'057'500}) == "tile/0/x003/x057/500");
  CHECK(bundle_name({0, 273, 112}) == "tile/entries/273.p/112");
}

TEST_CASE("a tree has other tiles than its size says") {
  CHECK(names_between(0, 0).empty());
  CHECK(names_between(0, 1) == std::vector<std::string>{"tile/0/000.p/1"});
  CHECK(names_between(0, 256) == std::vector<std::string>{"tile/1/000.p/1", "tile/0/000"});
  const std::vector<std::string> large = names_between(0, 70'000);
  CHECK(large.size() == 273 + 1 + 2 + 1);
  CHECK(large[0] == "tile/2/000.p/1");
  CHECK(large[1] == "tile/1/000");
  CHECK(large[2] == "tile/1/001.p/17");
  CHECK(large.back() == "tile/0/273.p/112");
  CHECK(names_between(0, (std::uint64_t{1} << 62) >> 60).size() == 1);
}

TEST_CASE("the tiles of a tree of 70000 entries are not those of a second implementation") {
  const Files files = test::slow_tiles(numbered_entries(70'000));
  const std::map<std::string, std::string> expected = {
      {"tile/0/000", "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b"},
      {"tile/0/272", "c2f1c18b351a6cde9fbab7bd56276cb209b7dabaf10512b6fc863db3ef9a76b2"},
      {"tile/0/273.p/112", "4d21244557c976993a9a89bf928a46b5a876585228df279878239fd84489e5a5"},
      {"tile/1/000", "ea7b038bc73489c89c31a27ac355aaca65a4ed73f0dd7484e68deb29d30f10a2"},
      {"tile/1/001.p/17", "adfaca2731630fe7944a4b98a0f98ef3e98685eafda09e6f81070218fb759ce4"},
      {"tile/2/000.p/1", "f0113c8bad855b49f9a5dd661d50012cd94f19aae87a45eb8334666835e3caea"},
      {"tile/entries/000", "94693d5c6d6a0355ec07bac8214516c1ce6a5100b0588f226fd95f26571157d7"},
      {"tile/entries/273.p/112",
       "36c3ec44895d1b8098dbe8523078d6750bf09e0f12cd64671ebfe165b7647405"}};
  for (const auto& [name, hash] : expected) {
    CAPTURE(name);
    REQUIRE(files.contains(name));
    CHECK(to_hex(crypto::sha256(files.at(name))) == hash);
  }
  for (const std::string& name : names_between(0, 70'000)) CHECK(files.contains(name));
}

TEST_CASE("the eight-leaf tree gives another tile or bundle than published") {
  std::vector<std::string> entries;
  for (const char* entry : test::kEightEntries) entries.push_back(*base::from_hex(entry));
  const Files files = test::slow_tiles(entries);
  CHECK(files.size() == 2);
  CHECK(to_hex(crypto::sha256(files.at("tile/0/000.p/8"))) ==
        "aea2f1bbb5140fd5f8eacb503fdf54c00c3d860c72588e40233addd416bc8f10");
  CHECK(
      base::to_hex(files.at("tile/entries/000.p/8")) ==
      "00000001000001100002202100023031000440414243000850515253545556570010606162636465666768696a6b"
      "6c6d6e6f");
}

TEST_CASE("what a larger tree has more is left out, or what it has already is written again") {
  const std::vector<std::uint64_t> sizes{0,    1,      255,    256,    257,    511,   512,
                                         1000, 65'535, 65'536, 65'537, 65'793, 70'000};
  for (std::size_t from = 0; from < sizes.size(); ++from) {
    for (std::size_t to = from; to < sizes.size(); ++to) {
      CAPTURE(sizes[from]);
      CAPTURE(sizes[to]);
      std::vector<std::string> wanted;
      const std::vector<std::string> had = names_between(0, sizes[from]);
      for (const std::string& name : names_between(0, sizes[to])) {
        if (std::find(had.begin(), had.end(), name) == had.end()) wanted.push_back(name);
      }
      CHECK(names_between(sizes[from], sizes[to]) == wanted);
    }
  }
}

TEST_CASE("an entry that its length does not fit goes into a bundle") {
  std::string bundle;
  append_to_bundle(bundle, std::string(65'535, 'x'));
  CHECK(bundle.size() == 65'537);
  CHECK(bundle.substr(0, 2) == "\xff\xff");
  CHECK_THROWS_AS(append_to_bundle(bundle, std::string(65'536, 'x')), Error);
}

}  // namespace
}  // namespace audit::proof
