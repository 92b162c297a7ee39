#include "source/json_path.hpp"

#include <utility>

namespace audit::source {

namespace {

// The first name of a path, which becomes what is behind it.
std::string_view take_name(std::string_view& path) {
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  return name;
}

class ElementFinder {
 public:
  explicit ElementFinder(std::string_view text) : scanner_(text) {}

  std::vector<JsonRange> find(std::string_view path) {
    (void)scanner_.peek();
    follow(path);
    return std::move(ranges_);
  }

 private:
  void follow(std::string_view path) {
    if (path.empty()) return list();
    if (scanner_.peek() != '{') return scanner_.skip();
    const std::string_view name = take_name(path);
    scanner_.object([&](std::string_view key) {
      if (key == name) {
        follow(path);
      } else {
        scanner_.skip();
      }
    });
  }

  void list() {
    if (scanner_.peek() != '[') return scanner_.skip();
    scanner_.array([this] {
      (void)scanner_.peek();
      const std::size_t offset = scanner_.offset();
      scanner_.skip();
      ranges_.push_back({offset, scanner_.offset() - offset});
    });
  }

  JsonScanner scanner_;
  std::vector<JsonRange> ranges_;
};

}  // namespace

std::optional<base::JsonValue> value_at(const base::JsonValue& from, std::string_view path) {
  std::optional<base::JsonValue> at = from;
  while (at && !path.empty()) at = at->member(take_name(path));
  return at;
}

std::string_view text_at(const base::JsonValue& from, std::string_view path) {
  const auto value = value_at(from, path);
  return value ? value->text() : std::string_view();
}

bool is_true_at(const base::JsonValue& from, std::string_view path) {
  const auto value = value_at(from, path);
  return value && value->kind() == base::JsonValue::Kind::boolean && value->truth();
}

std::vector<JsonRange> find_elements(std::string_view text, std::string_view path) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  std::vector<JsonRange> ranges = ElementFinder(text.substr(skipped)).find(path);
  for (JsonRange& range : ranges) range.offset += skipped;
  return ranges;
}

}  // namespace audit::source
