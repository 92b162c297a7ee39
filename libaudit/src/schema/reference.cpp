#include "schema/reference.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace audit::schema {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> without_percents(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

// A step of a pointer as the name it stands for.
std::string name_of_step(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool is_escape = step[i] == '~' && i + 1 < step.size();
    if (is_escape && (step[i + 1] == '0' || step[i + 1] == '1')) {
      name.push_back(step[++i] == '0' ? '~' : '/');
    } else {
      name.push_back(step[i]);
    }
  }
  return name;
}

std::optional<base::JsonValue> element_at(const base::JsonValue& list, std::string_view step) {
  std::size_t wanted = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), wanted);
  if (error != std::errc() || end != step.data() + step.size()) return std::nullopt;
  std::optional<base::JsonValue> found;
  list.for_elements([&](const base::JsonValue& element) {
    if (wanted-- > 0) return true;
    found = element;
    return false;
  });
  return found;
}

}  // namespace

std::optional<std::string> local_pointer(std::string_view reference) {
  if (!reference.starts_with('#')) return std::nullopt;
  std::optional<std::string> pointer = without_percents(reference.substr(1));
  if (pointer && !pointer->empty() && pointer->front() != '/') return std::nullopt;
  return pointer;
}

std::optional<base::JsonValue> value_at(const base::JsonValue& root, std::string_view pointer) {
  std::optional<base::JsonValue> at = root;
  while (!pointer.empty() && at) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string_view step = pointer.substr(1, end - 1);
    at = at->is_array() ? element_at(*at, step) : at->member(name_of_step(step));
    pointer.remove_prefix(end);
  }
  return at;
}

}  // namespace audit::schema
