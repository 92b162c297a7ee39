#include "redact/protobuf.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "base/protobuf.hpp"
#include "event/otlp_messages.hpp"
#include "event/otlp_wire.hpp"
#include "redact/kinds.hpp"

namespace audit::redact {

namespace {

namespace otlp = event::otlp;

using otlp::Message;

// A number as people write it; empty for one that is none of a card.
std::string digits_of(const base::WireReader& field) {
  if (field.tag() == otlp::any_value::kInt) {
    return std::to_string(static_cast<std::int64_t>(field.number()));
  }
  const double number = std::bit_cast<double>(field.number());
  constexpr double kExact = 9007199254740992.0;  // up to here doubles hold all whole numbers
  const bool is_whole = number == std::floor(number) && std::abs(number) <= kExact;
  return is_whole ? std::to_string(static_cast<std::int64_t>(number)) : fmt::format("{}", number);
}

class ProtobufMasker {
 public:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  ProtobufMasker(Finder& finder, std::string& request, Counts& counts)
      : finder_(finder), request_(request), counts_(counts) {}

  bool mask() {
    message(request_, Message::request, {}, 0);
    return any_;
  }

 private:
  // What can be read is masked string by string; if it ends in the middle, all of it as bytes.
  void message(std::string_view bytes, Message is, Finder::Place place, int depth) {
    constexpr int kDeepest = otlp::kMaxValueDepth * 4;
    if (is == Message::part) is = otlp::message_of(bytes);
    if (is == Message::unknown || depth > kDeepest) return text(bytes, {});
    if (is == Message::key_value) {
      if (may_name_secret(place.name)) place.within = place.name;
      place.name = key_of(bytes);
    }
    base::WireReader reader(bytes);
    std::size_t begin = 0;
    while (reader.next()) {
      field(reader, bytes.substr(begin, reader.behind() - begin), is, place, depth);
      begin = reader.behind();
    }
    if (reader.failed()) text(bytes, {});
  }

  //   whole   the field, with its tag
  void field(const base::WireReader& reader, std::string_view whole, Message is,
             const Finder::Place& place, int depth) {
    if ((reader.tag() & 7) == static_cast<std::uint32_t>(base::WireType::bytes)) {
      const Message member = otlp::member_of(is, reader.tag());
      if (member == Message::id) return;
      if (member > Message::text) return message(reader.bytes(), member, place, depth + 1);
      const bool is_value = member == Message::text && is == Message::any_value;
      return text(reader.bytes(), is_value ? place : Finder::Place());
    }
    const bool is_number = is == Message::any_value && (reader.tag() == otlp::any_value::kInt ||
                                                        reader.tag() == otlp::any_value::kDouble);
    if (is_number) number(reader, whole, place.name);
  }

  static std::string_view key_of(std::string_view key_value) {
    base::WireReader reader(key_value);
    while (reader.next()) {
      if (reader.tag() == otlp::key_value::kKey) return reader.bytes();
    }
    return {};
  }

  void text(std::string_view bytes, const Finder::Place& place) {
    const Patterns which = candidates(bytes, place.name);
    if (which == 0) return;
    finder_.find(bytes, Writing::plain, place, which, found_);
    for (const Found& one : found_) put(bytes.data() + one.begin, one.end - one.begin, one.pattern);
  }

  // A tag and a number of n bytes become the tag of a string, its length n - 1, and its bytes.
  void number(const base::WireReader& reader, std::string_view whole, std::string_view key) {
    const std::string digits = digits_of(reader);
    const Patterns which = candidates(digits, key);
    if (which == 0) return;
    finder_.find(digits, Writing::plain, {key, {}, false}, which, found_);
    if (found_.empty()) return;
    const std::size_t size = whole.size() - 2;
    const auto at = static_cast<std::size_t>(whole.data() - request_.data());
    request_[at] = static_cast<char>(otlp::any_value::kString);
    request_[at + 1] = static_cast<char>(size);
    put(whole.data() + 2, size, found_[0].pattern);
  }

  // A secret is known by its name beside the value, which stand apart here.
  Patterns candidates(std::string_view bytes, std::string_view name) {
    return finder_.candidates(bytes) | (name.empty() ? 0 : finder_.masker().by_name());
  }

  void put(const char* place, std::size_t size, std::uint32_t pattern) {
    const std::string& name = finder_.masker().name(pattern);
    std::string marker = "[redacted:" + name + "]";
    marker.resize(size, '*');
    std::copy(marker.begin(), marker.end(), request_.begin() + (place - request_.data()));
    ++counts_[name];
    any_ = true;
  }

  Finder& finder_;
  std::string& request_;
  Counts& counts_;
  std::vector<Found> found_;
  bool any_ = false;
};

}  // namespace

bool mask_protobuf(Finder& finder, std::string& request,
                   std::map<std::string, std::uint64_t, std::less<>>& counts) {
  return ProtobufMasker(finder, request, counts).mask();
}

}  // namespace audit::redact
