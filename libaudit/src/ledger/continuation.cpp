#include "ledger/continuation.hpp"

#include <audit/checkpoint.hpp>
#include <audit/key.hpp>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace audit::ledger {

namespace {

constexpr std::size_t kLedgerIdDigits = 32;

bool is_ledger_id(std::string_view text) {
  return text.size() == kLedgerIdDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string text_of(const base::JsonValue& object, std::string_view name) {
  const auto member = object.member(name);
  return member ? std::string(member->text()) : std::string();
}

// The number of entries: an integer, and not less than one.
std::uint64_t size_of(const base::JsonValue& object) {
  const auto member = object.member("size");
  if (!member || member->kind() != base::JsonValue::Kind::number) return 0;
  const base::JsonNumber number = member->number();
  const bool is_size = number.kind == base::JsonNumber::Kind::signed_integer && number.i > 0;
  return is_size ? static_cast<std::uint64_t>(number.i) : 0;
}

}  // namespace

void append_continues(std::string& json, const Predecessor& predecessor) {
  json += fmt::format("{{\"ledger\":\"{}\",\"origin\":", predecessor.ledger_id);
  base::append_json_string(json, predecessor.origin);
  json += fmt::format(",\"size\":{},\"root\":\"{}\",\"key\":", predecessor.size,
                      to_base64(predecessor.root));
  base::append_json_string(json, predecessor.verify_key);
  json += ",\"note\":";
  base::append_json_string(json, predecessor.note);
  json += '}';
}

bool is_signed(const Predecessor& predecessor) {
  const Checkpoint stated{predecessor.origin, predecessor.size, predecessor.root};
  const Parsed<VerifyKey> key = parse_verify_key(predecessor.verify_key);
  if (!key || key->type != 1 || key->name != predecessor.origin ||
      !is_ledger_id(predecessor.ledger_id) || predecessor.size == 0) {
    return false;
  }
  const auto note = open_checkpoint(predecessor.note, {*key});
  // Byte for byte: there are no lines between the root and the signatures.
  return note && note->checkpoint == stated &&
         predecessor.note.starts_with(checkpoint_text(stated) + "\n");
}

std::optional<Predecessor> read_continues(const base::JsonValue& value) {
  if (!value.is_object()) return std::nullopt;
  const auto root = digest_from_base64(text_of(value, "root"));
  if (!root) return std::nullopt;
  Predecessor said;
  said.ledger_id = text_of(value, "ledger");
  said.origin = text_of(value, "origin");
  said.size = size_of(value);
  said.root = *root;
  said.verify_key = text_of(value, "key");
  said.note = text_of(value, "note");
  if (!is_signed(said)) return std::nullopt;
  return said;
}

}  // namespace audit::ledger
