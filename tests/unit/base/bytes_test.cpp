#include "base/bytes.hpp"

#include <audit/digest.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace audit::base {
namespace {

const std::uint8_t* begin_of(const std::string& bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

// Whether all of `bytes` is one varint, and which.
std::optional<std::uint64_t> whole_varint(const std::string& bytes) {
  std::uint64_t value = 0;
  const std::uint8_t* end = begin_of(bytes) + bytes.size();
  if (get_varint(begin_of(bytes), end, value) != end) return std::nullopt;
  return value;
}

std::string varint(std::uint64_t value) {
  std::string out;
  put_varint(out, value);
  return out;
}

TEST_CASE("hex is lower case and reads either case") {
  CHECK(to_hex("\x01\xab\xff") == "01abff");
  CHECK(to_hex("") == "");
  CHECK(from_hex("01aBFf") == "\x01\xab\xff");
  CHECK(from_hex("") == "");
}

TEST_CASE("hex refuses odd lengths and other characters") {
  for (const char* text :
       {"0", "abc", "0g", "g0", " 00", "0x", "00 ", "@0", "`0", "/0", ":0", "-1"}) {
    CAPTURE(text);
    CHECK_FALSE(from_hex(text));
  }
  CHECK_FALSE(from_hex("\xff\xff"));
}

TEST_CASE("base64 agrees with the vectors of RFC 4648, section 10") {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  CHECK(to_base64("\xfb\xff\xfe") == "+//+");
  CHECK(from_base64("+//+") == "\xfb\xff\xfe");
}

TEST_CASE("base64 refuses what decodes laxly to the same bytes") {
  const std::vector<std::string> texts = {
      "Zg",    "Zg=",   "Zg===", "Zm8",      "Zm9vYg",     "=",       "==",
      "===",   "====",  "Z===",  "A===",     "AAAAA===",   "Zh==",    "Zn==",
      "Zv==",  "Zm9=",  "Zm+=",  "Zg==Zg==", "Zg==\n",     "\nZg==",  "Zm9v\n",
      "Zm 9v", " Zm9v", "Zm9v ", "Zm9v\r\n", "Zm9vYg==\n", "-__-",    "Zg=a",
      "=Zg=",  "Z=g=",  "Zm9v=", "Zm9v====", "Zm9vZ",      "Zm9\xc3",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
  CHECK_FALSE(from_base64(std::string("Zm9\0", 4)));
}

TEST_CASE("every byte survives base64 at every length") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(from_base64(to_base64(bytes)) == bytes);
    CHECK(from_hex(to_hex(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i * 89 + 255));
  }
}

TEST_CASE("exactly one last digit before the padding is canonical") {
  // Of the 64 possible digits, those with four (two) low bits of zero.
  int one_byte = 0;
  int two_bytes = 0;
  for (int c = 0; c < 256; ++c) {
    if (c == '=') continue;
    one_byte += from_base64(std::string("A") + static_cast<char>(c) + "==") ? 1 : 0;
    two_bytes += from_base64(std::string("AA") + static_cast<char>(c) + "=") ? 1 : 0;
  }
  CHECK(one_byte == 4);
  CHECK(two_bytes == 16);
}

TEST_CASE("big-endian numbers put the high byte first") {
  std::string out;
  put_be16(out, 0x0102);
  put_be32(out, 0x03040506);
  put_be64(out, 0x0708090a0b0c0d0eULL);
  CHECK(to_hex(out) == "0102030405060708090a0b0c0d0e");
  CHECK(load_be16(out.data()) == 0x0102);
  CHECK(load_be32(out.data() + 2) == 0x03040506);
  CHECK(load_be64(out.data() + 6) == 0x0708090a0b0c0d0eULL);
}

TEST_CASE("varints have the bytes of the LEB128 definition") {
  CHECK(to_hex(varint(0)) == "00");
  CHECK(to_hex(varint(1)) == "01");
  CHECK(to_hex(varint(127)) == "7f");
  CHECK(to_hex(varint(128)) == "8001");
  CHECK(to_hex(varint(300)) == "ac02");
  CHECK(to_hex(varint(624485)) == "e58e26");  // the example of the DWARF standard
  CHECK(to_hex(varint(UINT64_MAX)) == "ffffffffffffffffff01");
}

TEST_CASE("varints survive at every power of two and beside it") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (int delta = -1; delta <= 1; ++delta) {
      const std::uint64_t value = (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(delta);
      CAPTURE(value);
      CHECK(whole_varint(varint(value)) == value);
    }
  }
}

TEST_CASE("a varint cut short is refused at every length") {
  const std::string bytes = varint(UINT64_MAX);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::uint64_t value = 0;
    // A copy of its own, so that a sanitizer sees any read past its end.
    const std::vector<std::uint8_t> part(bytes.begin(), bytes.begin() + static_cast<long>(length));
    CHECK(get_varint(part.data(), part.data() + length, value) == nullptr);
  }
}

TEST_CASE("varints longer than needed or than 64 bits are refused") {
  for (const char* hex : {"8000", "808000", "ff00", "8080808080808080808000",
                          "ffffffffffffffffff02", "ffffffffffffffffff7f", "80808080808080808002",
                          "ffffffffffffffffff8101", "ffffffffffffffffffff01"}) {
    CAPTURE(hex);
    const std::string bytes = *from_hex(hex);
    std::uint64_t value = 0;
    CHECK(get_varint(begin_of(bytes), begin_of(bytes) + bytes.size(), value) == nullptr);
  }
}

TEST_CASE("a varint ends where the next one begins") {
  const std::string bytes = varint(300) + varint(5);
  std::uint64_t value = 0;
  const std::uint8_t* end = begin_of(bytes) + bytes.size();
  const std::uint8_t* next = get_varint(begin_of(bytes), end, value);
  REQUIRE(next == begin_of(bytes) + 2);
  CHECK(value == 300);
  CHECK(get_varint(next, end, value) == end);
  CHECK(value == 5);
}

TEST_CASE("a digest reads exactly its own texts") {
  Digest digest;
  for (std::size_t i = 0; i < Digest::kSize; ++i) digest.bytes[i] = static_cast<std::uint8_t>(i);
  const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const std::string base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  CHECK(audit::to_hex(digest) == hex);
  CHECK(audit::to_base64(digest) == base64);
  CHECK(digest_from_hex(hex) == digest);
  CHECK(digest_from_base64(base64) == digest);
  CHECK_FALSE(digest_from_hex(hex.substr(2)));
  CHECK_FALSE(digest_from_hex(hex + "00"));
  CHECK_FALSE(digest_from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9="));  // trailing bit
  CHECK_FALSE(digest_from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=="));  // 31 bytes
  CHECK_FALSE(digest_from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"));  // 33 bytes
  CHECK_FALSE(digest_from_bytes("short"));
}

}  // namespace
}  // namespace audit::base
