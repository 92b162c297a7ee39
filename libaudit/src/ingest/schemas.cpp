#include "ingest/schemas.hpp"

#include <audit/error.hpp>
#include <audit/ingest.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "ledger/declare.hpp"
#include "ledger/newest.hpp"
#include "schema/check.hpp"
#include "schema/set.hpp"

namespace audit {

namespace ingest {

namespace {

constexpr std::string_view kFlag = "schema";

// The schemas as the entry holds them: text and digest of the file, on one line.
std::string payload_of(const SchemaSet& schemas) {
  std::string payload = fmt::format(R"({{"schema":"audit.schemas/1","sha256":"{}","text":)",
                                    to_hex(crypto::sha256(schemas.text())));
  base::append_json_string(payload, schemas.text());
  return payload + "}";
}

// The kinds that an entry declares schemas of, and these schemas say nothing about any more.
std::vector<std::string> dropped_since(const Entry& before, const SchemaSet& schemas) {
  base::JsonReader json;
  if (json.parse(before.payload) != base::JsonStatus::ok || !json.is_object()) return {};
  const auto text = json.root().member("text");
  const auto declared = parse_schemas(text ? text->text() : std::string_view());
  if (!declared) return {};
  std::vector<std::string> dropped = declared->kinds();
  const std::vector<std::string> now = schemas.kinds();
  std::erase_if(dropped, [&now](const std::string& kind) {
    return std::find(now.begin(), now.end(), kind) != now.end();
  });
  return dropped;
}

[[noreturn]] void refuse(std::uint64_t seq, const SchemaError& error) {
  throw Error(ErrorCode::unsupported,
              fmt::format("the schemas that entry {} declares cannot be understood: {}{}{}", seq,
                          base::escape_controls(error.place), error.place.empty() ? "" : ": ",
                          error.problem.message),
              "use a newer version of the program, or declare others: audit init --schema FILE");
}

SchemaSet read_entry(const LedgerView& view, std::uint64_t seq) {
  const std::optional<Entry> entry = view.entry(seq);
  base::JsonReader json;
  const bool is_json = entry && json.parse(entry->payload) == base::JsonStatus::ok;
  const std::optional<base::JsonValue> text =
      is_json ? json.root().member("text") : std::optional<base::JsonValue>();
  if (!text) refuse(seq, {{}, {0, 0, "there is no text of schemas in it", {}}});
  auto schemas = parse_schemas(text->text());
  if (!schemas) refuse(seq, schemas.error());
  return *schemas;
}

// The list of flags without those about schemas.
void clear_flags(Envelope& envelope) {
  std::vector<std::string> others;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    const bool is_other = value.text != kFlag && !value.text.starts_with(kSchemaReason);
    if (value.field == Field::flags && is_other) others.emplace_back(value.text);
  }
  envelope.erase(Field::flags);
  for (const std::string& flag : others) envelope.set_text(Field::flags, flag);
}

std::string_view reason_in(const Envelope& envelope) {
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.field == Field::flags && value.text.starts_with(kSchemaReason)) {
      return value.text.substr(kSchemaReason.size());
    }
  }
  return {};
}

}  // namespace

void DeclaredSchemas::take_in(const ledger::Writer& writer) {
  const std::uint64_t first = taken_in_;
  const std::uint64_t size = writer.size();
  if (first == size) return;
  std::optional<std::uint64_t> seq;
  if (writer.may_hold_type(kSchemaType)) {
    seq = ledger::newest_of_type(LedgerView::open(ledger_), kSchemaType, first);
  }
  if (seq) declare(*seq);
  taken_in_ = size;  // not before: whoever tries again must not pass it over
}

void DeclaredSchemas::declare(std::uint64_t seq) {
  const LedgerView view = LedgerView::open(ledger_);
  auto declaration =
      std::make_shared<const Declaration>(Declaration{std::to_string(seq), read_entry(view, seq)});
  {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(declaration);
  }
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const Declaration> DeclaredSchemas::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void Judge::refresh(const DeclaredSchemas& declared) {
  const std::uint64_t generation = declared.generation();
  if (generation == generation_) return;
  generation_ = generation;
  declared_ = declared.newest();
}

void Judge::judge(ledger::Draft& draft) {
  if (!declared_ || !draft.has_payload) return;
  const std::string_view kind = draft.envelope.text(Field::type);
  if (kind == "unparsed" || kind == "source.record") return;
  const schema::Schema* const schema = declared_->schemas.set().find(kind);
  if (schema == nullptr) return;
  draft.envelope.set_text(Field::schema, declared_->id);
  const std::optional<std::string> misfit = schema::find_misfit(*schema, draft.payload, json_);
  if (!misfit) return;
  draft.envelope.set_text(Field::flags, kFlag);
  draft.envelope.set_text(Field::flags, fmt::format("{}{}", kSchemaReason, *misfit));
}

void Judge::judge_again(Record& record) {
  record.flagged = false;
  const auto again = [&](ledger::Draft& draft) {
    draft.envelope.erase(Field::schema);
    clear_flags(draft.envelope);
    judge(draft);
    record.flagged |= draft.envelope.has(Field::flags);
  };
  again(record.draft);
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    again(record.parts->record.parts[i].draft);
  }
}

std::string_view schema_reason(const Record& record) {
  std::string_view reason = reason_in(record.draft.envelope);
  for (std::size_t i = 0; reason.empty() && record.has_parts() && i < record.parts->record.count;
       ++i) {
    reason = reason_in(record.parts->record.parts[i].draft.envelope);
  }
  return reason;
}

}  // namespace ingest

SchemaEntry declare_schemas(const std::filesystem::path& ledger, const SchemaSet& schemas,
                            const OpenOptions& options) {
  const std::string payload = ingest::payload_of(schemas);
  SchemaEntry made{0, true, {}};
  const auto decide = [&](const LedgerView& view) -> std::vector<ledger::Declaration> {
    if (const auto newest = ledger::newest_of_type(view, ingest::kSchemaType)) {
      const std::optional<Entry> entry = view.entry(*newest);
      if (entry && entry->payload == payload) {
        made = {*newest, false, {}};
        return {};
      }
      if (entry) made.dropped = ingest::dropped_since(*entry, schemas);
    }
    return {{std::string(ingest::kSchemaType), payload}};
  };
  const std::uint64_t seq = ledger::declare(ledger, options, decide);
  if (made.is_new) made.seq = seq;
  return made;
}

}  // namespace audit
