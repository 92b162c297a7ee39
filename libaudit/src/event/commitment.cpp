#include "event/commitment.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "event/domains.hpp"

namespace audit::event {

namespace {

constexpr char kKeptPayload = 1;
constexpr char kKeptSalts = 2;
constexpr char kKeptEnvelope = 4;

void append(std::string& out, const Salt& salt) {
  out.append(reinterpret_cast<const char*>(salt.data()), salt.size());
}

void append(std::string& out, const Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.bytes.data()), Digest::kSize);
}

// s(0), s(1), ... of one entry, drawn two at a time.
class Salts {
 public:
  Salts(crypto::Sha256& sha, const Salt& salt_e) : sha_(sha), salt_e_(salt_e) {}

  Salt at(std::size_t j) {
    if (j / 2 != drawn_) draw(j / 2);
    Salt salt;
    std::copy_n(pair_.bytes.begin() + static_cast<std::ptrdiff_t>(j % 2 * salt.size()), salt.size(),
                salt.begin());
    return salt;
  }

 private:
  void draw(std::size_t i) {
    std::array<char, 18> message{};
    message[0] = kSaltDomain;
    std::copy(salt_e_.begin(), salt_e_.end(), message.begin() + 1);
    message[17] = static_cast<char>(i);
    sha_.update(message.data(), message.size());
    pair_ = sha_.finish();
    drawn_ = i;
  }

  crypto::Sha256& sha_;
  const Salt& salt_e_;
  Digest pair_;
  std::size_t drawn_ = SIZE_MAX;
};

void append_value(std::string& out, const Envelope::Value& value) {
  if (value.kind == ValueKind::integer) {
    base::put_be64(out, static_cast<std::uint64_t>(value.number));
  } else {
    out.append(value.text);
  }
}

// E from the parts: n own fields, each tag and Fj.
class EnvelopeHash {
 public:
  EnvelopeHash(std::string& bytes, const Digest& common) : bytes_(bytes) {
    bytes_.assign(1, kEnvelopeDomain);
    bytes_.append(2, '\0');  // the count, filled in last
    append(bytes_, common);
  }

  void add(std::uint16_t tag, const Digest& field) {
    base::put_be16(bytes_, tag);
    append(bytes_, field);
    ++count_;
  }

  Digest finish(crypto::Sha256& sha) {
    bytes_[1] = static_cast<char>(count_ >> 8);
    bytes_[2] = static_cast<char>(count_ & 0xff);
    sha.update(bytes_.data(), bytes_.size());
    return sha.finish();
  }

 private:
  std::string& bytes_;
  std::uint16_t count_ = 0;
};

Digest field_hash(crypto::Sha256& sha, const Envelope::Value& value, std::uint16_t tag,
                  const Salt& salt) {
  std::array<char, 1 + 16 + 2 + 1> head{};
  head[0] = kFieldDomain;
  std::copy(salt.begin(), salt.end(), head.begin() + 1);
  head[17] = static_cast<char>(tag >> 8);
  head[18] = static_cast<char>(tag & 0xff);
  head[19] = static_cast<char>(value.kind);
  sha.update(head.data(), head.size());
  if (value.kind == ValueKind::integer) {
    std::string number;
    base::put_be64(number, static_cast<std::uint64_t>(value.number));
    sha.update(number.data(), number.size());
  } else {
    sha.update(value.text.data(), value.text.size());
  }
  return sha.finish();
}

}  // namespace

void append_field(std::string& out, std::uint16_t tag, const Envelope::Value& value) {
  base::put_be16(out, tag);
  out.push_back(static_cast<char>(value.kind));
  const std::size_t length = value.kind == ValueKind::integer ? 8 : value.text.size();
  base::put_be32(out, static_cast<std::uint32_t>(length));
  append_value(out, value);
}

Digest Committer::common_group(const Envelope& envelope, const Salt& salt) {
  bytes_.assign(1, kFieldDomain);
  append(bytes_, salt);
  bytes_.append(3, '\0');  // tag 0000, type 00: the group
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    const FieldInfo& field = info(value.field);
    if (!field.own) append_field(bytes_, tag_of(field), value);
  }
  sha_.update(bytes_.data(), bytes_.size());
  return sha_.finish();
}

Digest Committer::envelope(const Envelope& envelope, const Salt& salt_e) {
  Salts salts(sha_, salt_e);
  EnvelopeHash whole(bytes_, common_group(envelope, salts.at(0)));
  std::size_t j = 0;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    const FieldInfo& field = info(value.field);
    if (field.own) whole.add(tag_of(field), field_hash(sha_, value, tag_of(field), salts.at(++j)));
  }
  return whole.finish(sha_);
}

std::optional<Digest> Committer::envelope(const Envelope& envelope, const Kept& kept) {
  if (kept.envelope) return envelope.empty() ? kept.envelope : std::nullopt;
  if (!kept.common) return std::nullopt;
  return this->envelope(envelope, common_group(envelope, *kept.common), kept.own);
}

std::optional<Digest> Committer::envelope(const Envelope& envelope, const Digest& common,
                                          const std::vector<Kept::Own>& all) {
  EnvelopeHash whole(bytes_, common);
  std::size_t present = 0;
  for (const Kept::Own& own : all) {
    if (own.tag == 0 || own.tag > kFieldCount) return std::nullopt;
    const auto field = static_cast<Field>(own.tag);
    if (!info(field).own || envelope.has(field) == own.erased) return std::nullopt;
    if (own.erased) {
      whole.add(own.tag, own.field);
      continue;
    }
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      if (value.field == field) whole.add(own.tag, field_hash(sha_, value, own.tag, own.salt));
    }
    ++present;
  }
  std::size_t stored = 0;
  for (std::size_t i = 0; i < envelope.size(); ++i) stored += info(envelope.at(i).field).own;
  if (stored != present) return std::nullopt;
  return whole.finish(sha_);
}

void Committer::keep(const Envelope& envelope, const Salt& salt_e, const FieldSet& gone,
                     Kept& kept) {
  Salts salts(sha_, salt_e);
  kept.common = salts.at(0);
  std::size_t j = 0;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const FieldInfo& field = info(envelope.at(i).field);
    if (field.own) kept.own.push_back({tag_of(field), false, salts.at(++j), Digest()});
  }
  keep(envelope, gone, kept);
}

void Committer::keep(const Envelope& envelope, const FieldSet& gone, Kept& kept) {
  auto own = kept.own.begin();
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (!info(value.field).own || !gone.has(value.field)) continue;
    const std::uint16_t tag = tag_of(info(value.field));
    own = std::find_if(own, kept.own.end(), [&](const Kept::Own& one) { return one.tag == tag; });
    if (own == kept.own.end()) return;  // not listed: it contradicts itself, and hashes to nothing
    *own = {tag, true, Salt{}, field_hash(sha_, value, tag, own->salt)};
  }
}

Digest Committer::payload(const Salt& salt_p, std::string_view bytes) {
  std::array<char, 18> head{};
  head[0] = kPayloadDomain;
  std::copy(salt_p.begin(), salt_p.end(), head.begin() + 1);
  head[17] = 1;
  sha_.update(head.data(), head.size());
  sha_.update(bytes.data(), bytes.size());
  return sha_.finish();
}

Digest Committer::no_payload(const Salt& salt_p) {
  std::array<char, 18> head{};
  head[0] = kPayloadDomain;
  std::copy(salt_p.begin(), salt_p.end(), head.begin() + 1);
  sha_.update(head.data(), head.size());
  return sha_.finish();
}

Digest Committer::entry(std::uint64_t seq, std::int64_t received, const Digest& previous,
                        const Digest& envelope, const Digest& payload) {
  bytes_.assign(1, kLeafDomain);
  bytes_ += kEntryVersion;
  base::put_be64(bytes_, seq);
  base::put_be64(bytes_, static_cast<std::uint64_t>(received));
  append(bytes_, previous);
  append(bytes_, envelope);
  append(bytes_, payload);
  sha_.update(bytes_.data(), bytes_.size());
  return sha_.finish();
}

std::string encode_kept(const Kept& kept) {
  std::string out(1, '\0');
  if (kept.payload) {
    out[0] = static_cast<char>(out[0] | kKeptPayload);
    append(out, *kept.payload);
  }
  if (kept.common) {
    out[0] = static_cast<char>(out[0] | kKeptSalts);
    append(out, *kept.common);
    base::put_be16(out, static_cast<std::uint16_t>(kept.own.size()));
    for (const Kept::Own& own : kept.own) {
      base::put_be16(out, own.tag);
      out.push_back(own.erased ? '\x01' : '\0');
      if (own.erased) {
        append(out, own.field);
      } else {
        append(out, own.salt);
      }
    }
  }
  if (kept.envelope) {
    out[0] = static_cast<char>(out[0] | kKeptEnvelope);
    append(out, *kept.envelope);
  }
  return out;
}

namespace {

// Takes pieces off the front of `kept`; false where too little is left.
class KeptReader {
 public:
  explicit KeptReader(std::string_view bytes) : rest_(bytes) {}

  template <class Bytes>
  bool take(Bytes& bytes) {
    if (rest_.size() < bytes.size()) return false;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(rest_.data()), bytes.size(), bytes.begin());
    rest_.remove_prefix(bytes.size());
    return true;
  }

  bool take_be16(std::uint16_t& number) {
    std::array<std::uint8_t, 2> two{};
    if (!take(two)) return false;
    number = static_cast<std::uint16_t>(two[0] << 8 | two[1]);
    return true;
  }

  bool take_own(Kept::Own& own) {
    std::array<std::uint8_t, 1> kind{};
    if (!take_be16(own.tag) || !take(kind) || kind[0] > 1) return false;
    own.erased = kind[0] == 1;
    return own.erased ? take(own.field.bytes) : take(own.salt);
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool take_salts(KeptReader& reader, Kept& kept) {
  std::uint16_t count = 0;
  if (!reader.take(kept.common.emplace()) || !reader.take_be16(count)) return false;
  bool any_erased = false;
  for (std::uint16_t previous = 0; count > 0; --count) {
    Kept::Own own{};
    if (!reader.take_own(own) || own.tag <= previous || own.tag > kFieldCount) return false;
    if (!info(static_cast<Field>(own.tag)).own) return false;
    previous = own.tag;
    any_erased = any_erased || own.erased;
    kept.own.push_back(own);
  }
  return any_erased;
}

}  // namespace

std::optional<Kept> decode_kept(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  const char flags = bytes[0];
  const bool salts = (flags & kKeptSalts) != 0;
  const bool whole = (flags & kKeptEnvelope) != 0;
  // A whole entry keeps P and E; anything less keeps the salts where a field is gone.
  if (flags <= 0 || flags > 7 || (salts && whole) || (whole && (flags & kKeptPayload) == 0)) {
    return std::nullopt;
  }
  Kept kept;
  KeptReader reader(bytes.substr(1));
  if ((flags & kKeptPayload) != 0 && !reader.take(kept.payload.emplace().bytes)) {
    return std::nullopt;
  }
  if (salts && !take_salts(reader, kept)) return std::nullopt;
  if (whole && !reader.take(kept.envelope.emplace().bytes)) return std::nullopt;
  if (!reader.at_end()) return std::nullopt;
  return kept;
}

}  // namespace audit::event
