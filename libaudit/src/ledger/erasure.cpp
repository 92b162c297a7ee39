#include "ledger/erasure.hpp"

#include <utility>

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
    if (key == "authority") said.has_authority = !value.empty();
    if (key == "reason") said.has_reason = !value.empty();
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

}  // namespace

ErasureStatement read_erasure(const base::JsonReader& json) {
  Members members;
  json.walk(members);
  return std::move(members.said);
}

std::vector<std::uint64_t> entries_named(base::JsonReader& json, std::string_view payload) {
  const base::JsonStatus status = json.parse(payload);
  if (status != base::JsonStatus::ok && status != base::JsonStatus::duplicate_key) return {};
  return read_erasure(json).entries;
}

}  // namespace audit::ledger
