#include <map>
#include <set>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "source/key_tree.hpp"
#include "source/memo.hpp"

using audit::Field;
using namespace audit::source;  // NOLINT(google-build-using-namespace)

namespace {

std::string normal(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c != '_' && c != '-') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return out;
}

bool leads_to(std::string_view path, std::size_t row) {
  const KeyTree& tree = KeyTree::instance();
  const Place place = tree.find(KeyTree::kRoot, path);
  if (!place.known() || place.lifted != 0) return false;
  for (const KeyTree::Row& found : tree.rows(place)) {
    if (found.rank == row) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every row of the table is found under its path, in any spelling") {
  const auto table = synonyms();
  for (std::size_t row = 0; row < table.size(); ++row) {
    CAPTURE(table[row].path);
    CHECK(leads_to(table[row].path, row));
    CHECK(leads_to(normal(table[row].path), row));
  }
}

TEST_CASE("no two rows say the same of one target") {
  std::set<std::pair<std::string, int>> seen;
  for (const Synonym& row : synonyms()) {
    CAPTURE(row.path);
    CHECK(seen.emplace(normal(row.path), row.target.number).second);
  }
}

TEST_CASE("no row writes a field that only the program writes") {
  for (const Synonym& row : synonyms()) {
    if (row.target.number > audit::kFieldCount) continue;
    CAPTURE(row.path);
    CHECK_FALSE(audit::info(static_cast<Field>(row.target.number)).from_program);
  }
}

TEST_CASE("every field that input may fill has its own name in the table") {
  std::set<std::pair<std::string, int>> names;
  for (const Synonym& row : synonyms()) names.emplace(normal(row.path), row.target.number);
  for (const audit::FieldInfo& field : audit::fields()) {
    if (field.from_program) continue;
    CAPTURE(field.name);
    CHECK(names.count({normal(field.name), static_cast<int>(field.field)}) == 1);
  }
}

TEST_CASE("readings fit the type of their field") {
  for (const Synonym& row : synonyms()) {
    if (row.target.number > audit::kFieldCount) continue;
    CAPTURE(row.path);
    const audit::FieldType type = audit::info(static_cast<Field>(row.target.number)).type;
    const std::map<Reading, audit::FieldType> expected = {
        {Reading::integer, audit::FieldType::integer}, {Reading::nanos, audit::FieldType::integer},
        {Reading::boolean, audit::FieldType::boolean}, {Reading::time, audit::FieldType::time},
        {Reading::hash, audit::FieldType::hash},       {Reading::list, audit::FieldType::list},
        {Reading::share, audit::FieldType::integer},   {Reading::money, audit::FieldType::integer},
        {Reading::text, audit::FieldType::text},       {Reading::label, audit::FieldType::text},
        {Reading::status, audit::FieldType::text},     {Reading::kind, audit::FieldType::text},
    };
    const auto found = expected.find(row.reading);
    if (found != expected.end()) CHECK(found->second == type);
  }
}

TEST_CASE("names nobody uses lead nowhere") {
  const KeyTree& tree = KeyTree::instance();
  for (const char* key : {"", ".", "foo", "gen_ai.", ".ts", "agent..id", "timestampx", "imestamp",
                          "a_very_long_segment_that_no_row_of_the_table_has_in_it_at_all"}) {
    CAPTURE(key);
    const Place place = tree.find(KeyTree::kRoot, key);
    CHECK((!place.known() || tree.rows(place).empty()));
  }
}

TEST_CASE("a memo answers what was computed for exactly this text and tag") {
  // Two sets only, so that nearly every text pushes out another.
  Memo<std::string, 2> memo;
  std::size_t computed = 0;
  const char* letters = "ab_";
  for (int round = 0; round < 3; ++round) {
    for (unsigned length = 0; length <= 30; ++length) {
      for (unsigned place = 0; place <= length; ++place) {
        for (unsigned tag = 0; tag < 2; ++tag) {
          std::string text(length, letters[0]);
          if (place < length) text[place] = letters[1];
          const std::string wanted = std::to_string(tag) + text;
          const auto compute = [&] {
            ++computed;
            return wanted;
          };
          CHECK_EQ(memo.find(tag, text, compute), wanted);
          const std::size_t before = computed;
          CHECK_EQ(memo.find(tag, text, compute), wanted);
          if (length <= 24) CHECK_EQ(computed, before);
        }
      }
    }
  }
}
