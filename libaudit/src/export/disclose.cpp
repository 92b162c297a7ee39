#include "export/disclose.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace audit::exports {

namespace {

constexpr std::string_view kPayload = "payload";

bool is_of_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z');
}

std::string own_field_names() {
  std::string names;
  for (const FieldInfo& field : fields()) {
    if (field.own) names.append(" ").append(field.name);
  }
  return names;
}

Field own_field(const std::string& word) {
  const std::optional<Field> field = find_field(word);
  if (field && info(*field).own) return *field;
  const std::string why =
      field ? "all common fields of an entry are proved together: none can be hidden alone"
            : "there is no such field";
  throw Error(ErrorCode::invalid_argument,
              fmt::format("'{}' cannot be hidden: {}", base::escape_controls(word), why),
              "what can be hidden: payload" + own_field_names());
}

// What an erasure has left of an entry's digests and salts. A row that has none says nothing of it.
const event::Kept& kept_of(const ledger::EntryRow& row) {
  static const event::Kept kNothing;
  return row.has_kept ? row.kept : kNothing;
}

// Every own field that an entry still shows.
template <class Each>
void each_own(const ledger::EntryRow& row, Each&& each) {
  for (const Envelope::Value& value : row.own) each(value);
}

void add_content_fields(const ledger::EntryRow& row, event::Parts& parts) {
  each_own(row, [&](const Envelope::Value& value) {
    if (info(value.field).from_content) parts.own.add(value.field);
  });
}

}  // namespace

Hiding::Hiding(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == kPayload) {
      payload_ = true;
    } else {
      fields_.add(own_field(word));
      has_fields_ = true;
    }
  }
}

void Hiding::look_for(std::string_view text) {
  if (text.size() >= kShortestWithin) {
    values_.add(text);
  } else if (text.size() >= kShortestWord) {
    words_.emplace(text);
  }
  if (values_.states() <= kMaxHiddenBytes) return;
  throw Error(ErrorCode::limit,
              fmt::format("the fields to be hidden have more than {} MiB of different values",
                          kMaxHiddenBytes >> 20),
              "export fewer entries at a time");
}

void Hiding::gather(const ledger::EntryRow& row) {
  each_own(row, [&](const Envelope::Value& value) {
    if (!fields_.has(value.field)) return;
    look_for(value.text);
    if (value.kind != ValueKind::hash) return;
    look_for(base::to_hex(value.text));
    look_for(base::to_base64(value.text));
  });
}

bool Hiding::holds(std::string_view text) const {
  return values_.is_one_in(text) || (!words_.empty() && holds_word(text));
}

bool Hiding::holds_word(std::string_view text) const {
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_of_word(text[end])) ++end;
    const std::string_view word = text.substr(begin, end - begin);
    if (word.size() < kShortestWithin && words_.contains(word)) return true;
    begin = end + 1;
  }
  return false;
}

bool Hiding::common_holds(const ledger::EntryRow& row) const {
  bool found = false;
  row.each_common([&](const Envelope::Value& value) {
    const bool is_number = value.kind == ValueKind::integer;
    found = found || (is_number ? holds(std::to_string(value.number)) : holds(value.text));
  });
  return found;
}

// As it stands there, and as readers of JSON see it, of JSON in a string of JSON too; whether the whole
// of it is JSON or not.
bool Hiding::payload_holds(std::string_view payload) {
  if (values_.is_empty() && words_.empty()) return false;
  if (holds(payload)) return true;
  const std::size_t levels = escapes_.read(payload, false);
  for (std::size_t level = 1; level <= levels; ++level) {
    if (holds(escapes_.text(level))) return true;
  }
  // What is folded deeper than this nobody has looked into.
  constexpr std::size_t kMost = base::Escapes::kMaxLevels;
  return levels == kMost && escapes_.text(kMost).find('\\') != std::string_view::npos;
}

event::Parts Hiding::of(const ledger::EntryRow& row) {
  event::Parts parts;
  if (kept_of(row).envelope) return parts;  // nothing is left
  parts.payload = payload_;
  each_own(row, [&](const Envelope::Value& value) {
    if (fields_.has(value.field)) {
      parts.own.add(value.field);
      parts.payload = true;
    } else if (holds(value.text)) {
      parts.own.add(value.field);
    }
  });
  parts.common = common_holds(row);
  parts.payload = parts.payload || (row.has_payload && payload_holds(row.payload));
  if (parts.payload) add_content_fields(row, parts);
  parts.payload = parts.payload && row.has_payload;
  return parts;
}

bool Hiding::is_in(const ledger::EntryRow& row) {
  return values_.is_one_in(row.common) || values_.is_one_in(row.payload);
}

void Discloser::take_envelope(const ledger::EntryRow& row, const event::Parts& hidden,
                              event::DisclosedEntry& entry) {
  entry.envelope = row.envelope();
  event::Kept kept = kept_of(row);
  if (kept.common) {
    for (const event::Kept::Own& own : kept.own) {
      if (own.erased) entry.erased.own.add(static_cast<Field>(own.tag));
    }
    committer_.keep(entry.envelope, hidden.own, kept);
  } else {
    committer_.keep(entry.envelope, row.salt_e, hidden.own, kept);
  }
  entry.own = std::move(kept.own);
  if (hidden.common) {
    entry.common = committer_.common_group(entry.envelope, *kept.common);
  } else {
    entry.salt = kept.common;
  }
  for (const FieldInfo& field : fields()) {
    if (field.own ? hidden.own.has(field.field) : hidden.common) entry.envelope.erase(field.field);
  }
}

void Discloser::take_payload(const ledger::EntryRow& row, const event::Parts& hidden,
                             event::Committer& committer, event::DisclosedEntry& entry) {
  if (kept_of(row).payload) {
    entry.payload_digest = kept_of(row).payload;
    entry.erased.payload = true;
  } else if (hidden.payload) {
    entry.payload_digest = committer.payload(row.salt_p, row.payload);
  } else {
    entry.salt_p = row.salt_p;
    entry.has_payload = row.has_payload;
    entry.payload = row.payload;
  }
}

event::DisclosedEntry Discloser::disclose(const ledger::EntryRow& row, const Digest& previous,
                                          const event::Parts& hidden) {
  event::DisclosedEntry entry;
  entry.seq = static_cast<std::uint64_t>(row.seq);
  entry.received = row.received;
  entry.previous = previous;
  entry.hash = row.hash;
  if (kept_of(row).envelope) {
    entry.whole = kept_of(row).envelope;
    entry.erased.entry = true;
  } else {
    take_envelope(row, hidden, entry);
  }
  entry.hidden = hidden;
  take_payload(row, hidden, committer_, entry);
  const auto leaf = event::leaf_of(entry, committer_);
  const bool is_known = row.knows_storage && row.problem.empty();
  if (is_known && leaf && leaf_hash(event::encode_leaf(*leaf)) == row.hash) return entry;
  throw Error(ErrorCode::damaged, fmt::format("entry {} is not what its hash says", row.seq),
              "run 'audit verify' on the ledger");
}

void require_all(const LedgerView& view) {
  if (view.disclosure() == Disclosure::all) return;
  throw Error(ErrorCode::permission,
              "this view keeps content back: nothing is made of it for others",
              "open the ledger with Disclosure::all");
}

}  // namespace audit::exports
