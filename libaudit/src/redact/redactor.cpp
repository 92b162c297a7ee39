#include "redact/redactor.hpp"

#include <fmt/format.h>

#include "redact/json_strings.hpp"
#include "redact/protobuf.hpp"

namespace audit::redact {

namespace {

bool may_be_json(std::string_view record) {
  const std::size_t first = record.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (record[first] == '{' || record[first] == '[');
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
    finder_.find(written, Writing::escaped, is_name ? std::string_view() : token.name,
                 token.depth == 1, which, found_);
    if (found_.empty()) return;
    if (is_number) {
      patches_.push_back({token.begin, token.end, found_[0].pattern, true, 0});
      return;
    }
    for (const Found& one : found_) {
      patches_.push_back({token.begin + one.begin, token.begin + one.end, one.pattern, false,
                          is_name ? ++names : 0});
    }
  });
}

void Redactor::find_in_text(std::string_view record, Patterns which) {
  patches_.clear();
  finder_.find(record, Writing::plain, {}, false, which, found_);
  for (const Found& one : found_) {
    patches_.push_back({one.begin, one.end, one.pattern, false, 0});
  }
}

void Redactor::apply(std::string_view record, std::string& out, Counts& counts) const {
  out.clear();
  out.reserve(record.size() + patches_.size() * 8);
  std::size_t done = 0;
  for (const Patch& patch : patches_) {
    const std::string& name = finder_.masker().name(patch.pattern);
    out.append(record.substr(done, patch.begin - done));
    if (patch.is_number) out.push_back('"');
    out.append("[redacted:").append(name);
    // An object must not name two members alike.
    if (patch.of_name > 1) out.append(fmt::format(":{}", patch.of_name));
    out.push_back(']');
    if (patch.is_number) out.push_back('"');
    done = patch.end;
    ++counts[name];
  }
  out.append(record.substr(done));
}

bool Redactor::redact_protobuf(std::string_view record, std::string& out, Counts& counts) {
  std::string masked(record);
  if (!mask_protobuf(finder_, masked, counts)) return false;
  out = std::move(masked);
  return true;
}

}  // namespace audit::redact
