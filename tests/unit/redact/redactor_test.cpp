#include "redact/redactor.hpp"

#include <audit/error.hpp>

#include <chrono>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/json.hpp"
#include "thrown.hpp"

namespace audit::redact {

namespace {

std::string masked(std::string_view record, std::vector<std::string> wanted = {"all"}) {
  Redactor redactor(wanted);
  std::string out;
  Counts counts;
  return redactor.redact(record, out, counts) ? out : std::string(record);
}

void check_same(std::string_view record) {
  CAPTURE(record);
  CHECK(masked(record) == record);
}

double seconds_for(std::string_view record) {
  Redactor redactor({"all"});
  std::string out;
  Counts counts;
  const auto begin = std::chrono::steady_clock::now();
  (void)redactor.redact(record, out, counts);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

}  // namespace

TEST_CASE("a kind that is not masked, or not by its name") {
  for (const auto& [text, marked] : std::initializer_list<std::pair<std::string, std::string>>{
           {"to kim@example.com.", "to [redacted:email]."},
           {"<kim.o'neil+x@mail.example.co.uk>", "<[redacted:email]>"},
           {"m\xc3\xbcller@b\xc3\xbc"
            "cher.example",
            "[redacted:email]"},
           {"kim%40example.com", "[redacted:email]"},
           {"pay 4111 1111 1111 1111 now", "pay [redacted:card] now"},
           {"2024 4111 1111 1111 1111", "2024 [redacted:card]"},
           {"account BE68 5390 0754 7034 PAID", "account [redacted:iban] PAID"},
           {"ssn 078-05-1120.", "ssn [redacted:ssn]."},
           {"call +49 30 1234 5678 2024", "call [redacted:phone] 2024"},
           {"call (555) 123-4567 or 555-123-4567", "call [redacted:phone] or [redacted:phone]"},
           {"from 192.0.2.17:8080", "from [redacted:ip]:8080"},
           {"http://192.0.2.17/x", "http://[redacted:ip]/x"},
           {"[2001:db8::17]:443", "[[redacted:ip]]:443"},
           {"via ::ffff:192.0.2.128", "via [redacted:ip]"},
           {"AKIAIOSFODNN7EXAMPLE", "[redacted:key]"},
           {"Bearer abcdefghij0123456789", "Bearer [redacted:key]"},
           {"https://u:pa55@h/", "https://u:[redacted:key]@h/"},
           {"password=hunter22 next", "password=[redacted:key] next"},
           {"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY----- x",
            "[redacted:key] x"},
           {"-----BEGIN PRIVATE KEY-----\ncut off", "[redacted:key]"}}) {
    CAPTURE(text);
    CHECK(masked(text) == marked);
  }
}

TEST_CASE("an id, a hash or a time that is taken for something else") {
  check_same(R"({"trace_id":"4111111111111111","span_id":"6011111111111117"})");
  check_same(R"({"x":"4012888888881881a","y":"a4012888888881881"})");
  check_same("41111111-1111-1111-4111-111111111111");
  check_same("5555-5555-5555-4444-5555-5555-5555-4444");
  check_same("sha256:4111111111111111411111111111111141111111111111114111111111111111");
  check_same(
      R"({"time":1700000000000000000,"ms":1700000000000,"at":"2026-08-01T12:00:00.123456Z"})");
  check_same(R"({"score":0.4111111111111111,"cost":4111111111111111e-9})");
  check_same("Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36; v1.2.3.4; 1.2.3.4.5");
  check_same("git@github.com:org/name icon@2x.png std::dec a::b 12:34:56");
  check_same("data:;base64,QUJD+15551234567/QQ==");
  check_same("Basic internationalization; the bearer of-all-good-tidings-here");
}

TEST_CASE("an escape that hides what it spells") {
  CHECK(masked(R"({"a":"kim\u0040example.com"})") == R"({"a":"[redacted:email]"})");
  CHECK(masked(R"({"a":"x\nkim@example.com\n"})") == R"({"a":"x\n[redacted:email]\n"})");
  CHECK(masked(R"({"a":"\u0034\u0031\u0031\u0031 1111 1111 1111"})") ==
        R"({"a":"[redacted:card]"})");
  CHECK(masked(R"({"arguments":"{\"to\":\"kim\\u0040example.com\",\"n\":1}"})") ==
        R"({"arguments":"{\"to\":\"[redacted:email]\",\"n\":1}"})");
  CHECK(masked(R"({"arguments":"{\"t\":\"\\nkim@example.com\"}"})") ==
        R"({"arguments":"{\"t\":\"\\n[redacted:email]\"}"})");
  // Also where the JSON is broken.
  CHECK(masked(R"({"a":"kim\u0040example.com")") == R"({"a":"[redacted:email]")");
}

TEST_CASE("bytes that were not to be changed") {
  CHECK(masked("{ \"b\" : 1.0e0,\t\"a\":\"\\u00e9 kim@example.com \\/\" }\r") ==
        "{ \"b\" : 1.0e0,\t\"a\":\"\\u00e9 [redacted:email] \\/\" }\r");
}

TEST_CASE("JSON that is none any more") {
  CHECK(masked(R"({"card":4111111111111111})") == R"({"card":"[redacted:card]"})");
  CHECK(masked(R"([4111111111111111,-1])") == R"(["[redacted:card]",-1])");
  CHECK(masked(R"({"kim@example.com":1,"lee@example.com":2})") ==
        R"({"[redacted:email]":1,"[redacted:email:2]":2})");
}

TEST_CASE("JSON in a string that is none any more") {
  CHECK(masked(R"({"args":"{\"card\":4111111111111111}"})") ==
        R"({"args":"{\"card\":\"[redacted:card]\"}"})");
  CHECK(masked(R"({"args":"[4111111111111111, 7]"})") == R"({"args":"[\"[redacted:card]\", 7]"})");
  CHECK(masked(R"({"a":"{\"b\":\"{\\\"card\\\":4111111111111111}\"}"})") ==
        R"({"a":"{\"b\":\"{\\\"card\\\":\\\"[redacted:card]\\\"}\"}"})");
  // In a string of that JSON, and in what only looks like it, no mark is missing.
  CHECK(masked(R"({"args":"{\"card\":\"4111111111111111\",\"n\":1}"})") ==
        R"({"args":"{\"card\":\"[redacted:card]\",\"n\":1}"})");
  CHECK(masked(R"({"args":"{card: 4111111111111111}"})") ==
        R"({"args":"{card: [redacted:card]}"})");
  CHECK(masked(R"({"args":"[1e4111,42]"})", {"own=4[0-9]"}) ==
        R"({"args":"[\"[redacted:own]\",\"[redacted:own]\"]"})");
}

TEST_CASE("an id that is left alone, and one that cannot be") {
  check_same(R"({"event_id":"078-05-1120","session_id":"192.0.2.1"})");
  check_same(R"({"attributes":[{"key":"session.id","value":{"stringValue":"4111111111111111"}}]})");
  CHECK(masked(R"({"session_id":"kim@example.com"})") == R"({"session_id":"[redacted:email]"})");
  CHECK(masked(R"({"session_id":"my card is 4111111111111111"})") ==
        R"({"session_id":"my card is [redacted:card]"})");
  CHECK(masked(R"({"tax_id":"078-05-1120"})") == R"({"tax_id":"[redacted:ssn]"})");
}

TEST_CASE("a secret that only its name tells") {
  CHECK(masked(R"({"db_password":"x y","apiKey":"q","other":"x y"})") ==
        R"({"db_password":"[redacted:key]","apiKey":"[redacted:key]","other":"x y"})");
  CHECK(masked(R"({"arguments":"{\"api_key\": \"abcdef99\"}"})") ==
        R"({"arguments":"{\"api_key\": \"[redacted:key]\"}"})");
  CHECK(masked(R"({"pass\u0077ord":"x y","pa\u0073s":"x y"})") ==
        R"({"pass\u0077ord":"[redacted:key]","pa\u0073s":"x y"})");
  CHECK(masked(R"({"attributes":[{"key":"api_key","value":{"stringValue":"hunter2"}}]})") ==
        R"({"attributes":[{"key":"api_key","value":{"stringValue":"[redacted:key]"}}]})");
}

TEST_CASE("an attribute whose name stands behind its value keeps its secret") {
  CHECK(masked(R"({"attributes":[{"value":{"stringValue":"hunter2"},"key":"api_key"}]})") ==
        R"({"attributes":[{"value":{"stringValue":"[redacted:key]"},"key":"api_key"}]})");
  CHECK(
      masked(R"({"value":{"arrayValue":{"values":[{"stringValue":"a"}]}},"k\u0065y":"passwd"})") ==
      R"({"value":{"arrayValue":{"values":[{"stringValue":"[redacted:key]"}]}},)"
      R"("k\u0065y":"passwd"})");
  CHECK(masked(R"([{"value":"open","name":"DB_PASSWORD"},{"name":"passcode","value":"12"}])") ==
        R"([{"value":"[redacted:key]","name":"DB_PASSWORD"},)"
        R"({"name":"passcode","value":"[redacted:key]"}])");
  // The name of one attribute is not that of its neighbour.
  check_same(R"([{"value":"open","key":"door"},{"key":"api_key"},{"value":"shut"}])");
}

TEST_CASE("an object below the name of a secret keeps it") {
  CHECK(masked(R"({"password":{"plain":"a","old":["b",{"c":"d"}],"n":7},"e":"f"})") ==
        R"({"password":{"plain":"[redacted:key]","old":["[redacted:key]",)"
        R"({"c":"[redacted:key]"}],"n":7},"e":"f"})");
  CHECK(masked(R"({"Authorization":{"kind":"basic","value":"dXNlcjpwYXNz12"}})") ==
        R"({"Authorization":{"kind":"basic","value":"[redacted:key]"}})");
  CHECK(masked(R"({"key":"secret","value":{"kvlistValue":{"values":[{"key":"a",)"
               R"("value":{"stringValue":"b"}}]}}})") ==
        R"({"key":"secret","value":{"kvlistValue":{"values":[{"key":"[redacted:key]",)"
        R"("value":{"stringValue":"[redacted:key]"}}]}}})");
  CHECK(
      masked(R"({"args":"{\"password\":{\"plain\":\"a\"},\"passcode\":\"b\"}"})") ==
      R"({"args":"{\"password\":{\"plain\":\"[redacted:key]\"},\"passcode\":\"[redacted:key]\"}"})");
  // What a tool's schema says of such an argument is no secret.
  check_same(R"({"properties":{"password":{"type":"string"}}})");
}

TEST_CASE("a credential in a header, a cookie, a URL or a command line") {
  for (const auto& [text, marked] : std::initializer_list<std::pair<std::string, std::string>>{
           {"Bearer abc.def.ghijklmnop", "Bearer [redacted:key]"},
           {"use Bearer s3cr3tT0k3n now", "use Bearer [redacted:key] now"},
           {"Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted:key]"},
           {"authorization: bearer qwertyuiop", "authorization: bearer [redacted:key]"},
           {"Cookie: sid=qwerty; theme=dark\nx", "Cookie: [redacted:key]\nx"},
           {"Set-Cookie: sid=qwerty; Path=/", "Set-Cookie: [redacted:key]"},
           {"https://a.example/p?token=qwerty&x=1", "https://a.example/p?token=[redacted:key]&x=1"},
           {"https://a.example/p?a=1&sig=qwerty#b", "https://a.example/p?a=1&sig=[redacted:key]#b"},
           {"TOKEN=abc123def psql", "TOKEN=[redacted:key] psql"},
           {"login --password hunter5 --user kim", "login --password [redacted:key] --user kim"},
           {"login --token=qwerty -v", "login --token=[redacted:key] -v"},
       }) {
    CAPTURE(text);
    CHECK(masked(text) == marked);
  }
  check_same("a cookie: the yummy snack, and the token of 4 things");
  check_same("authorization: required; the secret: be kind; Bearer of news");
  check_same("--password-file /etc/pass --token-file t");
}

TEST_CASE("a member called token, secret, cookie or authorization that keeps it") {
  for (const char* const name : {"secret", "Cookie", "set-cookie", "authorization", "session_token",
                                 "id_token", "csrfToken", "webhook_secret"}) {
    CAPTURE(name);
    CHECK(masked(fmt::format(R"({{"{}":"Basic q1","n":2}})", name)) ==
          fmt::format(R"({{"{}":"[redacted:key]","n":2}})", name));
  }
  CHECK(masked(R"({"token":"abc123","x":{"token":"qwertyuiopasdfgh"}})") ==
        R"({"token":"[redacted:key]","x":{"token":"[redacted:key]"}})");
  CHECK(masked(R"({"args":"{\"token\":\"abc123\"}"})") ==
        R"({"args":"{\"token\":\"[redacted:key]\"}"})");
  // The words of a model's answer with their probabilities; a decision; numbers of tokens.
  check_same(
      R"([{"token":" function","logprob":-0.1},{"token":"internal"},{"authorization":"granted"}])");
  check_same(R"({"max_token":4096,"tokens":"many words","secretary":"Kim Lee"})");
}

TEST_CASE("bytes that are not UTF-8 hide nothing") {
  CHECK(masked("\xff\xfe kim@example.com \xff") == "\xff\xfe [redacted:email] \xff");
  CHECK(masked("{\"a\":\"\xff kim@example.com\"}") == "{\"a\":\"\xff [redacted:email]\"}");
}

TEST_CASE("two that overlap leave a rest") {
  CHECK(masked("https://u:pass@example.com/") == "https://u:[redacted:key]/");
  CHECK(masked("x-1234 y", {"a=x-12", "b=-1234"}) == "[redacted:a] y");
}

TEST_CASE("only what is wanted, and one's own") {
  CHECK(masked("kim@example.com 192.0.2.1", {"ip"}) == "kim@example.com [redacted:ip]");
  CHECK(masked(R"({"a":"O-123456","b":"xO-1"})", {"order=O-[0-9]{6}"}) ==
        R"({"a":"[redacted:order]","b":"xO-1"})");
  CHECK(masked(R"({"a":"x","b":"xx"})", {"one=^x$"}) == R"({"a":"[redacted:one]","b":"xx"})");
  CHECK(masked(R"({"a":"K-7!"})", {"part=K-([0-9])"}) == R"({"a":"K-[redacted:part]!"})");
}

TEST_CASE("counts that do not say what was done") {
  Redactor redactor({"all"});
  std::string out;
  Counts counts;
  REQUIRE(redactor.redact("a@example.com b@example.com 192.0.2.1", out, counts));
  CHECK(counts == Counts{{"email", 2}, {"ip", 1}});
  CHECK_FALSE(redactor.redact("nothing", out, counts));
  CHECK(counts == Counts{{"email", 2}, {"ip", 1}});
}

TEST_CASE("what cannot be wanted") {
  for (const char* const wrong : {"", "mail", "EMAIL", "=x", "a b=x", "all=x", "email=x",
                                  "a=", "a=x*", "a=(", "a=\\1", "a=^"}) {
    CAPTURE(wrong);
    CHECK(test::code_of([&] { Redactor redactor({wrong}); }) == ErrorCode::invalid_argument);
  }
  std::vector<std::string> many;
  for (int i = 0; i < 65; ++i) many.push_back(fmt::format("p{}=x{}", i, i));
  CHECK(test::code_of([&] { Redactor redactor(many); }) == ErrorCode::invalid_argument);
}

// Sixteen times the text may take some sixteen times the time, never 256 times.
TEST_CASE("a text that takes more time than its length is worth") {
  for (const std::string_view piece : {"1",          "@",
                                       ":",          "-",
                                       ".",          "a@",
                                       "1234-",      "4111 ",
                                       "1.",         "::",
                                       "+1",         "a@b.cc ",
                                       "bearer ",    "-----BEGIN ",
                                       "eyJ",        "\\",
                                       "\\u0040",    "\\\\",
                                       "192.0.2.1 ", "http://a:",
                                       "password=",  "4111111111111112 ",
                                       "DE89 "}) {
    CAPTURE(piece);
    const double small = seconds_for(repeated(piece, 64 << 10));
    const double large = seconds_for(repeated(piece, 1 << 20));
    CHECK(large < 64 * small + 0.5);
    CHECK(large < 5);
  }
}

}  // namespace audit::redact
