#include "ui/message.hpp"

#include <audit/text.hpp>

#include <algorithm>

#include "ui/json.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

// So much of a long text is shown of what is wrong, and half as much before and behind it.
constexpr std::size_t kQuoted = 120;

// The end of a text, its first character whole.
std::string tail_of(std::string_view text) {
  if (text.size() <= kQuoted / 2) return escape_controls(text);
  std::size_t from = text.size() - kQuoted / 2;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xc0) == 0x80) ++from;
  return "\u2026" + escape_controls(text.substr(from));
}

std::string head_of(std::string_view text, std::size_t width) {
  return truncate_to_width(escape_controls(text.substr(0, 4 * kQuoted)), width);
}

// The text on one line, and carets under the bytes that are wrong.
std::string quote(const TextError& error, const Style& style) {
  const std::string_view text = error.text();
  const std::string before = tail_of(text.substr(0, error.offset()));
  const std::string marked = head_of(text.substr(error.offset(), error.length()), kQuoted);
  const std::string after = head_of(text.substr(error.offset() + error.length()), kQuoted / 2);
  const std::size_t carets = std::max<std::size_t>(1, display_width(marked));
  return fmt::format("  {}{}{}\n  {:{}}{}\n", before, marked, after, "", display_width(before),
                     style.paint(Tone::bad, std::string(carets, '^')));
}

std::string error_json(const Error& error, ExitCode code) {
  JsonObject object;
  object.add("schema", "audit.error/1");
  object.add("code", std::uint64_t{static_cast<unsigned>(to_int(code))});
  object.add("message", error.message()).add("hint", error.hint());
  if (const auto* text_error = dynamic_cast<const TextError*>(&error)) {
    object.add("text", text_error->text());
    object.add("offset", std::uint64_t{text_error->offset()});
    object.add("length", std::uint64_t{text_error->length()});
  }
  return object.str();
}

void print_object(Context& context, std::string_view text) {
  JsonObject object;
  object.add("schema", "audit.notice/1").add("message", text);
  context.err.print("{}\n", object.str());
  context.err.flush();
}

}  // namespace

TextError::TextError(std::string text, const ParseError& problem)
    : Error(ErrorCode::invalid_argument, problem.message, problem.hint),
      text_(std::move(text)),
      offset_(std::min(problem.offset, text_.size())),
      length_(std::min(problem.length, text_.size() - offset_)) {}

Error usage_error(std::string message, std::string hint) {
  return {ErrorCode::invalid_argument, std::move(message), std::move(hint)};
}

ExitCode print_error(Context& context, const Error& error) {
  const ExitCode code = exit_code(error.code());
  if (context.globals.json) {
    context.err.print("{}\n", error_json(error, code));
    context.err.flush();
    return code;
  }
  const Style style = context.err_style();
  context.err.print("{} {}\n", style.paint(Tone::bad, "audit: error:"),
                    wrap(escape_controls(error.message()),
                         std::string_view("audit: error: ").size(), wrap_width(context.err)));
  if (const auto* text_error = dynamic_cast<const TextError*>(&error)) {
    context.err.write(quote(*text_error, style));
  }
  if (!error.hint().empty()) {
    context.err.print("{} {}\n", style.paint(Tone::accent, "hint:"),
                      wrap(escape_controls(error.hint()), std::string_view("hint: ").size(),
                           wrap_width(context.err)));
  }
  context.err.flush();
  return code;
}

void print_note(Context& context, std::string_view text) {
  if (context.globals.quiet || context.globals.json) return;
  context.err.print("{} {}\n", context.err_style().paint(Tone::warn, "audit: note:"),
                    wrap(escape_controls(text), std::string_view("audit: note: ").size(),
                         wrap_width(context.err)));
  context.err.flush();
}

void print_notice(Context& context, std::string_view text) {
  if (context.globals.quiet || !context.globals.json) return print_note(context, text);
  print_object(context, text);
}

void print_warning(Context& context, std::string_view text) {
  if (context.globals.json) return print_object(context, text);
  constexpr std::string_view kBegin = "audit: warning: ";
  context.err.print("{} {}\n", context.err_style().paint(Tone::bad, "audit: warning:"),
                    wrap(escape_controls(text), kBegin.size(), wrap_width(context.err)));
  context.err.flush();
}

}  // namespace audit::cli
