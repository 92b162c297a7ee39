#include "ledger/ids.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/zstd.hpp"
#include "ledger/erasure.hpp"
#include "ledger/row.hpp"

namespace audit::ledger {

namespace {

constexpr std::uint64_t kNoEntry = std::numeric_limits<std::uint64_t>::max();

// Ids held in memory at most; 16 MiB of slots.
constexpr std::size_t kMaxInMemory = 512 * 1024;

// So many entries with one id stand under the id alone, of each run.
constexpr std::size_t kMaxOfOneId = 16;

// A start that scans fewer entries than this takes a few milliseconds.
constexpr std::uint64_t kWorthPersisting = 4096;

constexpr std::size_t kRecordBytes = 8 + 4;  // fingerprint, entry minus the run's first
constexpr std::size_t kRecordsPerPage = kIndexPageBytes / kRecordBytes;

// Runs of about the same size that are merged into one.
constexpr std::size_t kMergeAt = 4;

// The filter: 64-byte blocks, 8 bits set per id, 12 bits of room each.
constexpr std::size_t kFilterBlockBytes = 64;
constexpr std::size_t kFilterBitsPerId = 12;
constexpr int kFilterProbes = 8;

std::size_t filter_blocks(std::uint64_t count) {
  return static_cast<std::size_t>(count * kFilterBitsPerId / (8 * kFilterBlockBytes)) + 1;
}

std::size_t filter_block_of(std::uint64_t fingerprint, std::size_t blocks) {
  return static_cast<std::size_t>(((fingerprint >> 32) * blocks) >> 32);
}

// Calls probe(byte, mask) for each of the bits of `fingerprint`; stops when it returns false.
template <class Probe>
bool each_filter_bit(std::uint64_t fingerprint, std::size_t blocks, Probe&& probe) {
  const std::size_t base = filter_block_of(fingerprint, blocks) * kFilterBlockBytes;
  std::uint64_t bits = fingerprint * 0x9e3779b97f4a7c15U;
  for (int i = 0; i < kFilterProbes; ++i, bits = std::rotl(bits, 9) * 0xd6e8feb86659fd93U) {
    const auto bit = static_cast<unsigned>(bits >> 55);  // 9 bits: one of 512
    if (!probe(base + bit / 8, static_cast<unsigned char>(1U << (bit % 8)))) return false;
  }
  return true;
}

// A keyed fingerprint of two texts, of what they are and of where one ends.
std::uint64_t fingerprint_of(const crypto::SipKey& key, std::string_view what, std::string_view id,
                             std::string_view payload) {
  std::string both(what);
  base::put_be64(both, crypto::siphash(key, id));
  base::put_be64(both, crypto::siphash(key, payload));
  return crypto::siphash(key, both);
}

constexpr std::string_view kIdAndPayload("\0id", 3);
constexpr std::string_view kRest("\0rest", 5);

// The payload of an entry, unpacked; nothing if it was erased.
std::optional<std::string> payload_of(Statement& select, std::uint64_t seq) {
  select.bind(1, static_cast<std::int64_t>(seq));
  std::optional<std::string> payload;
  if (select.step()) {
    const auto stored = static_cast<Stored>(select.integer(0));
    if (stored != Stored::erased) payload.emplace();
    if (stored == Stored::raw) payload = select.blob(1);
    if (stored == Stored::zstd)
      (void)base::unpack_zstd(select.blob(1), kMaxExpandedBytes, *payload);
  }
  select.reset();
  return payload;
}

// The tier of a run of `count` ids: one more for each factor of four.
int tier_of(std::uint64_t count) { return static_cast<int>(std::bit_width(count)) / 2; }

std::optional<Digest> entry_hash(const Database& evidence, std::uint64_t seq) {
  Statement select = evidence.prepare("SELECT hash FROM entry WHERE seq = ?1");
  select.bind(1, static_cast<std::int64_t>(seq));
  if (!select.step()) return std::nullopt;
  return base::digest_from_bytes(select.blob(0));
}

}  // namespace

// Writes sorted records as the pages and the footer of one run.
class SeenIds::RunWriter {
 public:
  RunWriter(IndexFile& file, std::uint64_t first, std::uint64_t last, std::uint64_t count)
      : file_(file), run_{file.next_id(), first, last, count, {}, {}} {
    run_.filter.assign(filter_blocks(count) * kFilterBlockBytes, '\0');
  }

  void add(const Record& record) {
    if (page_.size() + kRecordBytes > kRecordsPerPage * kRecordBytes) flush();
    if (page_.empty()) run_.fences.push_back(record.fingerprint);
    base::put_be64(page_, record.fingerprint);
    base::put_be32(page_, static_cast<std::uint32_t>(record.seq - run_.first));
    each_filter_bit(record.fingerprint, run_.filter.size() / kFilterBlockBytes,
                    [&](std::size_t at, unsigned char mask) {
                      run_.filter[at] =
                          static_cast<char>(static_cast<unsigned char>(run_.filter[at]) | mask);
                      return true;
                    });
  }

  // Footer: count u64, number of fences u64, fences, filter.
  Run finish(const Digest& tail) {
    flush();
    std::string footer;
    base::put_be64(footer, run_.count);
    base::put_be64(footer, run_.fences.size());
    for (const std::uint64_t fence : run_.fences) base::put_be64(footer, fence);
    footer += run_.filter;
    file_.write_object(IndexFile::Kind::run,
                       {run_.id, run_.first, run_.last, tail, std::move(footer)});
    return std::move(run_);
  }

 private:
  void flush() {
    if (page_.empty()) return;
    file_.write_page(run_.id, run_.fences.size() - 1, page_);
    page_.clear();
  }

  IndexFile& file_;
  Run run_;
  std::string page_;
};

// Reads the records of one run in order, a page at a time.
class SeenIds::RunStream {
 public:
  RunStream(IndexFile& file, const Run& run) : file_(file), run_(run) { load(); }

  [[nodiscard]] bool at_end() const { return at_ == page_.size(); }

  [[nodiscard]] Record record() const {
    return {base::load_be64(&page_[at_]), run_.first + base::load_be32(&page_[at_ + 8])};
  }

  void advance() {
    at_ += kRecordBytes;
    if (at_ == page_.size()) load();
  }

 private:
  void load() {
    at_ = 0;
    page_.clear();
    if (next_ < run_.fences.size()) file_.read_page(run_.id, next_++, page_);
    page_.resize(page_.size() / kRecordBytes * kRecordBytes);
  }

  IndexFile& file_;
  const Run& run_;
  std::string page_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
};

SeenIds::SeenIds(const std::filesystem::path& index_file, std::string_view ledger_id)
    : ledger_id_(ledger_id),
      file_(IndexFile::open_to_write(index_file, ledger_id)),
      key_(file_.fingerprint_key()) {
  clear_memory();
}

// Takes the runs that follow each other from entry 0 and end in this very history.
void SeenIds::load_runs(const Database& evidence) {
  loaded_ = true;
  for (IndexFile::Object& object : file_.objects(IndexFile::Kind::run)) {
    const std::string_view footer = object.footer;
    const std::uint64_t fences = footer.size() >= 16 ? base::load_be64(&footer[8]) : 0;
    const bool sound = object.first == persisted_ && object.last > object.first &&
                       footer.size() >= 16 && fences <= (footer.size() - 16) / 8 &&
                       entry_hash(evidence, object.last - 1) == object.tail;
    const std::uint64_t count = sound ? base::load_be64(footer.data()) : 0;
    const std::size_t filter_at = 16 + static_cast<std::size_t>(fences) * 8;
    if (!sound || count > fences * kRecordsPerPage ||
        footer.size() - filter_at != filter_blocks(count) * kFilterBlockBytes) {
      return forget_runs();
    }
    Run run{object.id, object.first, object.last, count, {}, std::string(footer.substr(filter_at))};
    for (std::size_t i = 0; i < fences; ++i)
      run.fences.push_back(base::load_be64(&footer[16 + 8 * i]));
    persisted_ = run.last;
    runs_.push_back(std::move(run));
  }
  covered_ = persisted_;
}

void SeenIds::forget_runs() {
  runs_.clear();
  persisted_ = covered_ = 0;
  Transaction transaction(file_.database(), Transaction::Kind::write);
  for (const IndexFile::Object& object : file_.objects(IndexFile::Kind::run)) {
    file_.erase_object(IndexFile::Kind::run, object.id);
  }
  transaction.commit();
}

void SeenIds::catch_up(const Database& evidence, std::uint64_t size) {
  if (!loaded_) load_runs(evidence);
  if (covered_ >= size) return;
  // What was erased as a whole has no id any more: the entry that says so lists what stands for it.
  Statement select = evidence.prepare(fmt::format(
      "SELECT seq, event_id, iif(type = (SELECT id FROM word WHERE text = '{0}') OR type = '{0}', "
      "payload, NULL) FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
      kErasureType));
  select.bind(1, static_cast<std::int64_t>(covered_));
  select.bind(2, static_cast<std::int64_t>(size));
  Statement payload = evidence.prepare("SELECT stored, payload FROM entry WHERE seq = ?1");
  KeyOrder order("entry");
  while (select.step()) {
    order.take(select.integer(0));
    const auto seq = static_cast<std::uint64_t>(select.integer(0));
    covered_ = seq;
    if (!select.is_null(1)) {
      insert_id(
          select.type(1) == SQLITE_BLOB ? unpack_uuid(select.blob(1)) : std::string(select.text(1)),
          seq, [&] { return payload_of(payload, seq); });
    }
    covered_ = seq + 1;
    if (!select.is_null(2)) add_erased(select.blob(2), seq);
    if (used_ >= kMaxInMemory) write_memory_run(evidence);
  }
  covered_ = size;
}

void SeenIds::add(std::string_view id, std::string_view payload, std::uint64_t seq) {
  covered_ = seq + 1;
  if (!id.empty()) insert_id(id, seq, [&] { return std::optional(payload); });
}

void SeenIds::add_rest(std::string_view bytes, std::uint64_t seq) {
  (void)insert_one_of_few({fingerprint_of(key_, kRest, {}, bytes), seq});
}

// What was erased has no payload to stand under, and must be found under its id.
template <class Payload>
void SeenIds::insert_id(std::string_view id, std::uint64_t seq, Payload&& payload) {
  const std::uint64_t fingerprint = crypto::siphash(key_, id);
  if (insert_one_of_few({fingerprint, seq})) return;
  if (const auto bytes = payload()) {
    (void)insert_one_of_few({fingerprint_of(key_, kIdAndPayload, id, *bytes), seq});
  } else {
    insert({fingerprint, seq});
  }
}

void SeenIds::add_erased(std::string_view payload, std::uint64_t seq) {
  for (const std::uint64_t fingerprint : fingerprints_named(json_, payload)) {
    insert({fingerprint, seq});
  }
}

void SeenIds::insert(Record record) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(record.fingerprint) & mask;
  while (slots_[at].seq != kNoEntry) at = (at + 1) & mask;
  slots_[at] = record;
  ++used_;
}

// The same, unless there are enough of this fingerprint.
bool SeenIds::insert_one_of_few(Record record) {
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(record.fingerprint) & mask;
  std::size_t same = 0;
  for (; slots_[at].seq != kNoEntry; at = (at + 1) & mask) {
    if (slots_[at].fingerprint == record.fingerprint) ++same;
  }
  if (same >= kMaxOfOneId) return false;
  slots_[at] = record;
  ++used_;
  return true;
}

void SeenIds::grow() {
  std::vector<Record> old(slots_.size() * 2, Record{0, kNoEntry});
  old.swap(slots_);
  used_ = 0;
  for (const Record& record : old) {
    if (record.seq != kNoEntry) insert(record);
  }
}

void SeenIds::clear_memory() {
  constexpr std::size_t kFirstSlots = 1024;
  slots_.assign(kFirstSlots, Record{0, kNoEntry});
  used_ = 0;
}

void SeenIds::find(const Database& evidence, std::string_view id, std::string_view payload,
                   std::vector<std::uint64_t>& candidates) {
  find_fingerprint(evidence, crypto::siphash(key_, id), candidates);
  if (candidates.size() < kMaxOfOneId) return;
  with_payload_.clear();
  find_fingerprint(evidence, fingerprint_of(key_, kIdAndPayload, id, payload), with_payload_);
  candidates.insert(candidates.end(), with_payload_.begin(), with_payload_.end());
}

void SeenIds::find_rest(const Database& evidence, std::string_view bytes,
                        std::vector<std::uint64_t>& candidates) {
  find_fingerprint(evidence, fingerprint_of(key_, kRest, {}, bytes), candidates);
}

void SeenIds::find_erased(const Database& evidence, std::string_view id,
                          std::vector<std::uint64_t>& candidates) {
  find_fingerprint(evidence, fingerprint_of_erased(ledger_id_, id), candidates);
}

void SeenIds::find_fingerprint(const Database& evidence, std::uint64_t fingerprint,
                               std::vector<std::uint64_t>& candidates) {
  try {
    for (const Run& run : runs_) find_in_run(run, fingerprint, candidates);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    candidates.clear();
    reload(evidence);  // another process merged the runs we knew
    for (const Run& run : runs_) find_in_run(run, fingerprint, candidates);
  }
  const std::size_t in_runs = candidates.size();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = static_cast<std::size_t>(fingerprint) & mask; slots_[at].seq != kNoEntry;
       at = (at + 1) & mask) {
    if (slots_[at].fingerprint == fingerprint) candidates.push_back(slots_[at].seq);
  }
  std::sort(candidates.begin() + static_cast<std::ptrdiff_t>(in_runs), candidates.end());
}

void SeenIds::find_in_run(const Run& run, std::uint64_t fingerprint,
                          std::vector<std::uint64_t>& candidates) {
  const bool maybe = each_filter_bit(
      fingerprint, run.filter.size() / kFilterBlockBytes, [&](std::size_t at, unsigned char mask) {
        return (static_cast<unsigned char>(run.filter[at]) & mask) != 0;
      });
  if (!maybe) return;
  auto fence = std::lower_bound(run.fences.begin(), run.fences.end(), fingerprint);
  if (fence != run.fences.begin()) --fence;
  for (; fence != run.fences.end() && *fence <= fingerprint; ++fence) {
    file_.read_page(run.id, static_cast<std::uint64_t>(fence - run.fences.begin()), page_);
    for (std::size_t at = 0; at + kRecordBytes <= page_.size(); at += kRecordBytes) {
      if (base::load_be64(&page_[at]) == fingerprint) {
        candidates.push_back(run.first + base::load_be32(&page_[at + 8]));
      }
    }
  }
}

void SeenIds::persist(const Database& evidence, bool force) {
  const bool full = used_ >= kMaxInMemory;
  if (full || (force && covered_ - persisted_ >= kWorthPersisting)) write_memory_run(evidence);
}

void SeenIds::write_memory_run(const Database& evidence) {
  std::vector<Record> records;
  records.reserve(used_);
  for (const Record& record : slots_) {
    if (record.seq != kNoEntry) records.push_back(record);
  }
  std::sort(records.begin(), records.end());

  Transaction transaction(file_.database(), Transaction::Kind::write);
  const std::vector<IndexFile::Object> there = file_.objects(IndexFile::Kind::run);
  if ((there.empty() ? 0 : there.back().last) == persisted_) {
    RunWriter writer(file_, persisted_, covered_, records.size());
    for (const Record& record : records) writer.add(record);
    const std::optional<Digest> tail = entry_hash(evidence, covered_ - 1);
    if (!tail) throw Error(ErrorCode::damaged, "an entry is missing from the ledger");
    Run run = writer.finish(*tail);
    transaction.commit();
    runs_.push_back(std::move(run));
    persisted_ = covered_;
    clear_memory();
    while (merge_runs()) {
    }
    return;
  }
  // Another process wrote runs meanwhile: use its runs instead of ours.
  transaction.commit();
  reload(evidence);
}

// Starts over from what the file holds now.
void SeenIds::reload(const Database& evidence) {
  const std::uint64_t size = covered_;
  clear_memory();
  runs_.clear();
  persisted_ = covered_ = 0;
  load_runs(evidence);
  catch_up(evidence, size);
}

// Makes one run of the last few if they are of a size; true if it did.
bool SeenIds::merge_runs() {
  if (runs_.size() < kMergeAt) return false;
  const std::size_t begin = runs_.size() - kMergeAt;
  const int tier = tier_of(runs_.back().count);
  for (std::size_t i = begin; i < runs_.size(); ++i) {
    if (tier_of(runs_[i].count) > tier) return false;
  }
  Transaction transaction(file_.database(), Transaction::Kind::write);
  const std::vector<IndexFile::Object> there = file_.objects(IndexFile::Kind::run);
  if (there.empty() || there.back().last != runs_.back().last) return false;  // another is ahead

  std::vector<std::unique_ptr<RunStream>> streams;
  std::uint64_t count = 0;
  for (std::size_t i = begin; i < runs_.size(); ++i) {
    streams.push_back(std::make_unique<RunStream>(file_, runs_[i]));
    count += runs_[i].count;
  }
  RunWriter writer(file_, runs_[begin].first, runs_.back().last, count);
  for (;;) {
    RunStream* least = nullptr;
    for (const auto& stream : streams) {
      if (!stream->at_end() && (least == nullptr || stream->record() < least->record())) {
        least = stream.get();
      }
    }
    if (least == nullptr) break;
    writer.add(least->record());
    least->advance();
  }
  for (std::size_t i = begin; i < runs_.size(); ++i) {
    file_.erase_object(IndexFile::Kind::run, runs_[i].id);
  }
  Run merged = writer.finish(there.back().tail);
  transaction.commit();
  runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(begin), runs_.end());
  runs_.push_back(std::move(merged));
  return true;
}

}  // namespace audit::ledger
