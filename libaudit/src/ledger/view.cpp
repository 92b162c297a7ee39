#include <audit/ledger.hpp>

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "ledger/evidence.hpp"
#include "ledger/row.hpp"

namespace audit {

struct LedgerView::Impl {
  std::filesystem::path file;
  Disclosure disclosure = Disclosure::all;
  ledger::EvidenceSnapshot snapshot;
  ledger::Identity identity;
  std::optional<ledger::WordReader> words;  // of all cursors
};

struct EntryCursor::Impl {
  std::shared_ptr<LedgerView::Impl> view;  // keeps the snapshot open
  ledger::RowReader reader;
  ledger::Statement statement;
  ledger::Row row;
  ledger::KeyOrder::Direction direction;
  ledger::KeyOrder order;
  SequenceRange range;

  Impl(std::shared_ptr<LedgerView::Impl> of, Order in, const FieldSet& wanted, bool with_payload)
      : view(std::move(of)),
        reader(words_of(*view), wanted,
               with_payload ? ledger::RowReader::Parts::with_payload
                            : ledger::RowReader::Parts::envelope),
        direction(in == Order::newest_first ? ledger::KeyOrder::Direction::down
                                            : ledger::KeyOrder::Direction::up),
        order("entry", direction) {}

  static ledger::WordReader& words_of(LedgerView::Impl& view) {
    if (!view.words) view.words.emplace(view.snapshot.database);
    return *view.words;
  }

  void begin(SequenceRange of) {
    range = {std::min(of.first, view->snapshot.size), std::min(of.last, view->snapshot.size)};
    order = ledger::KeyOrder("entry", direction);
    statement.reset();
    statement.bind(1, static_cast<std::int64_t>(range.first));
    statement.bind(2, static_cast<std::int64_t>(range.last));
  }

  // A damaged table may lead to rows that were not asked for.
  void check_place() {
    const std::int64_t seq = statement.integer(0);
    order.take(seq);
    const auto place = static_cast<std::uint64_t>(seq);
    if (place >= range.first && place < range.last) return;
    throw Error(ErrorCode::damaged,
                fmt::format("the table entry gives row {}, which was not asked for", seq),
                "run 'audit verify' on the ledger");
  }
};

namespace {

// Of these fields, those that may be handed out.
FieldSet disclosed(const FieldSet& wanted, Disclosure disclosure) {
  if (disclosure == Disclosure::all) return wanted;
  FieldSet shown;
  for (const FieldInfo& field : fields()) {
    if (!field.from_content && wanted.has(field.field)) shown.add(field.field);
  }
  return shown;
}

}  // namespace

LedgerView LedgerView::open(const std::filesystem::path& file, Disclosure disclosure) {
  auto impl = std::make_shared<Impl>();
  impl->file = file;
  impl->disclosure = disclosure;
  impl->snapshot = ledger::open_snapshot(file);
  if (!impl->snapshot.schema_problems.empty()) {
    throw Error(ErrorCode::damaged,
                fmt::format("{} does not have the schema of a ledger: {}", file.string(),
                            impl->snapshot.schema_problems.front()),
                "run 'audit verify' on it");
  }
  if (impl->snapshot.size == 0) {
    throw Error(ErrorCode::damaged, fmt::format("{} has no entries", file.string()),
                "a ledger has at least its entry 0; restore it from a copy");
  }
  // So that a row with a forged number cannot make readers count to it.
  const Parsed<Checkpoint> head = parse_checkpoint(impl->snapshot.head_note);
  if (!head || head->size != impl->snapshot.size) {
    throw Error(ErrorCode::damaged,
                fmt::format("{} does not have the entries its head was signed for", file.string()),
                "run 'audit verify' on it");
  }
  impl->identity = ledger::read_identity(impl->snapshot.database);
  return LedgerView(std::move(impl));
}

std::shared_ptr<const ledger::EvidenceSnapshot> ledger::snapshot_of(const LedgerView& view) {
  return {view.impl_, &view.impl_->snapshot};
}

LedgerView::LedgerView(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

LedgerView::LedgerView(LedgerView&&) noexcept = default;
LedgerView& LedgerView::operator=(LedgerView&&) noexcept = default;
LedgerView::~LedgerView() = default;

const std::filesystem::path& LedgerView::file() const noexcept { return impl_->file; }

std::uint64_t LedgerView::size() const noexcept { return impl_->snapshot.size; }

const std::string& LedgerView::origin() const noexcept { return impl_->identity.origin; }

const std::string& LedgerView::ledger_id() const noexcept { return impl_->identity.ledger_id; }

const std::string& LedgerView::first_verify_key() const noexcept {
  return impl_->identity.verify_key;
}

const std::string& LedgerView::head_note() const noexcept { return impl_->snapshot.head_note; }

Disclosure LedgerView::disclosure() const noexcept { return impl_->disclosure; }

std::optional<Entry> LedgerView::entry(std::uint64_t seq) const {
  if (seq >= size()) return std::nullopt;
  EntryCursor cursor = entries({seq, seq + 1});
  if (!cursor.next()) return std::nullopt;
  return cursor.entry();
}

std::optional<Digest> LedgerView::hash(std::uint64_t seq) const {
  EntryCursor cursor = entries({seq, seq + 1}, Order::oldest_first, FieldSet(), false);
  if (!cursor.next()) return std::nullopt;
  return cursor.entry().hash;
}

EntryCursor LedgerView::entries(SequenceRange range, Order order, const FieldSet& wanted,
                                bool with_payload) const {
  auto impl =
      std::make_unique<EntryCursor::Impl>(impl_, order, disclosed(wanted, impl_->disclosure),
                                          with_payload && impl_->disclosure == Disclosure::all);
  impl->statement = impl_->snapshot.database.prepare(
      fmt::format("SELECT {} FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq {}",
                  impl->reader.column_list(), order == Order::newest_first ? "DESC" : "ASC"));
  impl->begin(range);
  return EntryCursor(std::move(impl));
}

EntryCursor::EntryCursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

EntryCursor::EntryCursor(EntryCursor&&) noexcept = default;
EntryCursor& EntryCursor::operator=(EntryCursor&&) noexcept = default;
EntryCursor::~EntryCursor() = default;

bool EntryCursor::next() {
  if (!impl_->statement.step()) return false;
  impl_->check_place();
  impl_->reader.read(impl_->statement, impl_->row);
  if (!impl_->row.problem.empty()) {
    throw Error(
        ErrorCode::damaged,
        fmt::format("entry {} cannot be read: {}", impl_->row.entry.seq, impl_->row.problem),
        "run 'audit verify' on the ledger");
  }
  Entry& entry = impl_->row.entry;
  if (impl_->view->disclosure == Disclosure::envelopes &&
      entry.payload_state == Entry::Payload::present) {
    entry.payload_state = Entry::Payload::withheld;
  }
  return true;
}

bool EntryCursor::seek(std::uint64_t seq) {
  impl_->begin({seq, seq + 1});
  return next();
}

void EntryCursor::restart(SequenceRange range) { impl_->begin(range); }

const Entry& EntryCursor::entry() const { return impl_->row.entry; }

std::filesystem::path default_key_file(const std::filesystem::path& ledger) {
  return base::real_file(ledger).string() + ".key";
}

std::filesystem::path verify_key_file(const std::filesystem::path& ledger) {
  return base::real_file(ledger).string() + ".pub";
}

std::filesystem::path index_file(const std::filesystem::path& ledger) {
  return base::real_file(ledger).string() + ".index";
}

}  // namespace audit
