#include "match/parser.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "match/lexer.hpp"
#include "match/mistake.hpp"
#include "match/terms.hpp"

namespace audit::match {

namespace {

using Kind = Token::Kind;

Span joined(Span first, Span last) {
  return {first.offset, last.offset + last.length - first.offset};
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, Timestamp now)
      : text_(text), tokens_(std::move(tokens)), now_(now) {}

  Parsed<NodePtr> whole() {
    if (token().kind == Kind::end) return NodePtr();
    Parsed<NodePtr> root = any(0);
    if (!root) return root;
    if (token().kind != Kind::end) return refuse_unopened();
    const auto* all = std::get_if<AllOf>(&(*root)->what);
    return all != nullptr && all->parts.empty() ? NodePtr() : std::move(root);
  }

 private:
  [[nodiscard]] const Token& token() const { return tokens_[at_]; }

  [[nodiscard]] std::string spelled(Span span) const {
    return shown(text_.substr(span.offset, span.length));
  }

  [[nodiscard]] bool at_operand() const {
    return token().kind != Kind::end && token().kind != Kind::close && token().kind != Kind::op_or;
  }

  Parsed<NodePtr> any(std::size_t depth) {
    std::vector<NodePtr> parts;
    for (;;) {
      Parsed<NodePtr> part = all(depth);
      if (!part) return part;
      parts.push_back(std::move(*part));
      if (token().kind != Kind::op_or) break;
      ++at_;
    }
    const Span span = joined(parts.front()->span, parts.back()->span);
    return any_of(std::move(parts), span);
  }

  Parsed<NodePtr> all(std::size_t depth) {
    std::vector<NodePtr> parts;
    do {
      if (!parts.empty() && token().kind == Kind::op_and) ++at_;
      Parsed<NodePtr> part = one(depth);
      if (!part) return part;
      parts.push_back(std::move(*part));
    } while (at_operand());
    const Span span = joined(parts.front()->span, parts.back()->span);
    return all_of(std::move(parts), span);
  }

  Parsed<NodePtr> one(std::size_t depth) {
    const Span first = token().span;
    bool negated = false;
    for (; token().kind == Kind::op_not; ++at_) negated = !negated;
    Parsed<NodePtr> part = operand(depth);
    if (!part || !negated) return part;
    const Span span = joined(first, (*part)->span);
    return std::make_shared<Node>(Node{Not{std::move(*part)}, span});
  }

  Parsed<NodePtr> operand(std::size_t depth) {
    switch (token().kind) {
      case Kind::open:
        return group(depth + 1);
      case Kind::word:
      case Kind::phrase:
        return text_test(tokens_[at_++]);
      case Kind::field: {
        const Token& field = tokens_[at_++];
        return field_test(field.text, {field.span.offset, field.span.length - 1}, field.values,
                          now_);
      }
      default:
        return refuse_missing();
    }
  }

  Parsed<NodePtr> group(std::size_t depth) {
    const Span open = token().span;
    if (depth > kMaxNesting) {
      return refuse(open, "parentheses are nested deeper than " + std::to_string(kMaxNesting),
                    "AND and OR need no parentheses among their own kind");
    }
    ++at_;
    if (token().kind == Kind::close) {
      return refuse(joined(open, token().span), "nothing between the parentheses",
                    "write a condition into them, or leave them out");
    }
    if (token().kind == Kind::end) return refuse_unclosed(open);
    Parsed<NodePtr> inner = any(depth);
    if (!inner) return inner;
    if (token().kind != Kind::close) return refuse_unclosed(open);
    ++at_;
    return inner;
  }

  // For a token that no test begins with: something is missing before it.
  [[nodiscard]] tl::unexpected<ParseError> refuse_missing() const {
    const bool after_operator =
        at_ > 0 && (tokens_[at_ - 1].kind == Kind::op_and || tokens_[at_ - 1].kind == Kind::op_or ||
                    tokens_[at_ - 1].kind == Kind::op_not);
    if (!after_operator && token().kind == Kind::close) return refuse_unopened();
    const Span span = after_operator ? tokens_[at_ - 1].span : token().span;
    const std::string where = after_operator ? "after " : "before ";
    return refuse(span, "nothing " + where + spelled(span),
                  "write a condition there; quote the word if it is meant itself");
  }

  [[nodiscard]] tl::unexpected<ParseError> refuse_unopened() const {
    return refuse(token().span, "no '(' for this ')'", "quote it if the character itself is meant");
  }

  static tl::unexpected<ParseError> refuse_unclosed(Span open) {
    return refuse(open, "this '(' is never closed", "quote it if the character itself is meant");
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  Timestamp now_;
  std::size_t at_ = 0;
};

}  // namespace

Parsed<NodePtr> parse(std::string_view text, Timestamp now) {
  Parsed<std::vector<Token>> tokens = tokenize(text);
  if (!tokens) return tl::make_unexpected(std::move(tokens.error()));
  return Parser(text, std::move(*tokens), now).whole();
}

Parsed<NodePtr> parse_filter(std::string_view field, std::string_view value, Timestamp now) {
  const Parsed<std::vector<ValueToken>> values = tokenize_values(value);
  if (!values) return tl::make_unexpected(values.error());
  return field_test(field, {0, value.size()}, *values, now);
}

}  // namespace audit::match
