#include "redact/redactor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "redact/embedded.hpp"
#include "redact/json_strings.hpp"
#include "redact/patterns.hpp"
#include "redact/protobuf.hpp"

namespace audit::redact {

namespace {

// Of so many bytes; the last one is no backslash.
void append_quote(std::size_t size, std::string& out) {
  if (size > 0) out.append(size - 1, '\\').push_back('"');
}

}  // namespace

bool Redactor::redact(std::string_view record, std::string& out, Counts& counts) {
  const Patterns which = finder_.candidates(record);
  if (which == 0) return false;
  patches_.clear();
  if (!may_be_json(record) || !find_in_json(record, which)) find_in_text(record, which);
  if (patches_.empty()) return false;
  apply(record, out, counts);
  return true;
}

// False where it is no JSON.
bool Redactor::find_in_json(std::string_view record, Patterns which) {
  std::uint32_t names = 0;
  return for_json_tokens(record, [&](const JsonToken& token) {
    const bool is_name = token.what == JsonToken::What::key;
    const bool is_number = token.what == JsonToken::What::number;
    const std::string_view written = record.substr(token.begin, token.end - token.begin);
    Finder::Place place{{}, {}, token.depth == 1};
    if (!is_name) place.name = token.name;
    if (token.what == JsonToken::What::string) place.within = token.within;
    finder_.find(written, Writing::escaped, place, which, found_);
    if (found_.empty()) return;
    if (is_number) return patches_.push_back({token.begin, token.end, found_[0].pattern, 1, 0});
    if (!is_name) return patch_string(written, token.begin);
    for (const Found& one : found_) {
      patches_.push_back({token.begin + one.begin, token.begin + one.end, one.pattern, 0, ++names});
    }
  });
}

// What was found in a string that begins there; a number of JSON in it is masked whole.
void Redactor::patch_string(std::string_view written, std::size_t begin) {
  const auto numbers = numbers_in(written, Writing::escaped);
  auto number = numbers.begin();
  for (const Found& one : found_) {
    number = std::find_if(number, numbers.end(),
                          [&one](const EmbeddedNumber& next) { return next.end > one.begin; });
    const bool is_in =
        number != numbers.end() && number->begin <= one.begin && one.end <= number->end;
    const Patch patch =
        is_in ? Patch{begin + number->begin, begin + number->end, one.pattern, number->quote, 0}
              : Patch{begin + one.begin, begin + one.end, one.pattern, 0, 0};
    if (patches_.empty() || patches_.back().end <= patch.begin) patches_.push_back(patch);
  }
}

void Redactor::find_in_text(std::string_view record, Patterns which) {
  patches_.clear();
  finder_.find(record, Writing::plain, {}, which, found_);
  for (const Found& one : found_) {
    patches_.push_back({one.begin, one.end, one.pattern, 0, 0});
  }
}

void Redactor::apply(std::string_view record, std::string& out, Counts& counts) const {
  out.clear();
  out.reserve(record.size() + patches_.size() * 8);
  std::size_t done = 0;
  for (const Patch& patch : patches_) {
    const std::string& name = finder_.masker().name(patch.pattern);
    out.append(record.substr(done, patch.begin - done));
    append_quote(patch.quote, out);
    out.append("[redacted:").append(name);
    // An object must not name two members alike.
    if (patch.of_name > 1) out.append(fmt::format(":{}", patch.of_name));
    out.push_back(']');
    append_quote(patch.quote, out);
    done = patch.end;
    ++counts[name];
  }
  out.append(record.substr(done));
}

std::vector<std::string> Redactor::left_in_ids() const {
  std::vector<std::string> names;
  const Patterns left = finder_.left();
  for (std::uint32_t i = 0; i < kMaxPatterns; ++i) {
    if ((left >> i & 1) != 0) names.push_back(finder_.masker().name(i));
  }
  return names;
}

bool Redactor::redact_protobuf(std::string_view record, std::string& out, Counts& counts) {
  std::string masked(record);
  if (!mask_protobuf(finder_, masked, counts)) return false;
  out = std::move(masked);
  return true;
}

}  // namespace audit::redact
