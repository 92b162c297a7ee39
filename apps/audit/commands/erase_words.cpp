#include "commands/erase_words.hpp"

#include <audit/query.hpp>

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "ui/message.hpp"

namespace audit::cli {

namespace {

constexpr std::size_t kTelling = 4;
constexpr std::size_t kTellingDigits = 5;
constexpr std::size_t kMostNames = 1'000;
constexpr std::size_t kMostEntries = 100;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; });
  return text;
}

// 2026-11-22
bool is_date(std::string_view word) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  return word.size() == kShape.size() &&
         std::equal(word.begin(), word.end(), kShape.begin(),
                    [](char got, char want) { return want == 'd' ? is_digit(got) : got == want; });
}

bool is_telling(std::string_view word) {
  if (word.size() < kTelling || is_date(word)) return false;
  if (word.find('@') != std::string_view::npos) return true;
  if (static_cast<std::size_t>(std::ranges::count_if(word, is_digit)) >= kTellingDigits)
    return true;
  const auto is_small = [](char c) { return is_lower(c) || is_beyond_ascii(c) || c == '-'; };
  const auto is_letter = [&](char c) { return is_upper(c) || is_small(c); };
  return (is_upper(word.front()) || is_beyond_ascii(word.front())) &&
         std::ranges::all_of(word, is_letter) && std::ranges::any_of(word.substr(1), is_small);
}

// Whether the entry has it as a word, and as it is written where that can be told.
bool repeats(const Entry& entry, const Query& word, std::string_view written) {
  const bool can_be_told = std::ranges::none_of(written, is_beyond_ascii);
  if (can_be_told && entry.payload.find(written) == std::string::npos) return false;
  return word.matches(entry);
}

void collect_names(const Entry& entry, std::set<std::string>& names) {
  for (const Field field : {Field::user, Field::approver, Field::subject}) {
    const std::string_view value = entry.envelope.text(field);
    if (value.size() >= kTelling && names.size() < kMostNames)
      names.insert(lower(std::string(value)));
  }
}

}  // namespace

std::vector<std::string> telling_words(std::string_view text) {
  constexpr std::string_view kEnds = " \t,;:!?()[]{}<>\"'`";
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(kEnds, at), text.size());
    std::string_view word = text.substr(at, end - at);
    while (word.ends_with('.')) word.remove_suffix(1);
    if (is_telling(word)) words.emplace_back(word);
    at = end + 1;
  }
  return words;
}

void check_order_against(const LedgerView& view, const ErasurePlan& plan,
                         const ErasureOrder& order) {
  std::vector<std::pair<std::string, Query>> words;
  for (const std::string& word : telling_words(order.reason + ' ' + order.authority)) {
    const Parsed<Query> query = parse_query(fmt::format("\"{}\"", word), Timestamp());
    if (query) words.emplace_back(word, *query);
  }
  if (words.empty()) return;
  EntryCursor entries = view.entries({0, view.size()});
  for (const auto* list : {&plan.entries, &plan.carriers}) {
    for (const std::uint64_t seq : *list) {
      if (!entries.seek(seq)) continue;
      const auto found = std::ranges::find_if(words, [&](const auto& word) {
        return repeats(entries.entry(), word.second, word.first);
      });
      if (found == words.end()) continue;
      throw usage_error(
          fmt::format("--reason or --authority says '{}', which stands in entry {} and goes",
                      found->first, seq),
          "both stay in the ledger for ever: name the case, not the person");
    }
  }
}

std::vector<std::uint64_t> said_elsewhere(const LedgerView& view, const ErasurePlan& plan,
                                          const std::vector<std::string>& words) {
  std::set<std::string> names;
  for (const std::string& word : words) {
    if (word.size() >= kTelling)
      names.insert(word.ends_with('*') ? word.substr(0, word.size() - 1) : word);
  }
  if (plan.scope.kind != ErasureScope::Kind::payload) {
    EntryCursor going = view.entries({0, view.size()}, Order::oldest_first,
                                     {Field::user, Field::approver, Field::subject}, false);
    for (const std::uint64_t seq : plan.entries) {
      if (going.seek(seq)) collect_names(going.entry(), names);
    }
  }
  std::vector<std::uint64_t> found;
  if (names.empty()) return found;
  SearchOptions options;
  options.order = Order::oldest_first;
  Search own(view, *parse_query("type:sys.*", Timestamp()), options);
  while (found.size() < kMostEntries && own.next()) {
    const Entry& entry = own.entry();
    // What goes, and what is told of as matching, is no news.
    if (std::ranges::binary_search(plan.entries, entry.seq) ||
        std::ranges::binary_search(plan.stays, entry.seq)) {
      continue;
    }
    const std::string text = lower(entry.payload);
    if (std::ranges::any_of(
            names, [&](const std::string& name) { return text.find(name) != std::string::npos; })) {
      found.push_back(entry.seq);
    }
  }
  return found;
}

}  // namespace audit::cli
