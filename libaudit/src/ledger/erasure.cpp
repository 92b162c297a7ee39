#include "ledger/erasure.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "crypto/siphash.hpp"

namespace audit::ledger {

namespace {

class Members final : public base::JsonVisitor {
 public:
  void begin_object(std::string_view /*key*/) override {
    said.has_bad_entries |= in_entries_;
    ++depth_;
  }

  void end_object() override { --depth_; }

  void begin_array(std::string_view key) override {
    said.has_bad_entries |= in_entries_;
    in_entries_ = in_entries_ || (depth_ == 1 && key == "entries");
    ++depth_;
  }

  void end_array() override {
    --depth_;
    if (depth_ == 1) in_entries_ = false;
  }

  void string(std::string_view key, std::string_view value) override {
    said.has_bad_entries |= in_entries_;
    if (depth_ != 1) return;
    if (key == "what") said.what = value;
    if (key == "authority") said.authority = value;
    if (key == "reason") said.reason = value;
  }

  void number(std::string_view /*key*/, const base::JsonNumber& value) override {
    if (!in_entries_) return;
    auto& entries = said.entries;
    const auto seq = static_cast<std::uint64_t>(value.i);
    if (value.kind != base::JsonNumber::Kind::signed_integer || value.i < 0 ||
        (!entries.empty() && seq <= entries.back()) || entries.size() >= kMaxErasedAtOnce) {
      said.has_bad_entries = true;
    } else {
      entries.push_back(seq);
    }
  }

  void boolean(std::string_view /*key*/, bool /*value*/) override {
    said.has_bad_entries |= in_entries_;
  }

  void null(std::string_view /*key*/) override { said.has_bad_entries |= in_entries_; }

  ErasureStatement said;

 private:
  int depth_ = 0;
  bool in_entries_ = false;
};

class Fingerprints final : public base::JsonVisitor {
 public:
  void begin_object(std::string_view /*key*/) override { ++depth_; }

  void end_object() override { --depth_; }

  void begin_array(std::string_view key) override {
    in_ids_ = depth_ == 1 && key == kIds;
    ++depth_;
  }

  void end_array() override {
    --depth_;
    in_ids_ = false;
  }

  void string(std::string_view /*key*/, std::string_view value) override {
    if (!in_ids_ || found.size() >= kMaxErasedAtOnce) return;
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), number, 16);
    if (error == std::errc() && end == value.data() + value.size()) found.push_back(number);
  }

  static constexpr std::string_view kIds = "ids";
  std::vector<std::uint64_t> found;

 private:
  int depth_ = 0;
  bool in_ids_ = false;
};

bool can_read(base::JsonReader& json, std::string_view payload) {
  const base::JsonStatus status = json.parse(payload);
  return status == base::JsonStatus::ok || status == base::JsonStatus::duplicate_key;
}

}  // namespace

ErasureStatement read_erasure(const base::JsonReader& json) {
  Members members;
  json.walk(members);
  return std::move(members.said);
}

std::vector<std::uint64_t> entries_named(base::JsonReader& json, std::string_view payload) {
  if (!can_read(json, payload)) return {};
  return read_erasure(json).entries;
}

std::string erasure_payload(std::span<const std::uint64_t> entries, std::string_view what,
                            std::string_view authority, std::string_view reason,
                            std::span<const std::uint64_t> fingerprints) {
  std::string json = "{\"entries\":[";
  for (const std::uint64_t seq : entries) {
    if (json.back() != '[') json += ',';
    json += fmt::format("{}", seq);
  }
  json += "],\"what\":";
  base::append_json_string(json, what);
  json += ",\"authority\":";
  base::append_json_string(json, authority);
  json += ",\"reason\":";
  base::append_json_string(json, reason);
  if (fingerprints.empty()) return json + "}";
  json += ",\"ids\":[";
  for (const std::uint64_t fingerprint : fingerprints) {
    if (json.back() != '[') json += ',';
    json += fmt::format("\"{:016x}\"", fingerprint);
  }
  return json + "]}";
}

std::uint64_t fingerprint_of_erased(std::string_view ledger_id, std::string_view id) {
  constexpr std::size_t kHalf = 16;
  crypto::SipKey key;
  const auto read = [&](std::string_view digits, std::uint64_t& number) {
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  };
  read(ledger_id.substr(0, std::min(kHalf, ledger_id.size())), key.k0);
  if (ledger_id.size() > kHalf) read(ledger_id.substr(kHalf, kHalf), key.k1);
  return crypto::siphash(key, id);
}

std::vector<std::uint64_t> fingerprints_named(base::JsonReader& json, std::string_view payload) {
  if (!can_read(json, payload)) return {};
  Fingerprints fingerprints;
  json.walk(fingerprints);
  return std::move(fingerprints.found);
}

}  // namespace audit::ledger
