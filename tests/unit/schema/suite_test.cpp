// The official suite of JSON Schema, draft 7, as Debian packages it (json-schema-test-suite).
#include <audit/schemas.hpp>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/file.hpp"
#include "base/json.hpp"

namespace audit {

namespace {

constexpr const char* kSuite = "/usr/share/json-schema-test-suite/tests/draft7";

// What the suite holds and we refuse in so many words: nothing is fetched, ids inside a schema are
// not resolved, and keywords that nobody knows are not passed over.
const std::set<std::string> kRefused{
    "definitions: invalid definition",
    "definitions: valid definition",
    "ref: Recursive references between schemas",
    "ref: escaped pointer ref",  // has definitions under unknown keywords
    "ref: remote ref, containing refs itself",
    "refRemote: base URI change",
    "refRemote: base URI change - change folder",
    "refRemote: base URI change - change folder in subschema",
    "refRemote: fragment within remote ref",
    "refRemote: ref within remote ref",
    "refRemote: remote ref",
    "refRemote: root ref in remote ref",
};

// Draft 2020-12 says the contrary; a schema that says it is of draft 7 is refused: parse_test.
const std::string kOtherInDraft7 = "ref: ref overrides any sibling keywords";

// A value as text again.
class Writer final : public base::JsonVisitor {
 public:
  void begin_object(std::string_view key) override { open(key, '{'); }

  void end_object() override { close('}'); }

  void begin_array(std::string_view key) override { open(key, '['); }

  void end_array() override { close(']'); }

  void string(std::string_view key, std::string_view value) override {
    begin(key);
    base::append_json_string(text, value);
  }

  void number(std::string_view key, const base::JsonNumber& value) override {
    begin(key);
    switch (value.kind) {
      case base::JsonNumber::Kind::signed_integer:
        text += std::to_string(value.i);
        break;
      case base::JsonNumber::Kind::unsigned_integer:
        text += std::to_string(value.u);
        break;
      case base::JsonNumber::Kind::real:
        text += fmt::format("{:#.17g}", value.d);
        if (text.ends_with('.')) text.push_back('0');
        break;
    }
  }

  void boolean(std::string_view key, bool value) override {
    begin(key);
    text += value ? "true" : "false";
  }

  void null(std::string_view key) override {
    begin(key);
    text += "null";
  }

  std::string text;

 private:
  void begin(std::string_view key) {
    if (!is_first_ && !text.empty()) text.push_back(',');
    is_first_ = false;
    if (!is_object_.empty() && is_object_.back()) {
      base::append_json_string(text, key);
      text.push_back(':');
    }
  }

  void open(std::string_view key, char bracket) {
    begin(key);
    text.push_back(bracket);
    is_object_.push_back(bracket == '{');
    is_first_ = true;
  }

  void close(char bracket) {
    text.push_back(bracket);
    is_object_.pop_back();
    is_first_ = false;
  }

  std::vector<bool> is_object_;
  bool is_first_ = true;
};

std::string to_text(const base::JsonValue& value) {
  Writer writer;
  value.walk(writer);
  return writer.text;
}

struct Counts {
  int checked = 0;
  std::set<std::string> refused;
  std::string reasons;
};

void check_group(const base::JsonValue& group, const std::string& file, Counts& counts) {
  const std::string schema = to_text(*group.member("schema"));
  const std::string name = fmt::format("{}: {}", file, group.member("description")->text());
  CAPTURE(name);
  CAPTURE(schema);
  const auto set = parse_schemas(fmt::format(R"({{"schemas":{{"other":{}}}}})", schema));
  if (!set) {
    counts.refused.insert(name);
    counts.reasons += fmt::format("{} ({})\n", name, set.error().problem.message);
    return;
  }
  if (name == kOtherInDraft7) return;
  group.member("tests")->for_elements([&](const base::JsonValue& test) {
    const std::string data = to_text(*test.member("data"));
    CAPTURE(data);
    const std::string why = set->misfit("other", data);
    CAPTURE(why);
    CHECK(why.empty() == test.member("valid")->truth());
    ++counts.checked;
  });
}

Counts check_files(const std::vector<std::filesystem::path>& files) {
  Counts counts;
  for (const std::filesystem::path& file : files) {
    base::JsonReader json;
    REQUIRE(json.parse(base::read_file(file, 1 << 20)) == base::JsonStatus::ok);
    json.root().for_elements(
        [&](const base::JsonValue& group) { check_group(group, file.stem().string(), counts); });
  }
  return counts;
}

bool is_installed() {
  if (std::filesystem::exists(kSuite)) return true;
  MESSAGE("SKIPPED: json-schema-test-suite is not installed");
  return false;
}

}  // namespace

TEST_CASE("a payload that everybody else's checker judges otherwise") {
  if (!is_installed()) return;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kSuite)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  const Counts counts = check_files(files);
  CHECK_MESSAGE(counts.refused == kRefused, counts.reasons);
  CHECK(counts.checked > 390);
}

TEST_CASE("a format or a number that everybody else's checker judges otherwise") {
  if (!is_installed()) return;
  const std::filesystem::path optional = std::filesystem::path(kSuite) / "optional";
  std::vector<std::filesystem::path> files{optional / "bignum.json",
                                           optional / "zeroTerminatedFloats.json"};
  for (const char* format :
       {"date", "date-time", "email", "hostname", "ipv4", "ipv6", "time", "uri"}) {
    files.push_back(optional / "format" / fmt::format("{}.json", format));
  }
  const Counts counts = check_files(files);
  CHECK_MESSAGE(counts.refused.empty(), counts.reasons);
  CHECK(counts.checked > 50);
}

}  // namespace audit
