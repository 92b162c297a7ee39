#include "event/otlp_text.hpp"

#include <algorithm>
#include <cstdint>

#include "event/otlp_messages.hpp"
#include "event/otlp_wire.hpp"
#include "event/text.hpp"

namespace audit::event {

namespace {

using otlp::kMaxValueDepth;
using otlp::member_of;
using otlp::Message;
using otlp::message_of;

// Deeper than the messages of a request and the values in an attribute may be together.
constexpr int kMaxDepth = 2 * kMaxValueDepth + 16;

class TextWalk {
 public:
  explicit TextWalk(std::string& out) : out_(out) {}

  // All of a message; false if it is none.
  bool walk(Message message, std::string_view bytes, int depth = 0) {
    if (depth > kMaxDepth) return false;
    base::WireReader reader(bytes);
    while (reader.next()) {
      if (!take(member_of(message, reader.tag()), reader.bytes(), depth)) return false;
    }
    return !reader.failed();
  }

  // A request from which the parts were taken: their lengths are still in it, and in those of the
  // messages around them.
  bool walk_carrier(std::string_view bytes) {
    rest_ = bytes;
    std::uint64_t left = UINT64_MAX;
    return walk_carrier(Message::request, left) && rest_.empty();
  }

 private:
  bool take(Message is, std::string_view bytes, int depth) {
    switch (is) {
      case Message::unknown:
      case Message::number:
      case Message::bytes:
      case Message::id:
        return true;
      case Message::mistyped:
        return false;
      case Message::text:
        out_.append(bytes).push_back(kTextBreak);
        return true;
      case Message::part:
        return walk(message_of(bytes), bytes, depth + 1);
      default:
        return walk(is, bytes, depth + 1);
    }
  }

  //   left   bytes of the message that are to come, cut ones included
  bool walk_carrier(Message message, std::uint64_t& left) {
    while (left > 0 && !rest_.empty()) {
      // A tag and the length behind it, as a message of their own.
      const std::size_t head = head_bytes();
      if (head == 0 || head > left) return false;
      const std::uint64_t length = length_;
      left -= head;
      rest_.remove_prefix(head);
      const Message is = member_of(message, tag_);
      if (is == Message::unknown || is == Message::mistyped || length > left) return false;
      left -= length;
      if (is == Message::part) continue;
      std::uint64_t inner = length;
      if (is == Message::resources || is == Message::scopes) {
        if (!walk_carrier(is, inner) || inner > 0) return false;
        continue;
      }
      if (length > rest_.size()) return false;
      const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(length));
      rest_.remove_prefix(bytes.size());
      if (!take(is, bytes, 0)) return false;
    }
    return true;
  }

  // Reads the tag of a field with a length, and the length; 0 if there is none.
  std::size_t head_bytes() {
    if (rest_.empty() || (rest_[0] & 7) != 2 || (rest_[0] & 0x80) != 0) return 0;
    tag_ = static_cast<std::uint8_t>(rest_[0]);
    length_ = 0;
    for (std::size_t i = 1; i < rest_.size() && i <= 5; ++i) {
      const auto byte = static_cast<std::uint8_t>(rest_[i]);
      length_ |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * (i - 1));
      if (byte < 0x80) return i + 1;
    }
    return 0;
  }

  std::string& out_;
  std::string_view rest_;
  std::uint32_t tag_ = 0;
  std::uint64_t length_ = 0;
};

// Every attribute, every nested message that has words begins with a line feed (tag 1), and the
// lengths and tags of some are no characters: no line of a log is taken for a span.
bool may_be_otlp(std::string_view payload) {
  return payload.find('\n') != std::string_view::npos &&
         std::any_of(payload.begin(), payload.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
         });
}

}  // namespace

bool append_otlp_text(std::string_view payload, std::string& out) {
  if (!may_be_otlp(payload)) return false;
  const std::size_t before = out.size();
  const auto attempt = [&](auto&& walk) {
    if (walk(TextWalk(out))) return true;
    out.resize(before);
    return false;
  };
  const Message part = message_of(payload);
  if ((part == Message::span || part == Message::log) &&
      attempt([&](TextWalk walk) { return walk.walk(part, payload); })) {
    return true;
  }
  if (!payload.starts_with('\n')) return false;
  return attempt([&](TextWalk walk) { return walk.walk(Message::request, payload); }) ||
         attempt([&](TextWalk walk) { return walk.walk_carrier(payload); });
}

}  // namespace audit::event
