#include "event/disclosed_entry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "event/value.hpp"

namespace audit::event {

namespace {

constexpr std::string_view kEntry = "entry";
constexpr std::string_view kCommon = "common";
constexpr std::string_view kPayload = "payload";
constexpr std::uint16_t kFirstCommonTag = 0x80;

using base::JsonValue;
using Kind = JsonValue::Kind;

std::string_view bytes_of(const Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

void append_base64(std::string& out, std::string_view key, std::string_view bytes) {
  out.append(",\"").append(key).append("\":\"").append(base::to_base64(bytes)).push_back('"');
}

void append_hex_member(std::string& out, std::string_view key, const Digest& digest) {
  out.append(",\"").append(key).append("\":\"");
  append_hex(out, base::bytes_of(digest));
  out.push_back('"');
}

void append_field_member(std::string& out, const Envelope::Value& value) {
  const FieldInfo& field = info(value.field);
  out.append("{\"name\":\"").append(field.name).append("\",\"tag\":");
  append_integer(out, std::uint64_t{tag_of(field)});
  switch (value.kind) {
    case ValueKind::text:
      out.append(",\"text\":");
      base::append_visible_json_string(out, value.text);
      break;
    case ValueKind::integer:
      out.append(",\"int\":\"");
      append_integer(out, value.number);
      out.push_back('"');
      break;
    case ValueKind::hash:
      append_base64(out, "bytes", value.text);
      break;
  }
  out.push_back('}');
}

// Own fields have the lower tags, whatever their numbers.
void append_fields(std::string& out, const Envelope& envelope) {
  out.append(",\"fields\":[");
  const std::size_t first = out.size();
  for (const bool own : {true, false}) {
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      if (info(value.field).own != own) continue;
      if (out.size() > first) out.push_back(',');
      append_field_member(out, value);
    }
  }
  out.push_back(']');
}

void append_own(std::string& out, const std::vector<Kept::Own>& all) {
  out.append(",\"own\":[");
  for (const Kept::Own& own : all) {
    if (&own != all.data()) out.push_back(',');
    out.append("{\"tag\":");
    append_integer(out, std::uint64_t{own.tag});
    if (own.erased) {
      append_base64(out, "digest", base::bytes_of(own.field));
    } else {
      append_base64(out, "salt", bytes_of(own.salt));
    }
    out.push_back('}');
  }
  out.push_back(']');
}

void append_words(std::string& out, std::string_view key, const Parts& parts) {
  const std::vector<std::string_view> words = parts.words();
  if (words.empty()) return;
  out.append(",\"").append(key).append("\":[");
  for (const std::string_view& word : words) {
    if (&word != words.data()) out.push_back(',');
    out.append("\"").append(word).append("\"");
  }
  out.push_back(']');
}

void append_payload(std::string& out, const DisclosedEntry& entry) {
  if (entry.payload_digest) append_base64(out, "P", base::bytes_of(*entry.payload_digest));
  if (entry.salt_p) append_base64(out, "salt_p", bytes_of(*entry.salt_p));
  if (!entry.has_payload) return;
  if (base::is_utf8(entry.payload)) {
    out.append(",\"payload\":");
    base::append_visible_json_string(out, entry.payload);
  } else {
    append_base64(out, "payload_base64", entry.payload);
  }
}

// F0 alone vouches for no common field.
bool has_common(const Envelope& envelope) {
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    if (!info(envelope.at(i).field).own) return true;
  }
  return false;
}

// Every own field has its salt where it is shown, and its digest where it is not.
bool agree(const Envelope& envelope, const std::vector<Kept::Own>& all) {
  std::size_t shown = 0;
  for (const Kept::Own& own : all) {
    if (envelope.has(static_cast<Field>(own.tag)) == own.erased) return false;
    if (!own.erased) ++shown;
  }
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    if (info(envelope.at(i).field).own && shown-- == 0) return false;
  }
  return shown == 0;
}

// What a line says, taken member by member. Whatever is there and not asked for, or in another order
// or spelling, shows when the entry is written again.
class LineReader {
 public:
  explicit LineReader(const JsonValue& line) : line_(line) {}

  // What is wrong; empty if nothing is.
  [[nodiscard]] std::string read(DisclosedEntry& entry) {
    if (!line_.is_object()) return "it is not an object";
    if (!read_place(entry))
      return "seq, received, prev or hash is missing, or is not what it must be";
    if (line_.member("E")) {
      if (!read_bytes(line_, "E", entry.whole.emplace().bytes)) return "E is not 32 bytes";
    } else if (const std::string wrong = read_envelope(entry); !wrong.empty()) {
      return wrong;
    }
    if (const std::string wrong = read_payload(entry); !wrong.empty()) return wrong;
    if (!read_words("erased", entry.erased) || !read_words("hidden", entry.hidden)) {
      return "what is said to be erased or hidden is not a list of words that have a meaning";
    }
    return check_words(entry);
  }

 private:
  template <class Bytes>
  [[nodiscard]] static bool read_bytes(const JsonValue& from, std::string_view key, Bytes& to) {
    const auto text = from.member(key);
    if (!text || text->kind() != Kind::string) return false;
    const auto bytes = base::from_base64(text->text());
    if (!bytes || bytes->size() != to.size()) return false;
    std::copy(bytes->begin(), bytes->end(), to.begin());
    return true;
  }

  [[nodiscard]] static std::optional<std::int64_t> read_number(const JsonValue& from) {
    std::int64_t number = 0;
    const std::string_view text = from.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
      return std::nullopt;
    return number;
  }

  [[nodiscard]] static std::optional<std::uint64_t> read_natural(
      const std::optional<JsonValue>& from) {
    if (!from || from->kind() != Kind::number) return std::nullopt;
    const base::JsonNumber number = from->number();
    if (number.kind != base::JsonNumber::Kind::signed_integer || number.i < 0) return std::nullopt;
    return static_cast<std::uint64_t>(number.i);
  }

  [[nodiscard]] bool read_place(DisclosedEntry& entry) const {
    const auto seq = read_natural(line_.member("seq"));
    const auto received = line_.member("received");
    const auto previous = line_.member("prev");
    const auto hash = line_.member("hash");
    if (!seq || !received || !previous || !hash) return false;
    const auto time = read_number(*received);
    const auto previous_digest = digest_from_hex(previous->text());
    const auto hash_digest = digest_from_hex(hash->text());
    if (!time || !previous_digest || !hash_digest) return false;
    entry.seq = *seq;
    entry.received = *time;
    entry.previous = *previous_digest;
    entry.hash = *hash_digest;
    return true;
  }

  [[nodiscard]] std::string read_envelope(DisclosedEntry& entry) const {
    std::string wrong;
    const auto fields = line_.member("fields");
    const auto own = line_.member("own");
    if (!fields || !fields->is_array() || !own || !own->is_array()) {
      return "there are no lists 'fields' and 'own'";
    }
    fields->for_elements([&](const JsonValue& field) {
      wrong = read_field(field, entry.envelope);
      return wrong.empty();
    });
    if (!wrong.empty()) return wrong;
    if (line_.member("F0")) {
      if (!read_bytes(line_, "F0", entry.common.emplace().bytes)) return "F0 is not 32 bytes";
    } else if (!read_bytes(line_, "s0", entry.salt.emplace())) {
      return "there is neither a salt s0 of 16 bytes nor an F0";
    }
    own->for_elements([&](const JsonValue& one) {
      if (!read_own(one, entry.own))
        wrong = "'own' is not a list of tags, each with salt or digest";
      return wrong.empty();
    });
    return wrong;
  }

  [[nodiscard]] static const FieldInfo* field_of(const std::optional<std::uint64_t>& tag) {
    if (!tag) return nullptr;
    const std::uint64_t number = *tag < kFirstCommonTag ? *tag : *tag - kFirstCommonTag;
    if (number == 0 || number > kFieldCount) return nullptr;
    const FieldInfo& field = info(static_cast<Field>(number));
    return tag_of(field) == *tag ? &field : nullptr;
  }

  [[nodiscard]] static std::string read_field(const JsonValue& from, Envelope& envelope) {
    const FieldInfo* const field = field_of(read_natural(from.member("tag")));
    if (field == nullptr) return "one of its fields has a tag that no field has";
    const auto name = from.member("name");
    if (!name || name->text() != field->name) {
      return fmt::format("the field with the tag {} is called {}, and the line calls it {}",
                         tag_of(*field), field->name,
                         name ? base::escape_controls(name->text().substr(0, 80)) : "nothing");
    }
    if (!read_value(from, *field, envelope)) {
      return fmt::format("its {} is not a value that this field can have", field->name);
    }
    return {};
  }

  [[nodiscard]] static bool read_value(const JsonValue& from, const FieldInfo& field,
                                       Envelope& envelope) {
    const bool is_number = field.type == FieldType::integer || field.type == FieldType::boolean ||
                           field.type == FieldType::time;
    if (const auto number = from.member("int")) {
      const auto value = read_number(*number);
      const bool fits = value && (field.type != FieldType::boolean || *value == 0 || *value == 1);
      if (!is_number || !fits) return false;
      envelope.set_number(field.field, *value);
      return true;
    }
    if (is_number) return false;
    if (const auto text = from.member("text")) {
      if (text->text().empty() || text->text().size() > kMaxFieldBytes) return false;
      envelope.set_text(field.field, text->text());
      return true;
    }
    Digest digest;
    if (field.type != FieldType::hash || !read_bytes(from, "bytes", digest.bytes)) return false;
    envelope.set_hash(field.field, digest);
    return true;
  }

  [[nodiscard]] static bool read_own(const JsonValue& from, std::vector<Kept::Own>& all) {
    const FieldInfo* const field = field_of(read_natural(from.member("tag")));
    if (field == nullptr || !field->own || all.size() >= kFieldCount) return false;
    Kept::Own own{tag_of(*field), from.member("digest").has_value(), {}, {}};
    if (!all.empty() && all.back().tag >= own.tag) return false;
    const bool is_read = own.erased ? read_bytes(from, "digest", own.field.bytes)
                                    : read_bytes(from, "salt", own.salt);
    all.push_back(own);
    return is_read;
  }

  [[nodiscard]] std::string read_payload(DisclosedEntry& entry) const {
    if (line_.member("P")) {
      return read_bytes(line_, "P", entry.payload_digest.emplace().bytes) ? ""
                                                                          : "P is not 32 bytes";
    }
    if (!read_bytes(line_, "salt_p", entry.salt_p.emplace())) {
      return "there is neither a salt_p of 16 bytes nor a P";
    }
    const auto text = line_.member("payload");
    const auto packed = line_.member("payload_base64");
    entry.has_payload = text || packed;
    if (text) entry.payload = text->text();
    if (!packed) return {};
    auto bytes = base::from_base64(packed->text());
    if (!bytes) return "payload_base64 is not base64";
    entry.payload = std::move(*bytes);
    return {};
  }

  [[nodiscard]] bool read_words(std::string_view key, Parts& parts) const {
    const auto words = line_.member(key);
    if (!words) return true;
    bool right = words->is_array();
    words->for_elements(
        [&](const JsonValue& word) { right = right && read_word(word.text(), parts); });
    return right;
  }

  [[nodiscard]] static bool read_word(std::string_view word, Parts& parts) {
    const std::optional<Field> field = find_field(word);
    if (word == kEntry) {
      parts.entry = true;
    } else if (word == kCommon) {
      parts.common = true;
    } else if (word == kPayload) {
      parts.payload = true;
    } else if (field && info(*field).own) {
      parts.own.add(*field);
    } else {
      return false;
    }
    return true;
  }

  // Every gap has one reason, and there is none for what is shown.
  [[nodiscard]] static std::string check_words(const DisclosedEntry& entry) {
    std::vector<std::string_view> all = entry.erased.words();
    const std::vector<std::string_view> hidden = entry.hidden.words();
    all.insert(all.end(), hidden.begin(), hidden.end());
    std::vector<std::string_view> gaps = entry.gaps().words();
    std::sort(all.begin(), all.end());
    std::sort(gaps.begin(), gaps.end());
    if (all != gaps) return "what it says is erased or hidden is not what is not shown";
    if (entry.whole && !entry.payload_digest)
      return "its envelope is not shown, and its payload is";
    if (entry.common && has_common(entry.envelope)) return "common fields stand beside an F0";
    if (!agree(entry.envelope, entry.own)) {
      return "the own fields that are shown are not those that have a salt";
    }
    return {};
  }

  const JsonValue& line_;
};

ParseError mistake(std::size_t length, std::string message) {
  return ParseError{0, length, std::move(message), {}};
}

std::string_view why(base::JsonStatus status) {
  switch (status) {
    case base::JsonStatus::duplicate_key:
      return "an object in it names a member twice";
    case base::JsonStatus::bad_utf8:
      return "it is not UTF-8";
    default:
      return "it is not JSON";
  }
}

}  // namespace

std::vector<std::string_view> Parts::words() const {
  std::vector<std::string_view> words;
  if (entry) words.push_back(kEntry);
  if (common) words.push_back(kCommon);
  for (const FieldInfo& field : fields()) {
    if (field.own && own.has(field.field)) words.push_back(field.name);
  }
  if (payload) words.push_back(kPayload);
  return words;
}

Parts DisclosedEntry::gaps() const {
  Parts gaps;
  gaps.entry = whole.has_value();
  gaps.common = common.has_value();
  for (const Kept::Own& one : own) {
    if (one.erased) gaps.own.add(static_cast<Field>(one.tag));
  }
  gaps.payload = payload_digest.has_value();
  return gaps;
}

std::optional<Leaf> leaf_of(const DisclosedEntry& entry, Committer& committer) {
  Leaf leaf{entry.seq, entry.received, entry.previous, {}, {}};
  std::optional<Digest> envelope = entry.whole;
  if (!envelope) {
    if (!entry.salt && !entry.common) return std::nullopt;
    if (entry.common && has_common(entry.envelope)) return std::nullopt;
    const Digest common =
        entry.common ? *entry.common : committer.common_group(entry.envelope, *entry.salt);
    envelope = committer.envelope(entry.envelope, common, entry.own);
  }
  if (!envelope || (!entry.payload_digest && !entry.salt_p)) return std::nullopt;
  leaf.envelope = *envelope;
  if (entry.payload_digest) {
    leaf.payload = *entry.payload_digest;
  } else {
    leaf.payload = entry.has_payload ? committer.payload(*entry.salt_p, entry.payload)
                                     : committer.no_payload(*entry.salt_p);
  }
  return leaf;
}

void append_disclosed_line(std::string& out, const DisclosedEntry& entry) {
  out.append("{\"seq\":");
  append_integer(out, entry.seq);
  out.append(",\"received\":\"");
  append_integer(out, entry.received);
  out.push_back('"');
  append_hex_member(out, "prev", entry.previous);
  append_hex_member(out, "hash", entry.hash);
  if (entry.whole) {
    append_base64(out, "E", base::bytes_of(*entry.whole));
  } else {
    append_fields(out, entry.envelope);
    if (entry.salt) append_base64(out, "s0", bytes_of(*entry.salt));
    if (entry.common) append_base64(out, "F0", base::bytes_of(*entry.common));
    append_own(out, entry.own);
  }
  append_payload(out, entry);
  append_words(out, "erased", entry.erased);
  append_words(out, "hidden", entry.hidden);
  out.push_back('}');
}

bool is_within_bounds(std::string_view line) noexcept {
  if (line.size() > kMaxDisclosedLine) return false;
  if (line.size() <= kFreeLineBytes) return true;
  std::size_t outside = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < line.size() && outside <= kMaxBytesOutside; ++i) {
    const char c = line[i];
    if (c == '\\' && in_string) {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      ++outside;
    }
  }
  return outside <= kMaxBytesOutside;
}

Parsed<DisclosedEntry> DisclosedReader::read(std::string_view line) {
  if (!is_within_bounds(line)) {
    return tl::unexpected(mistake(line.size(), "it has more parts than an entry may have"));
  }
  const base::JsonStatus status = json_.parse(line);
  if (status != base::JsonStatus::ok) {
    return tl::unexpected(mistake(line.size(), std::string(why(status))));
  }
  DisclosedEntry entry;
  const JsonValue root = json_.root();
  std::string wrong = LineReader(root).read(entry);
  if (!wrong.empty()) return tl::unexpected(mistake(line.size(), std::move(wrong)));
  again_.clear();
  append_disclosed_line(again_, entry);
  if (again_ == line) return entry;
  return tl::unexpected(
      mistake(line.size(), "it is not written in the one way an entry is written"));
}

std::optional<std::uint64_t> number_of_line(std::string_view line) noexcept {
  constexpr std::string_view kBegin = "{\"seq\":";
  if (!line.starts_with(kBegin)) return std::nullopt;
  line.remove_prefix(kBegin.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || end == line.data() + line.size() || *end != ',') return std::nullopt;
  return number;
}

}  // namespace audit::event
