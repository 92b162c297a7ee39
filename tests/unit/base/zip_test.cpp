#include "base/zip.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <zlib.h>

#include "base/file.hpp"
#include "temp_folder.hpp"

namespace audit {

namespace {

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

std::string deflated(const std::string& text) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(text.size() + 1000, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  ::deflateEnd(&stream);
  return out;
}

// A zip of one member, as APPNOTE.TXT of its owner says.
std::string zip_of(const std::string& name, const std::string& text) {
  const std::string packed = deflated(text);
  const auto crc =
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
  const std::string sizes = little(crc, 4) + little(packed.size(), 4) + little(text.size(), 4);
  const std::string common = little(20, 2) + little(0, 2) + little(8, 2) + little(0, 4) + sizes;
  const std::string local =
      "PK\3\4" + common + little(name.size(), 2) + little(3, 2) + name + "xtr" + packed;
  const std::string entry = "PK\1\2" + little(20, 2) + common + little(name.size(), 2) +
                            little(0, 2) + little(0, 2) + little(0, 8) + little(0, 4) + name;
  return local + entry + "PK\5\6" + little(0, 4) + little(1, 2) + little(1, 2) +
         little(entry.size(), 4) + little(local.size(), 4) + little(0, 2);
}

struct Written {
  explicit Written(const std::string& bytes) {
    base::UniqueFd file = base::open_file(path, O_WRONLY | O_CREAT, 0600);
    base::write_all(file.value(), bytes, path);
  }

  [[nodiscard]] bool is_whole(std::string_view name, std::uint64_t bytes,
                              std::string_view tail) const {
    const base::UniqueFd file = base::open_file(path, O_RDONLY);
    return base::is_whole_in_zip(file.value(), path, name, bytes, tail);
  }

  test::TempFolder folder;
  std::filesystem::path path = folder / "a.zip";
};

std::string long_text() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919 % 10'007);
  return text + "</end>";
}

}  // namespace

TEST_CASE("a member of a zip that is whole is not, or one that is not is") {
  for (const std::string& text : {std::string("</end>"), long_text()}) {
    const Written zip(zip_of("a/b.xml", text));
    CHECK(zip.is_whole("a/b.xml", text.size(), "</end>"));
    CHECK_FALSE(zip.is_whole("a/b.xml", text.size() + 1, "</end>"));
    CHECK_FALSE(zip.is_whole("a/b.xml", 0, "</End>"));
    CHECK_FALSE(zip.is_whole("a/c.xml", 0, "</end>"));
  }
}

TEST_CASE("a zip that was cut, or lost bytes within, is taken for whole") {
  const std::string text = long_text();
  const std::string bytes = zip_of("b", text);
  for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 50) {
    CHECK_FALSE(Written(bytes.substr(0, size)).is_whole("b", text.size(), "</end>"));
  }
  for (std::size_t at = 40; at < bytes.size() - 200; at += bytes.size() / 50) {
    std::string lost = bytes;
    lost.replace(at, 100, std::string(100, '\0'));
    CHECK_FALSE(Written(lost).is_whole("b", text.size(), "</end>"));
  }
}

}  // namespace audit
