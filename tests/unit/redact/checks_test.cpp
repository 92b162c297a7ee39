#include "redact/checks.hpp"

#include <string>

#include <doctest/doctest.h>

namespace audit::redact {

TEST_CASE("a card of a published test number that is not known") {
  // What Visa, Mastercard, American Express, Discover, Diners Club and JCB give out for tests.
  for (const char* const card :
       {"4111111111111111", "4012888888881881", "4222222222222", "5555555555554444",
        "5105105105105100", "2223003122003222", "378282246310005", "371449635398431",
        "6011111111111117", "6011000990139424", "30569309025904", "38520000023237",
        "3530111333300000", "3566002020360505", "4111 1111 1111 1111", "3782-822463-10005"}) {
    CAPTURE(card);
    CHECK(find_card(card) == card);
  }
}

TEST_CASE("a number that is no card") {
  for (const char* const number : {"4111111111111112", "1700000000000000000", "411111111111",
                                   "0000000000000000", "41111111111111111111", "4111111111111"}) {
    CAPTURE(number);
    CHECK(find_card(number).empty());
  }
}

TEST_CASE("an account of the IBAN registry's examples that is not known") {
  for (const char* const account : {"AD1200012030200359100100",
                                    "AE070331234567890123456",
                                    "AT611904300234573201",
                                    "BE68539007547034",
                                    "BR9700360305000010009795493P1",
                                    "CH9300762011623852957",
                                    "CY17002001280000001200527600",
                                    "DE89370400440532013000",
                                    "DK5000400440116243",
                                    "ES9121000418450200051332",
                                    "FR1420041010050500013M02606",
                                    "GB29NWBK60161331926819",
                                    "GR1601101250000000012300695",
                                    "IT60X0542811101000000123456",
                                    "LC55HEMM000100010012001200023015",
                                    "MT84MALT011000012345MTLCAST001S",
                                    "NL91ABNA0417164300",
                                    "NO9386011117947",
                                    "PL61109010140000071219812874",
                                    "SE4550000000058398257466",
                                    "TR330006100519786457841326",
                                    "de89 3704 0044 0532 0130 00",
                                    "GB29-NWBK-6016-1331-9268-19"}) {
    CAPTURE(account);
    CHECK(find_iban(account) == account);
  }
}

TEST_CASE("what stands behind an account is not taken with it, nor hides it") {
  CHECK(find_iban("BE68 5390 0754 7034 PAID NOW") == "BE68 5390 0754 7034");
  CHECK(find_iban("DE88370400440532013000").empty());
  CHECK(find_iban("XX89370400440532013000").empty());
  CHECK(find_iban("DE8937040044").empty());
}

TEST_CASE("a social security number that was never given out") {
  CHECK(find_ssn("078-05-1120") == "078-05-1120");
  CHECK(find_ssn("899-99-9999") == "899-99-9999");
  for (const char* const number :
       {"000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "123-45-678"}) {
    CAPTURE(number);
    CHECK(find_ssn(number).empty());
  }
}

TEST_CASE("an address, or what looks like one") {
  for (const char* const address :
       {"192.0.2.1", "255.255.255.255", "2001:db8::1", "2001:0db8:0000:0000:0000:ff00:0042:8329",
        "::ffff:192.0.2.128", "fe80::1ff:fe23:4567:890a"}) {
    CAPTURE(address);
    CHECK(find_ip(address) == address);
  }
  CHECK(find_ip("2001:db8::1.") == "2001:db8::1");
  CHECK(find_ip(":2001:db8::1:") == "2001:db8::1");
  for (const char* const text : {"256.1.1.1", "1.2.3", "01:02:03", "::", "a::b", "::1",
                                 "12:34:56:78:9a:bc", "1:2:3:4:5:6:7:8:9"}) {
    CAPTURE(text);
    CHECK(find_ip(text).empty());
  }
}

}  // namespace audit::redact
