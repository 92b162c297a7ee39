#include "proof/bundle_manifest.hpp"

#include <utility>

#include "base/json.hpp"

namespace audit::proof {

namespace {

constexpr std::string_view kSchema = "audit.bundle/1";

using base::JsonValue;

void append_key(std::string& out, std::string_view key) {
  out.append(out.size() > 1 && out.back() != '{' ? ",\"" : "\"").append(key).append("\":");
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  append_key(out, key);
  base::append_visible_json_string(out, text);
}

void append_number(std::string& out, std::string_view key, std::optional<std::uint64_t> number) {
  append_key(out, key);
  out.append(number ? std::to_string(*number) : "null");
}

void append_hidden(std::string& out, const std::vector<std::string>& words) {
  append_key(out, "hidden");
  out.push_back('[');
  for (const std::string& word : words) {
    if (&word != words.data()) out.push_back(',');
    base::append_visible_json_string(out, word);
  }
  out.push_back(']');
}

void append_members(std::string& out, const std::vector<BundleMember>& members) {
  append_key(out, "members");
  out.push_back('[');
  for (const BundleMember& member : members) {
    if (&member != members.data()) out.push_back(',');
    std::string one = "{";
    append_text(one, "name", member.name);
    append_number(one, "bytes", member.bytes);
    append_text(one, "sha256", to_hex(member.sha256));
    out.append(one).push_back('}');
  }
  out.push_back(']');
}

// Takes what is there; all else shows when it is written again.
class Reader {
 public:
  explicit Reader(const JsonValue& from) : from_(from) {}

  [[nodiscard]] std::string text(std::string_view key) {
    const auto value = from_.member(key);
    if (value && value->kind() == JsonValue::Kind::string) return std::string(value->text());
    is_right_ = false;
    return {};
  }

  [[nodiscard]] bool is_null(std::string_view key) const {
    const auto value = from_.member(key);
    return value && value->kind() == JsonValue::Kind::null;
  }

  [[nodiscard]] std::uint64_t number(std::string_view key) {
    const std::optional<std::uint64_t> value = number_or_null(key);
    if (!value) is_right_ = false;
    return value.value_or(0);
  }

  [[nodiscard]] std::optional<std::uint64_t> number_or_null(std::string_view key) {
    const auto value = from_.member(key);
    if (value && value->kind() == JsonValue::Kind::null) return std::nullopt;
    if (value && value->kind() == JsonValue::Kind::number) {
      const base::JsonNumber number = value->number();
      if (number.kind == base::JsonNumber::Kind::signed_integer && number.i >= 0) {
        return static_cast<std::uint64_t>(number.i);
      }
    }
    is_right_ = false;
    return std::nullopt;
  }

  [[nodiscard]] Digest digest(std::string_view key,
                              std::optional<Digest> (*read)(std::string_view)) {
    const auto digest = read(text(key));
    if (!digest) is_right_ = false;
    return digest.value_or(Digest());
  }

  template <class Each>
  void list(std::string_view key, Each&& each) {
    const auto value = from_.member(key);
    if (value && value->is_array()) {
      value->for_elements(each);
    } else {
      is_right_ = false;
    }
  }

  [[nodiscard]] bool is_right() const noexcept { return is_right_; }

 private:
  const JsonValue& from_;
  bool is_right_ = true;
};

}  // namespace

std::string rotation_name(std::size_t number) {
  return "rotation-" + std::to_string(number) + ".tlog-proof";
}

std::vector<std::string> bundle_names(std::size_t rotations) {
  std::vector<std::string> names{std::string(kBundleReadme), std::string(kBundleCheckpoint),
                                 std::string(kBundleKeys)};
  for (std::size_t i = 1; i <= rotations; ++i) names.push_back(rotation_name(i));
  for (const std::string_view name : {kBundleHistory, kBundleEntries, kBundleNodes}) {
    names.emplace_back(name);
  }
  return names;
}

std::string manifest_text(const BundleManifest& manifest) {
  std::string out = "{";
  append_text(out, "schema", kSchema);
  append_text(out, "origin", manifest.origin);
  append_text(out, "ledger", manifest.ledger_id);
  if (manifest.query) {
    append_text(out, "query", *manifest.query);
  } else {
    append_number(out, "query", std::nullopt);
  }
  append_number(out, "time", manifest.seconds);
  append_number(out, "entries", manifest.entries);
  append_number(out, "first", manifest.first);
  append_number(out, "last", manifest.last);
  append_hidden(out, manifest.hidden);
  append_number(out, "withheld", manifest.withheld);
  append_number(out, "erased", manifest.erased);
  append_number(out, "size", manifest.size);
  append_text(out, "root", to_base64(manifest.root));
  append_members(out, manifest.members);
  return out + "}\n";
}

Parsed<BundleManifest> parse_manifest(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return tl::unexpected(ParseError{0, text.size(), std::string(why), {}});
  };
  base::JsonReader json;
  if (text.size() > kMaxManifestBytes || json.parse(text) != base::JsonStatus::ok) {
    return refuse("the manifest is not JSON");
  }
  const JsonValue root = json.root();
  Reader from(root);
  if (from.text("schema") != kSchema) return refuse("the manifest is not one of audit.bundle/1");
  BundleManifest manifest;
  manifest.origin = from.text("origin");
  manifest.ledger_id = from.text("ledger");
  if (!from.is_null("query")) manifest.query = from.text("query");
  manifest.seconds = from.number("time");
  manifest.entries = from.number("entries");
  manifest.first = from.number_or_null("first");
  manifest.last = from.number_or_null("last");
  from.list("hidden", [&](const JsonValue& word) { manifest.hidden.emplace_back(word.text()); });
  manifest.withheld = from.number("withheld");
  manifest.erased = from.number("erased");
  manifest.size = from.number("size");
  manifest.root = from.digest("root", digest_from_base64);
  bool is_right = true;
  from.list("members", [&](const JsonValue& value) {
    Reader member(value);
    manifest.members.push_back(
        {member.text("name"), member.number("bytes"), member.digest("sha256", digest_from_hex)});
    is_right = is_right && member.is_right();
  });
  if (!from.is_right() || !is_right || manifest_text(manifest) != text) {
    return refuse("the manifest is not written in the one way a manifest is written");
  }
  return manifest;
}

}  // namespace audit::proof
