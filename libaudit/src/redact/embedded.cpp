#include "redact/embedded.hpp"

#include "base/escapes.hpp"
#include "redact/json_strings.hpp"

namespace audit::redact {

namespace {

// Keeps what it finds as bytes of `written`, which `escapes` has read if it is escaped.
class NumberWalk {
 public:
  NumberWalk(std::string_view written, Writing writing, std::size_t depth)
      : is_escaped_(writing == Writing::escaped), depth_(depth), text_(written) {
    has_escapes_ = is_escaped_ && escapes_.read(written, true) > 0;
    if (has_escapes_) text_ = escapes_.text(1);
  }

  std::vector<EmbeddedNumber> walk() {
    if (!may_be_json(text_)) return {};
    const bool is_json = for_json_tokens(text_, [this](const JsonToken& token) {
      if (token.what == JsonToken::What::number) add({token.begin, token.end, 1});
      if (token.what == JsonToken::What::string) descend(token);
    });
    return is_json ? std::move(numbers_) : std::vector<EmbeddedNumber>();
  }

 private:
  void descend(const JsonToken& token) {
    if (depth_ == base::Escapes::kMaxLevels) return;
    const std::string_view written = text_.substr(token.begin, token.end - token.begin);
    for (const EmbeddedNumber& number : NumberWalk(written, Writing::escaped, depth_ + 1).walk()) {
      add({token.begin + number.begin, token.begin + number.end, number.quote});
    }
  }

  // Each byte of a quotation mark is written as two where it is escaped once more.
  void add(EmbeddedNumber number) {
    if (has_escapes_) {
      const Found placed = escapes_.place(1, Found{number.begin, number.end, 0});
      number.begin = placed.begin;
      number.end = placed.end;
    }
    if (is_escaped_) number.quote *= 2;
    numbers_.push_back(number);
  }

  bool is_escaped_;
  bool has_escapes_ = false;
  std::size_t depth_;
  std::string_view text_;
  base::Escapes escapes_;
  std::vector<EmbeddedNumber> numbers_;
};

}  // namespace

std::vector<EmbeddedNumber> numbers_in(std::string_view written, Writing writing) {
  return NumberWalk(written, writing, 1).walk();
}

bool may_be_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace audit::redact
