#include "event/commitment_batch.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "event/domains.hpp"

namespace audit::event {

namespace {

// Where a salt stands in the message of a field: behind the domain byte.
constexpr std::size_t kSaltAt = 1;
constexpr std::size_t kSaltBytes = sizeof(Salt);

// Domain, salt, tag, type.
constexpr std::size_t kFieldHead = 1 + kSaltBytes + 2 + 1;

constexpr std::size_t kEntryBytes = 1 + kEntryVersion.size() + 8 + 8 + 3 * Digest::kSize;

constexpr std::size_t kFullEntries = 64;
constexpr std::size_t kFullBytes = 128 * 1024;

// A longer payload is hashed where it lies.
constexpr std::size_t kCopiedPayload = 8 * 1024;

// Writes the pieces of a message one behind the other.
class Pieces {
 public:
  explicit Pieces(char* to) : to_(to) {}

  Pieces& put(char byte) {
    *to_++ = byte;
    return *this;
  }

  Pieces& put16(std::size_t number) {
    base::store_be16(to_, static_cast<std::uint16_t>(number));
    to_ += 2;
    return *this;
  }

  Pieces& put64(std::uint64_t number) {
    base::store_be64(to_, number);
    to_ += 8;
    return *this;
  }

  template <class Bytes>
  Pieces& put(const Bytes& bytes) {
    if (!bytes.empty()) std::memcpy(to_, bytes.data(), bytes.size());
    to_ += bytes.size();
    return *this;
  }

 private:
  char* to_;
};

// Stands where a salt will be that only the first round brings forth.
constexpr Salt kLater{};

}  // namespace

void CommitmentBatch::clear() noexcept {
  items_.clear();
  tags_.clear();
  salts_.clear();
  fields_.clear();
}

bool CommitmentBatch::is_full() const noexcept {
  return items_.size() >= kFullEntries || fields_.bytes() >= kFullBytes;
}

void CommitmentBatch::add(const Place& place, const Digest& envelope, const Digest& payload) {
  items_.push_back({place.seq, place.received, place.previous, kKnown, 0, kKnown, 0, 0});
  results_.resize(std::max(results_.size(), items_.size()));
  results_[items_.size() - 1] = {envelope, payload, {}};
}

void CommitmentBatch::add(const Place& place, const Whole& entry) {
  items_.push_back({place.seq, place.received, place.previous, salts_.count(), fields_.count(),
                    kKnown, tags_.size(), entry.own.size()});
  results_.resize(std::max(results_.size(), items_.size()));

  // s(0) for the common group, s(1), ... for the own fields, two to a message.
  for (std::size_t pair = 0; pair <= entry.own.size() / 2; ++pair) {
    Pieces message(salts_.room(1 + kSaltBytes + 1));
    message.put(kSaltDomain).put(entry.salt_e).put(static_cast<char>(pair));
  }
  // The common group has tag 0000 and type 00.
  Pieces common(fields_.room(kFieldHead + entry.common.size()));
  common.put(kFieldDomain).put(kLater).put16(0).put('\0').put(entry.common);
  for (const Envelope::Value& value : entry.own) add_own(value);

  Result& result = results_[items_.size() - 1];
  if (entry.payload.size() > kCopiedPayload) {
    result.payload = committer_.payload(entry.salt_p, entry.payload);
    return;
  }
  items_.back().payload = fields_.count();
  Pieces payload(fields_.room(1 + kSaltBytes + 1 + entry.payload.size()));
  payload.put(kPayloadDomain).put(entry.salt_p);
  payload.put(static_cast<char>(entry.has_payload ? 1 : 0)).put(entry.payload);
}

void CommitmentBatch::add_own(const Envelope::Value& value) {
  const std::uint16_t tag = tag_of(info(value.field));
  tags_.push_back(tag);
  const bool is_number = value.kind == ValueKind::integer;
  Pieces message(fields_.room(kFieldHead + (is_number ? sizeof value.number : value.text.size())));
  message.put(kFieldDomain).put(kLater).put16(tag).put(static_cast<char>(value.kind));
  if (is_number) {
    message.put64(static_cast<std::uint64_t>(value.number));
  } else {
    message.put(value.text);
  }
}

void CommitmentBatch::run() {
  salts_.run();
  fill_in_salts();
  fields_.run();
  make_envelopes();
  make_entries();
}

void CommitmentBatch::fill_in_salts() {
  for (const Item& item : items_) {
    if (item.first_salt == kKnown) continue;
    for (std::size_t j = 0; j <= item.own; ++j) {
      const Digest& pair = salts_.digest(item.first_salt + j / 2);
      std::copy_n(&pair.bytes[j % 2 * kSaltBytes], kSaltBytes,
                  fields_.bytes_of(item.first_field + j) + kSaltAt);
    }
  }
}

void CommitmentBatch::make_envelopes() {
  last_.clear();
  for (const Item& item : items_) {
    if (item.first_salt == kKnown) continue;
    Pieces message(last_.room(1 + 2 + Digest::kSize + item.own * (2 + Digest::kSize)));
    message.put(kEnvelopeDomain).put16(item.own).put(fields_.digest(item.first_field).bytes);
    for (std::size_t j = 0; j < item.own; ++j) {
      const Digest& field = fields_.digest(item.first_field + 1 + j);
      message.put16(tags_[item.first_tag + j]).put(field.bytes);
    }
  }
  last_.run();
  std::size_t message = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].first_salt == kKnown) continue;
    results_[i].envelope = last_.digest(message++);
    if (items_[i].payload != kKnown) results_[i].payload = fields_.digest(items_[i].payload);
  }
}

void CommitmentBatch::make_entries() {
  last_.clear();
  for (std::size_t i = 0; i < items_.size(); ++i) {
    Pieces message(last_.room(kEntryBytes));
    message.put(kLeafDomain).put(kEntryVersion).put64(items_[i].seq);
    message.put64(static_cast<std::uint64_t>(items_[i].received)).put(items_[i].previous.bytes);
    message.put(results_[i].envelope.bytes).put(results_[i].payload.bytes);
  }
  last_.run();
  for (std::size_t i = 0; i < items_.size(); ++i) results_[i].entry = last_.digest(i);
}

}  // namespace audit::event
