#include "base/protobuf.hpp"

#include <string>

#include <doctest/doctest.h>

namespace audit::base {

namespace {

using namespace std::string_literals;

// "1v5 2b'ab'": number, type and value of each field; " !" at the end if the bytes are no message.
std::string fields(const std::string& bytes) {
  WireReader reader(bytes);
  std::string out;
  while (reader.next()) {
    if (!out.empty()) out += ' ';
    out += std::to_string(reader.field());
    if ((reader.tag() & 7) == 2) {
      out += "b" + std::string(reader.bytes()) + "@" + std::to_string(reader.offset());
    } else {
      out += "n" + std::to_string(reader.number());
    }
  }
  return reader.failed() ? out + " !" : out;
}

}  // namespace

// The first two are the examples of the encoding guide: 150, "testing".
TEST_CASE("a field is read as another") {
  CHECK(fields("\x08\x96\x01"s) == "1n150");
  CHECK(fields("\x12\x07testing"s) == "2btesting@2");
  CHECK(fields("\x11\x01\x00\x00\x00\x00\x00\x00\x80\x1d\xff\xff\xff\xff"s) ==
        "2n9223372036854775809 3n4294967295");
  CHECK(fields("\xc0\x3e\x01"s) == "1000n1");
  CHECK(fields("\xf8\xff\xff\xff\x0f\x00"s) == "536870911n0");
  CHECK(fields("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s) == "1n18446744073709551615");
  CHECK(fields("\x08\x80\x00\x0a\x00"s) == "1n0 1b@5");
  CHECK(fields("").empty());
}

TEST_CASE("bytes that are no message are read as one") {
  CHECK(fields("\x00\x00"s) == " !");  // field 0
  CHECK(fields("\x0b\x0c"s) == " !");  // a group
  CHECK(fields("\x0e"s) == " !");      // a type there is not
  CHECK(fields("\x12\x03"
               "ab"s) == " !");  // longer than what is there
  CHECK(fields("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s) == " !");
  CHECK(fields("\x08"s) == " !");          // no value
  CHECK(fields("\x08\x80"s) == " !");      // half a value
  CHECK(fields("\x09\x01\x02"s) == " !");  // half a fixed64
  CHECK(fields("\x0d\x01"s) == " !");      // half a fixed32
  CHECK(fields("\x08\x01\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s) == "1n1 !");  // 65 bits
  CHECK(fields("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s) == " !");
  CHECK(fields("\xff\xff\xff\xff\xff\x01\x00"s) == " !");  // a tag of more than 32 bits
}

}  // namespace audit::base
