#include "match/lexer.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "match/mistake.hpp"

namespace audit::match {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool is_special(char c) {
  return is_space(c) || std::string_view(":,()\"*\\-<>").find(c) != std::string_view::npos;
}

// Walks over one question. The rules of quoting are those of the query language, or none at all
// where a value is taken literally.
class Lexer {
 public:
  Lexer(std::string_view text, bool literal) : text_(text), literal_(literal) {}

  Parsed<std::vector<Token>> tokens() {
    std::vector<Token> tokens;
    for (;;) {
      while (!done() && is_space(peek())) ++at_;
      Parsed<Token> token = next();
      if (!token) return tl::make_unexpected(std::move(token.error()));
      tokens.push_back(std::move(*token));
      if (tokens.back().kind == Token::Kind::end) return tokens;
    }
  }

  // The alternatives from here on, which is right behind a field's colon.
  Parsed<std::vector<ValueToken>> values(Span field) {
    std::vector<ValueToken> values;
    for (;;) {
      Parsed<ValueToken> value = next_value(field, values.empty());
      if (!value) return tl::make_unexpected(std::move(value.error()));
      values.push_back(std::move(*value));
      if (done() || peek() != ',') break;
      ++at_;
    }
    if (!at_end_of_term()) {
      return refuse({at_, 1}, "unexpected text after a quoted value",
                    "put a space behind the closing quotation mark");
    }
    return values;
  }

 private:
  [[nodiscard]] bool done() const { return at_ == text_.size(); }

  [[nodiscard]] char peek() const { return text_[at_]; }

  [[nodiscard]] bool at_end_of_term() const {
    return done() || (!literal_ && (is_space(peek()) || peek() == '(' || peek() == ')'));
  }

  Token take(Token::Kind kind, std::size_t length) {
    Token token;
    token.kind = kind;
    token.span = {at_, length};
    at_ += length;
    return token;
  }

  Parsed<Token> next() {
    if (done()) return take(Token::Kind::end, 0);
    if (peek() == '(') return take(Token::Kind::open, 1);
    if (peek() == ')') return take(Token::Kind::close, 1);
    if (peek() == '"') return phrase();
    if (peek() == '-' && at_ + 1 < text_.size() && !is_space(text_[at_ + 1]) &&
        text_[at_ + 1] != ')') {
      return take(Token::Kind::op_not, 1);
    }
    if (std::optional<Token> field = field_name()) return with_values(std::move(*field));
    return word();
  }

  // Reads a quoted text; at_ is at its opening quotation mark.
  Parsed<std::string> quoted() {
    const std::size_t start = at_++;
    std::string text;
    while (!done() && peek() != '"') {
      if (peek() == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) {
        ++at_;
      }
      text += text_[at_++];
    }
    if (done()) {
      return refuse({start, at_ - start}, "a quotation mark is never closed",
                    "close it, or write \\\" where the mark itself is meant");
    }
    ++at_;
    return text;
  }

  bool take_star() {
    if (done() || peek() != '*') return false;
    ++at_;
    return true;
  }

  Parsed<Token> phrase() {
    const std::size_t start = at_;
    Parsed<std::string> text = quoted();
    if (!text) return tl::make_unexpected(std::move(text.error()));
    Token token;
    token.kind = Token::Kind::phrase;
    token.text = std::move(*text);
    token.star = take_star();
    token.span = {start, at_ - start};
    return token;
  }

  // The name of a field and its colon, if that is what stands here. "payload.any thing" may hold
  // quoted parts; other names are plain.
  std::optional<Token> field_name() {
    constexpr std::string_view kPayload = "payload.";
    if (text_.substr(at_).starts_with(kPayload)) return payload_path();
    std::size_t end = at_;
    while (end < text_.size() && is_name_character(text_[end])) ++end;
    if (end == text_.size() || text_[end] != ':' || end == at_ ||
        !(is_letter(text_[at_]) || text_[at_] == '_')) {
      return std::nullopt;
    }
    Token token;
    token.text = text_.substr(at_, end - at_);
    token.kind = Token::Kind::field;
    token.span = {at_, end + 1 - at_};
    at_ = end + 1;
    return token;
  }

  std::optional<Token> payload_path() {
    const std::size_t start = at_;
    std::string name;
    while (!done() && peek() != ':' && !at_end_of_term()) {
      if (peek() == '"') {
        Parsed<std::string> part = quoted();
        if (!part) break;
        name += *part;
      } else {
        take_plain(name);
      }
    }
    if (done() || peek() != ':') {  // words that happen to begin so
      at_ = start;
      return std::nullopt;
    }
    ++at_;
    Token token;
    token.kind = Token::Kind::field;
    token.text = std::move(name);
    token.span = {start, at_ - start};
    return token;
  }

  Parsed<Token> with_values(Token field) {
    Parsed<std::vector<ValueToken>> found = values(field.span);
    if (!found) return tl::make_unexpected(std::move(found.error()));
    field.values = std::move(*found);
    return field;
  }

  // Appends one character, its escape resolved. True if it was escaped.
  bool take_plain(std::string& out) {
    const bool escaped =
        !literal_ && peek() == '\\' && at_ + 1 < text_.size() && is_special(text_[at_ + 1]);
    at_ += escaped ? 1 : 0;
    out += text_[at_++];
    return escaped;
  }

  Comparison take_comparison() {
    if (done() || (peek() != '<' && peek() != '>')) return Comparison::none;
    const bool less = text_[at_++] == '<';
    const bool equal = !done() && peek() == '=';
    at_ += equal ? 1 : 0;
    if (less) return equal ? Comparison::less_equal : Comparison::less;
    return equal ? Comparison::greater_equal : Comparison::greater;
  }

  Parsed<ValueToken> next_value(Span field, bool first) {
    ValueToken value;
    const std::size_t start = at_;
    value.comparison = take_comparison();
    value.quoted = !literal_ && !done() && peek() == '"';
    if (value.quoted) {
      Parsed<std::string> text = quoted();
      if (!text) return tl::make_unexpected(std::move(text.error()));
      value.text = std::move(*text);
      value.star = take_star();
    } else {
      while (!at_end_of_term() && peek() != ',' && (literal_ || peek() != '"')) {
        const char c = peek();
        value.star = !take_plain(value.text) && c == '*';
        if (value.star && !literal_ && !at_end_of_term() && peek() != ',') return refuse_star();
      }
      if (value.star) value.text.pop_back();
    }
    value.span = {start, at_ - start};
    if (!value.text.empty() || value.star) return value;
    return refuse_empty(field, value, first);
  }

  Parsed<ValueToken> refuse_empty(Span field, const ValueToken& value, bool first) const {
    if (value.quoted) {
      return refuse(value.span, "an empty value",
                    "no field holds an empty text; -has:field finds entries without it");
    }
    if (first && value.comparison == Comparison::none && (done() || peek() != ',')) {
      std::string name(text_.substr(field.offset, field.length));
      if (literal_) name = "the filter";
      return refuse(field, "no value after " + shown(name),
                    "write the value right behind the colon, several as a,b; in a shell quote "
                    "what has > or <: 'duration_us:>1000'");
    }
    Span place = value.span;
    if (place.length == 0) place = {place.offset - (first ? 0 : 1), 1};  // a comma beside it
    return refuse(place, "a value is missing", "write alternatives as a,b; a comma itself as \\,");
  }

  Parsed<Token> word() {
    Token token;
    token.kind = Token::Kind::word;
    const std::size_t start = at_;
    while (!at_end_of_term() && peek() != '"') {
      const char c = peek();
      token.star = !take_plain(token.text) && c == '*';
      if (token.star && !at_end_of_term()) return refuse_star();
    }
    token.span = {start, at_ - start};
    if (token.star) token.text.pop_back();
    const std::string_view written = text_.substr(start, at_ - start);
    if (written == "AND") token.kind = Token::Kind::op_and;
    if (written == "OR") token.kind = Token::Kind::op_or;
    if (written == "NOT") token.kind = Token::Kind::op_not;
    return token;
  }

  // For a star just taken that something follows.
  [[nodiscard]] tl::unexpected<ParseError> refuse_star() const {
    return refuse({at_ - 1, 1}, "'*' can only stand at the end of a word or value",
                  "write \\* where the character itself is meant");
  }

  std::string_view text_;
  bool literal_;
  std::size_t at_ = 0;
};

}  // namespace

Parsed<std::vector<Token>> tokenize(std::string_view text) {
  if (text.size() > kMaxQueryBytes) {
    return refuse({kMaxQueryBytes, text.size() - kMaxQueryBytes},
                  "the query has " + std::to_string(text.size()) + " bytes, at most " +
                      std::to_string(kMaxQueryBytes) + " are read",
                  "ask in several queries");
  }
  return Lexer(text, false).tokens();
}

Parsed<std::vector<ValueToken>> tokenize_values(std::string_view value) {
  return Lexer(value, true).values({0, value.size()});
}

}  // namespace audit::match
