#include "verify/system.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "event/commitment.hpp"
#include "event/kind.hpp"
#include "ledger/continuation.hpp"
#include "ledger/erasure.hpp"
#include "ledger/schema.hpp"
#include "proof/note.hpp"

namespace audit::verify {

namespace {

constexpr std::size_t kLedgerIdDigits = 32;
constexpr std::size_t kMaxOriginBytes = 255;

// A text of our own is not longer; what is shown of another is bounded.
std::string cut(const std::string& text) {
  constexpr std::size_t kLongest = 4096;
  return text.substr(0, kLongest);
}

// Own fields by bit.
const std::vector<Field>& own_fields() {
  static const std::vector<Field> kOwnFields = [] {
    std::vector<Field> own;
    for (const FieldInfo& field : fields()) {
      if (field.own) own.push_back(field.field);
    }
    return own;
  }();
  return kOwnFields;
}

// Collects the members of sys.created and sys.key; all others are passed over.
class Members final : public base::JsonVisitor {
 public:
  void begin_object(std::string_view /*key*/) override { ++depth_; }

  void end_object() override { --depth_; }

  void begin_array(std::string_view /*key*/) override { ++depth_; }

  void end_array() override { --depth_; }

  void string(std::string_view key, std::string_view value) override {
    if (depth_ != 1) return;
    if (key == "origin") beginning.origin = value;
    if (key == "ledger") beginning.ledger_id = value;
    if (key == "key") beginning.key = key_change.key = value;
    if (key == "previous") key_change.previous = value;
  }

  void number(std::string_view key, const base::JsonNumber& value) override {
    if (depth_ != 1 || key != "format") return;
    is_format_one =
        value.kind == base::JsonNumber::Kind::signed_integer && value.i == ledger::kFormatVersion;
  }

  Beginning beginning;
  KeyChange key_change;
  bool is_format_one = false;

 private:
  int depth_ = 0;
};

bool is_ledger_id(std::string_view text) {
  return text.size() == kLedgerIdDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// proof::is_key_name, and not longer than an origin may be.
bool is_origin(std::string_view text) {
  return text.size() <= kMaxOriginBytes && proof::is_key_name(text);
}

std::optional<ErasedParts> parts_of(std::string_view what) {
  if (what == "payload") return static_cast<ErasedParts>(1U << kPayloadBit);
  if (what == "entry") return static_cast<ErasedParts>(1U << kEntryBit);
  const std::optional<Field> field = find_field(what);
  if (!field || !info(*field).own) return std::nullopt;
  return static_cast<ErasedParts>(1U << bit_of_own(*field));
}

// Entry 0 has the fields type and time, and time is when it was received.
bool has_fields_of_beginning(const ledger::EntryRow& row) {
  bool right = row.own.empty() && row.type() == "sys.created";
  int count = 0;
  row.each_common([&](const Envelope::Value& value) {
    ++count;
    if (value.field == Field::time) right = right && value.number == row.received;
    right = right && (value.field == Field::type || value.field == Field::time);
  });
  return right && count == 2;
}

}  // namespace

unsigned bit_of_own(Field field) noexcept {
  const auto& own = own_fields();
  return static_cast<unsigned>(std::find(own.begin(), own.end(), field) - own.begin());
}

ErasedParts content_parts() noexcept {
  static const ErasedParts kParts = [] {
    unsigned parts = 0;
    for (const Field field : own_fields()) {
      if (info(field).from_content) parts |= 1U << bit_of_own(field);
    }
    return static_cast<ErasedParts>(parts);
  }();
  return kParts;
}

SystemEntry SystemReader::read(const ledger::EntryRow& row, Findings& findings) {
  SystemEntry entry;
  entry.seq = static_cast<std::uint64_t>(row.seq);
  const std::string_view type = row.type();
  entry.is_protected = event::is_never_erased(type);
  const auto complain = [&](std::string_view what) {
    findings.add("system", entry.seq, std::string(what));
  };
  if (entry.seq == 0 && type != "sys.created") {
    complain("entry 0 is not the sys.created that a ledger begins with");
    return entry;
  }
  if (entry.seq == 0 && !has_fields_of_beginning(row)) {
    complain("sys.created does not have exactly its type and its time");
  }
  if (entry.seq != 0 && type == "sys.created") {
    complain("a second sys.created: a ledger begins only once");
  }
  row.each_common([&](const Envelope::Value& value) {
    if (value.field == Field::event_id) complain("a system entry has an event_id");
  });
  const bool is_erased = row.stored == 3;
  if (is_erased && entry.is_protected) {
    complain(fmt::format("the payload of {} must not be erased", type));
  } else if (!is_erased && !row.has_payload) {
    complain("a system entry has no payload");
  } else if (!is_erased) {
    read_payload(row, entry, findings);
  }
  return entry;
}

void SystemReader::read_payload(const ledger::EntryRow& row, SystemEntry& entry,
                                Findings& findings) {
  const std::string_view type = row.type();
  const auto complain = [&](std::string_view what) {
    findings.add("system", entry.seq,
                 fmt::format("the payload of {} {}", base::escape_controls(type), what));
  };
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const bool is_object = !row.payload.starts_with(kByteOrderMark) &&
                         json_.parse(row.payload) == base::JsonStatus::ok && json_.is_object();
  if (!is_object || row.payload.find('\n') != std::string_view::npos) {
    return complain("is not one JSON object on one line");
  }
  Members members;
  json_.walk(members);
  if (type == "sys.created" && entry.seq == 0) {
    if (!members.is_format_one || !is_ledger_id(members.beginning.ledger_id) ||
        !is_origin(members.beginning.origin) || members.beginning.key.empty()) {
      complain("does not say format, ledger, origin and key as it must");
    }
    if (const auto continues = json_.root().member("continues")) {
      members.beginning.continues = ledger::read_continues(*continues);
      if (!members.beginning.continues) {
        complain("does not say, signed by its key, which head of which ledger it continues");
      }
    }
    entry.says = std::move(members.beginning);
  } else if (type == "sys.key") {
    if (members.key_change.key.empty() || members.key_change.previous.empty()) {
      complain("does not say key and previous");
    }
    entry.says = std::move(members.key_change);
  } else if (type == ledger::kErasureType) {
    ledger::ErasureStatement said = ledger::read_erasure(json_);
    const std::optional<ErasedParts> what = parts_of(said.what);
    const bool in_order = said.entries.empty() || said.entries.back() < entry.seq;
    if (!what || said.has_bad_entries || said.entries.empty() || !in_order ||
        said.authority.empty() || said.reason.empty()) {
      complain("does not say entries, what, authority and reason as it must");
    }
    if (what && in_order) {
      ErasureNote note{entry.seq, said.what, said.entries.size(), cut(said.authority),
                       cut(said.reason)};
      entry.says = Erasure{*what, std::move(said.entries), std::move(note)};
    }
  }
}

std::optional<VerifyKey> KeyHistory::accept(const std::string& text, std::uint64_t seq,
                                            Findings& findings) {
  const auto refuse = [&](std::string_view why) {
    findings.add("key", seq, fmt::format("the verifier key it gives {}", why));
    return std::nullopt;
  };
  const Parsed<VerifyKey> key = parse_verify_key(text);
  if (!key) return refuse(fmt::format("is none: {}", key.error().message));
  if (key->type != 1) return refuse("does not sign checkpoints");
  if (key->name != origin_) return refuse("does not have the ledger's origin as its name");
  if (!accepted_.insert(key->key).second) return refuse("was this ledger's before");
  return *key;
}

void KeyHistory::begin(const Beginning& beginning, Findings& findings) {
  origin_ = beginning.origin;
  continues_ = beginning.continues;
  if (!beginning.key.empty()) periods_.push_back(accept(beginning.key, 0, findings));
}

void KeyHistory::change(std::uint64_t seq, const KeyChange& change, Findings& findings) {
  if (change.key.empty() || change.previous.empty()) return;  // said before
  if (periods_.empty()) periods_.emplace_back();
  const std::optional<VerifyKey>& current = periods_.back();
  if (!current || current->text() != change.previous) {
    findings.add("key", seq, "the key it ends is not the one in force");
  }
  periods_.push_back(accept(change.key, seq, findings));
  ends_.push_back(seq + 1);
}

std::vector<VerifyKey> KeyHistory::signers(std::uint64_t size) const {
  if (periods_.empty()) return {};
  const auto end = std::lower_bound(ends_.begin(), ends_.end(), size);
  const auto period = static_cast<std::size_t>(end - ends_.begin());
  std::vector<std::optional<VerifyKey>> wanted{periods_[period]};
  if (end != ends_.end() && *end == size) wanted.push_back(periods_[period + 1]);
  std::vector<VerifyKey> keys;
  for (const std::optional<VerifyKey>& key : wanted) {
    if (!key) return {};
    keys.push_back(*key);
  }
  return keys;
}

std::vector<VerifyKey> KeyHistory::keys() const {
  std::vector<VerifyKey> keys;
  for (const std::optional<VerifyKey>& key : periods_) {
    if (key) keys.push_back(*key);
  }
  return keys;
}

GivenKeys given_keys(const std::vector<VerifyKey>& keys, const std::optional<Policy>& policy,
                     std::string_view origin) {
  GivenKeys given{keys, keys, {}};
  if (!policy) return given;
  for (const VerifyKey& key : policy->logs()) {
    if (key.name == origin) given.keys.push_back(key);
  }
  if (given.keys.size() == keys.size()) {
    given.why_not = fmt::format("The policy names no key of {}", base::escape_controls(origin));
  }
  given.with_witnesses = given.keys;
  given.with_witnesses.insert(given.with_witnesses.end(), policy->witnesses().begin(),
                              policy->witnesses().end());
  return given;
}

bool check_given_keys(const KeyHistory& keys, const std::vector<VerifyKey>& given,
                      Findings& findings) {
  const std::vector<VerifyKey> own = keys.keys();
  const auto is_own = [&](const VerifyKey& key) {
    return std::find(own.begin(), own.end(), key) != own.end();
  };
  const bool is_signed = std::any_of(given.begin(), given.end(), is_own);
  if (!is_signed) {
    // One finding, however many lines a file of keys has.
    findings.add("key", std::nullopt,
                 fmt::format("signed by {}: either the wrong key was named, or another ledger was "
                             "put in the place of this one",
                             given.size() == 1 ? "another key than the one that was given"
                                               : "none of the keys that were given"));
    return false;
  }
  for (const VerifyKey& key : given) {
    if (is_own(key) || key.type != 1 || key.name != keys.origin()) continue;
    findings.add("key", std::nullopt,
                 fmt::format("the key {} did not sign this ledger: it is another ledger's, or "
                             "another ledger was put in the place of this one",
                             base::escape_controls(key.text())));
  }
  return true;
}

}  // namespace audit::verify
