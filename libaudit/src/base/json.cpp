#include "base/json.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include <simdjson.h>

namespace audit::base {

namespace dom = simdjson::dom;

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// More digits than this may not fit 64 bits.
constexpr std::size_t kSafeDigits = 18;

// A cheap hash of a key; equal keys have equal hashes, that is all it is for.
std::uint32_t key_hash(std::string_view key) noexcept {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  const std::size_t n = std::min<std::size_t>(key.size(), 8);
  std::memcpy(&head, key.data(), n);
  std::memcpy(&tail, key.data() + (key.size() - n), n);
  const std::uint64_t mixed =
      (head * 0x9e3779b97f4a7c15U) ^ (tail * 0xc2b2ae3d27d4eb4fU) ^ key.size();
  return static_cast<std::uint32_t>(mixed >> 32) ^ static_cast<std::uint32_t>(mixed);
}

// Looks for nesting beyond kMaxJsonDepth and for keys that are there twice.
class StructureCheck {
 public:
  JsonStatus check(const dom::element& root) {
    status_ = JsonStatus::ok;
    visit(root, 0);
    return status_;
  }

 private:
  void visit(const dom::element& element, std::size_t depth) {
    const auto type = element.type();
    if (type == dom::element_type::OBJECT) {
      visit_object(element.get_object().value_unsafe(), depth + 1);
    } else if (type == dom::element_type::ARRAY) {
      if (!enter(depth + 1)) return;
      const dom::array array = element.get_array().value_unsafe();
      for (const dom::element child : array) visit(child, depth + 1);
    }
  }

  void visit_object(const dom::object& object, std::size_t depth) {
    if (!enter(depth)) return;
    const std::size_t first = hashes_.size();
    std::size_t count = 0;
    for (const auto& field : object) {
      if (count++ < kMaxHashedKeys) note_key(field.key, first, object);
      visit(field.value, depth);
    }
    hashes_.resize(first);
    const bool is_large = count > kMaxHashedKeys && status_ == JsonStatus::ok;
    if (is_large && repeats_key(object)) status_ = JsonStatus::duplicate_key;
  }

  bool enter(std::size_t depth) {
    if (depth > kMaxJsonDepth) status_ = JsonStatus::too_deep;
    return status_ != JsonStatus::too_deep;
  }

  void note_key(std::string_view key, std::size_t first, const dom::object& object) {
    const std::uint32_t hash = key_hash(key);
    bool seen = false;
    for (std::size_t i = first; i < hashes_.size(); ++i) seen |= hashes_[i] == hash;
    if (seen && status_ == JsonStatus::ok && count_key(object, key) > 1) {
      status_ = JsonStatus::duplicate_key;
    }
    hashes_.push_back(hash);
  }

  // Of many keys: sorted, so that a million of them are no trouble. By hash first, which is quicker;
  // keys made to have one hash are told apart all the same.
  static bool repeats_key(const dom::object& object) {
    std::vector<std::pair<std::size_t, std::string_view>> keys;
    for (const auto& field : object) {
      keys.emplace_back(std::hash<std::string_view>()(field.key), field.key);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  static std::size_t count_key(const dom::object& object, std::string_view key) {
    std::size_t count = 0;
    for (const auto& field : object) count += field.key == key;
    return count;
  }

  static constexpr std::size_t kMaxHashedKeys = 64;
  std::vector<std::uint32_t> hashes_;
  JsonStatus status_ = JsonStatus::ok;
};

// Appends all string values.
class StringCollector {
 public:
  StringCollector(char behind, std::string& out) : behind_(behind), out_(out) {}

  // False if there is nesting beyond kMaxJsonDepth.
  bool collect(const dom::element& element, std::size_t depth) {
    const auto type = element.type();
    if (type == dom::element_type::STRING) {
      out_.append(element.get_string().value_unsafe()).push_back(behind_);
      return true;
    }
    if (type == dom::element_type::OBJECT) {
      const dom::object object = element.get_object().value_unsafe();
      return collect_all(object.begin(), object.end(), depth + 1,
                         [](const auto& at) { return at.value(); });
    }
    if (type == dom::element_type::ARRAY) {
      const dom::array array = element.get_array().value_unsafe();
      return collect_all(array.begin(), array.end(), depth + 1, [](const auto& at) { return *at; });
    }
    return true;
  }

 private:
  template <class Iterator, class Value>
  bool collect_all(Iterator at, const Iterator& end, std::size_t depth, const Value& value) {
    if (depth > kMaxJsonDepth) return false;
    for (; at != end; ++at) {
      if (!collect(value(at), depth)) return false;
    }
    return true;
  }

  char behind_;
  std::string& out_;
};

JsonNumber as_number(const dom::element& element) {
  JsonNumber number{};
  if (element.type() == dom::element_type::INT64) {
    number.kind = JsonNumber::Kind::signed_integer;
    number.i = element.get_int64().value_unsafe();
    number.d = static_cast<double>(number.i);
  } else if (element.type() == dom::element_type::UINT64) {
    number.kind = JsonNumber::Kind::unsigned_integer;
    number.u = element.get_uint64().value_unsafe();
    number.d = static_cast<double>(number.u);
  } else {
    number.kind = JsonNumber::Kind::real;
    number.d = element.get_double().value_unsafe();
  }
  return number;
}

void visit(const dom::element& element, std::string_view key, JsonVisitor& visitor) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      const dom::object object = element.get_object().value_unsafe();
      visitor.begin_object(key);
      for (const auto& field : object) visit(field.value, field.key, visitor);
      visitor.end_object();
      break;
    }
    case dom::element_type::ARRAY: {
      const dom::array array = element.get_array().value_unsafe();
      visitor.begin_array(key);
      for (const dom::element child : array) visit(child, {}, visitor);
      visitor.end_array();
      break;
    }
    case dom::element_type::STRING:
      visitor.string(key, element.get_string().value_unsafe());
      break;
    case dom::element_type::BOOL:
      visitor.boolean(key, element.get_bool().value_unsafe());
      break;
    case dom::element_type::NULL_VALUE:
      visitor.null(key);
      break;
    default:
      visitor.number(key, as_number(element));
      break;
  }
}

bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// simdjson refuses numbers that fit neither 64 bits nor a double; JSON does not. Such a number is
// replaced by the nearest double, in a copy that only the walk sees.
void append_tame_number(std::string& out, std::string_view token) {
  const std::size_t digits = token.size() - (token.front() == '-' ? 1 : 0);
  const bool whole = token.find_first_of(".eE") == std::string_view::npos;
  if (whole && digits > kSafeDigits && digits < 300 && token[token.size() - digits] != '0') {
    out.append(token).append(".0");
  } else if (!whole && std::isinf(std::strtod(std::string(token).c_str(), nullptr))) {
    out.append(token.front() == '-' ? "-1.7976931348623157e308" : "1.7976931348623157e308");
  } else {
    out.append(token);
  }
}

std::string with_tame_numbers(std::string_view document) {
  std::string out;
  out.reserve(document.size() + kJsonPadding);
  bool in_string = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (in_string && c == '\\' && i + 1 < document.size()) {
      out.push_back(c);
      out.push_back(document[++i]);
    } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
      std::size_t end = i;
      while (end < document.size() && is_number_character(document[end])) ++end;
      append_tame_number(out, document.substr(i, end - i));
      i = end - 1;
    } else {
      in_string ^= c == '"';
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

struct JsonReader::Impl {
  dom::parser parser;
  dom::element root;
  StructureCheck structure;
  std::string tamed;

  simdjson::error_code parse(std::string_view document, bool padded) {
    return parser
        .parse(reinterpret_cast<const std::uint8_t*>(document.data()), document.size(), !padded)
        .get(root);
  }
};

JsonReader::JsonReader() : impl_(std::make_unique<Impl>()) {}

JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

bool JsonReader::append_strings(std::string_view document, char behind, std::string& out) {
  if (read(document, false)) return false;
  const std::size_t size = out.size();
  if (StringCollector(behind, out).collect(impl_->root, 0)) return true;
  out.resize(size);
  return false;
}

// simdjson's error; 0 if there is none.
int JsonReader::read(std::string_view& document, bool padded) {
  if (document.starts_with(kByteOrderMark)) document.remove_prefix(kByteOrderMark.size());
  if (document.empty()) return simdjson::EMPTY;  // perhaps of no bytes at all
  auto error = impl_->parse(document, padded);
  if (error == simdjson::NUMBER_ERROR) {
    impl_->tamed = with_tame_numbers(document);
    error = impl_->parse(impl_->tamed, false);
  }
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  return error;
}

JsonStatus JsonReader::parse(std::string_view document, bool padded) {
  const int error = read(document, padded);
  if (error == simdjson::SUCCESS) return impl_->structure.check(impl_->root);
  if (error == simdjson::EMPTY) return JsonStatus::not_json;
  if (!simdjson::validate_utf8(document.data(), document.size())) return JsonStatus::bad_utf8;
  return error == simdjson::DEPTH_ERROR ? JsonStatus::too_deep : JsonStatus::not_json;
}

void JsonReader::walk(JsonVisitor& visitor) const { visit(impl_->root, {}, visitor); }

JsonValue JsonReader::root() const {
  return JsonValue(std::bit_cast<JsonValue::Storage>(impl_->root));
}

JsonValue::Kind JsonValue::kind() const noexcept {
  switch (std::bit_cast<dom::element>(storage_).type()) {
    case dom::element_type::OBJECT:
      return Kind::object;
    case dom::element_type::ARRAY:
      return Kind::array;
    case dom::element_type::STRING:
      return Kind::string;
    case dom::element_type::BOOL:
      return Kind::boolean;
    case dom::element_type::NULL_VALUE:
      return Kind::null;
    default:
      return Kind::number;
  }
}

std::string_view JsonValue::text() const noexcept {
  const auto element = std::bit_cast<dom::element>(storage_);
  return element.is_string() ? element.get_string().value_unsafe() : std::string_view();
}

JsonNumber JsonValue::number() const noexcept {
  return as_number(std::bit_cast<dom::element>(storage_));
}

bool JsonValue::truth() const noexcept {
  return std::bit_cast<dom::element>(storage_).get_bool().value_unsafe();
}

std::optional<JsonValue> JsonValue::member(std::string_view key) const noexcept {
  const auto element = std::bit_cast<dom::element>(storage_);
  if (!element.is_object()) return std::nullopt;
  const dom::object object = element.get_object().value_unsafe();
  for (const auto& field : object) {
    if (field.key == key) return JsonValue(std::bit_cast<Storage>(field.value));
  }
  return std::nullopt;
}

void JsonValue::each_member(void* context, MemberVisit visit) const {
  const auto element = std::bit_cast<dom::element>(storage_);
  if (!element.is_object()) return;
  const dom::object object = element.get_object().value_unsafe();
  for (const auto& field : object) {
    if (!visit(context, field.key, JsonValue(std::bit_cast<Storage>(field.value)))) return;
  }
}

void JsonValue::each_element(void* context, ElementVisit visit) const {
  const auto element = std::bit_cast<dom::element>(storage_);
  if (!element.is_array()) return;
  const dom::array array = element.get_array().value_unsafe();
  for (const dom::element child : array) {
    if (!visit(context, JsonValue(std::bit_cast<Storage>(child)))) return;
  }
}

void JsonValue::walk(JsonVisitor& visitor) const {
  visit(std::bit_cast<dom::element>(storage_), {}, visitor);
}

bool JsonReader::is_object() const { return impl_->root.is_object(); }

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  const bool clean = simdjson::validate_utf8(text.data(), text.size());
  std::size_t plain = 0;  // bytes before i not yet copied begin here
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool separator = c == 0xe2 && i + 2 < text.size() && text[i + 1] == '\x80' &&
                           (text[i + 2] == '\xa8' || text[i + 2] == '\xa9');
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f && !separator && (clean || c < 0x80)) {
      continue;
    }
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    if (separator) {
      out.append(text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
      plain = i + 3;
      i += 2;
    } else if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c < 0x80) {
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    } else {
      // Not clean: copy a well-formed sequence, replace anything else byte by byte.
      std::size_t length = 1;
      while (length < 4 && i + length < text.size() &&
             (static_cast<unsigned char>(text[i + length]) & 0xc0) == 0x80) {
        ++length;
      }
      while (length > 1 && !simdjson::validate_utf8(text.data() + i, length)) --length;
      if (length > 1) {
        out.append(text.substr(i, length));
        plain = i + length;
        i += length - 1;
      } else {
        out.append("\xef\xbf\xbd");
      }
    }
  }
  out.append(text.substr(plain));
  out.push_back('"');
}

}  // namespace audit::base
