#include "export/summary.hpp"

#include <audit/export.hpp>
#include <audit/time.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "event/otlp_text.hpp"
#include "event/text.hpp"
#include "query/payload_value.hpp"

namespace audit::exports {
namespace {

// A text is not looked at beyond this.
constexpr std::size_t kLookedAt = 2048;

// What a call was asked takes no more than this of a line.
constexpr std::size_t kMostArguments = 120;

// Kinds that are about what was said: the payload's words say more than the envelope.
constexpr auto kSpeech = std::to_array<std::string_view>(
    {"message", "reasoning", "final.output", "feedback", "agent.message", "decision"});

// Members whose text is meant for people, in whatever format.
constexpr auto kTextKeys = std::to_array<std::string_view>(
    {"message", "text", "content", "output_text", "summary", "description", "title", "output",
     "result", "input", "prompt", "query", "question", "answer", "command", "body", "msg", "detail",
     "arguments"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Appends `text` with each run of white space as one space, none at its ends.
void append_line(std::string& out, std::string_view text) {
  bool gap = false;
  bool begun = false;
  for (const char c : text.substr(0, kLookedAt)) {
    if (is_space(c)) {
      gap = begun;
      continue;
    }
    if (gap) out.push_back(' ');
    out.push_back(c);
    gap = false;
    begun = true;
  }
}

void append_reason(std::string& out, std::string_view reason) {
  if (reason.empty()) return;
  out.append(": ");
  append_line(out, reason);
}

std::string duration_text(std::int64_t us) {
  if (us < 0 || us < 1000) return fmt::format("{} us", us);
  if (us < 10'000'000) return fmt::format("{} ms", us / 1000);
  return fmt::format("{}.{} s", us / 1'000'000, us % 1'000'000 / 100'000);
}

void append_duration(std::string& out, const Envelope& envelope) {
  if (const auto us = envelope.number(Field::duration_us)) {
    out.append(out.empty() ? "" : ", ").append(duration_text(*us));
  }
}

void append_tool(std::string& out, const Envelope& envelope) {
  out.append("tool ").append(envelope.text(Field::tool));
  const std::string_view call = envelope.text(Field::tool_call_id);
  if (!call.empty()) out.append(" (call ").append(call).append(")");
}

std::string decision_line(const Envelope& envelope) {
  std::string line(envelope.text(Field::decision));
  for (const Field by : {Field::approver, Field::policy, Field::rule}) {
    if (!envelope.has(by)) continue;
    line.append(" by ").append(envelope.text(by));
    break;
  }
  if (envelope.has(Field::tool)) append_tool(line.append(" for "), envelope);
  append_reason(line, envelope.text(Field::reason));
  return line;
}

std::string approval_line(const Envelope& envelope) {
  std::string line = "approval ";
  line.append(envelope.has(Field::approval) ? envelope.text(Field::approval)
                                            : envelope.text(Field::decision));
  const std::string_view approver = envelope.text(Field::approver);
  if (!approver.empty()) line.append(" by ").append(approver);
  if (envelope.has(Field::tool)) append_tool(line.append(" for "), envelope);
  append_reason(line, envelope.text(Field::reason));
  return line;
}

// Of an object of arguments the one that says most, else all of it.
std::string main_argument(const std::string& arguments) {
  constexpr auto kMain = std::to_array<std::string_view>(
      {"command", "cmd", "file_path", "path", "url", "query", "pattern", "prompt", "code"});
  if (!arguments.starts_with('{')) return arguments;
  const std::string main = query::value_named(arguments, kMain, kLookedAt);
  return main.empty() ? arguments : main;
}

// Of two columns less than `most` where it is cut.
std::string arguments_line(const Entry& entry, std::size_t most) {
  if (entry.payload_state != Entry::Payload::present) return {};
  std::string line;
  append_line(line,
              main_argument(query::value_named(entry.payload, query::argument_names(), kLookedAt)));
  if (line == "{}" || line == "[]") return {};
  line = base::escape_controls(line);
  return base::truncate_to_width(line, most);
}

//   arguments   what it was asked; empty: not known, and then its id tells it from others
std::string tool_line(const Envelope& envelope, const std::string& arguments) {
  std::string line;
  if (arguments.empty()) {
    append_tool(line, envelope);
  } else {
    line.append("tool ").append(envelope.text(Field::tool)).append(": ").append(arguments);
    if (envelope.has(Field::status)) line.append(",");
  }
  const std::string_view status = envelope.text(Field::status);
  if (!status.empty()) line.append(" ").append(status);
  append_duration(line, envelope);
  append_reason(line, envelope.text(Field::error));
  return line;
}

std::string model_line(const Envelope& envelope) {
  std::string line(envelope.text(Field::model));
  const auto in = envelope.number(Field::tokens_in);
  const auto out = envelope.number(Field::tokens_out);
  const char* const comma = line.empty() ? "" : ", ";
  if (in && out) {
    line += fmt::format("{}{} in / {} out", comma, *in, *out);
  } else if (in || out) {
    line += fmt::format("{}{} {}", comma, in ? *in : *out, in ? "in" : "out");
  }
  append_duration(line, envelope);
  append_reason(line, envelope.text(Field::error));
  return line;
}

// Which entries a rule is about: " (entry 8)".
void append_alerted(std::string& line, const Entry& entry, base::JsonReader& reader) {
  if (entry.envelope.text(Field::format) != "rules") return;
  if (reader.parse(entry.payload) != base::JsonStatus::ok || !reader.is_object()) return;
  const auto entries = reader.root().member("entries");
  std::vector<std::int64_t> numbers;
  if (!entries) return;
  entries->for_elements([&](const base::JsonValue& one) {
    const auto seq = one.member("seq");
    if (seq && seq->kind() == base::JsonValue::Kind::number) numbers.push_back(seq->number().i);
  });
  if (numbers.empty()) return;
  line += fmt::format(" ({} {}", numbers.size() == 1 ? "entry" : "entries", numbers.front());
  if (numbers.size() > 1)
    line += fmt::format("{} {}", numbers.size() == 2 ? "," : " ..", numbers.back());
  line.push_back(')');
}

// Why it does not fit the schema declared for its kind.
void append_misfit(std::string& line, const Envelope& envelope) {
  constexpr std::string_view kReason = "schema: ";
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.field != Field::flags || !value.text.starts_with(kReason)) continue;
    line.append(line.empty() ? "" : "; ").append("not as declared: ");
    append_line(line, value.text.substr(kReason.size()));
  }
}

bool has_model(const Envelope& envelope) {
  return envelope.has(Field::model) || envelope.has(Field::tokens_in) ||
         envelope.has(Field::tokens_out);
}

// What the envelope says by itself; empty if it only says who and when.
std::string envelope_line(const Envelope& envelope, const std::string& arguments) {
  const bool is_approval = envelope.text(Field::type).starts_with("approval.");
  if (envelope.has(Field::decision) && !is_approval) return decision_line(envelope);
  if (envelope.has(Field::approval) || (is_approval && envelope.has(Field::decision))) {
    return approval_line(envelope);
  }
  if (envelope.has(Field::tool)) return tool_line(envelope, arguments);
  if (has_model(envelope)) return model_line(envelope);
  std::string line;
  append_line(line, envelope.text(Field::error));
  if (line.empty()) append_line(line, envelope.text(Field::reason));
  return line;
}

std::string action_line(const Envelope& envelope) {
  std::string line(envelope.text(Field::action));
  for (const Field field : {Field::resource, Field::intent}) {
    const std::string_view text = envelope.text(field);
    if (!text.empty()) line.append(line.empty() ? "" : " ").append(text);
  }
  return line;
}

// Finds the text a person would want to read: the first one under a key that is meant for people,
// else the first one of several words.
class TextFinder final : public base::JsonVisitor {
 public:
  void string(std::string_view key, std::string_view value) override {
    if (named_ || value.empty()) return;
    named_ = is_one_of(kTextKeys, key);
    if (named_ || (found_.empty() && has_words(value))) found_ = value;
  }

  // Lives as long as what was walked.
  [[nodiscard]] std::string_view found() const noexcept { return found_; }

 private:
  static bool has_words(std::string_view text) {
    return text.substr(0, kLookedAt).find(' ') != std::string_view::npos &&
           !parse_timestamp(text.substr(0, kLookedAt));
  }

  std::string_view found_;
  bool named_ = false;
};

}  // namespace

FieldSet Summarizer::fields() {
  return {Field::type,     Field::model,       Field::tool,      Field::tool_call_id,
          Field::action,   Field::resource,    Field::status,    Field::error,
          Field::decision, Field::duration_us, Field::tokens_in, Field::tokens_out,
          Field::policy,   Field::rule,        Field::approval,  Field::approver,
          Field::reason,   Field::intent,      Field::format,    Field::flags};
}

std::string Summarizer::payload_words(const Entry& entry) {
  std::string line;
  if (entry.payload_state == Entry::Payload::erased) return "(payload erased)";
  if (entry.payload_state == Entry::Payload::withheld) return "(payload withheld)";
  const base::JsonStatus status = reader_.parse(entry.payload);
  const bool is_json = status == base::JsonStatus::ok || status == base::JsonStatus::duplicate_key;
  if (is_json) {
    TextFinder finder;
    reader_.walk(finder);
    append_line(line, finder.found());
  } else if (std::string text; event::append_otlp_text(entry.payload, text)) {
    std::replace(text.begin(), text.end(), event::kTextBreak, ' ');
    append_line(line, text);
  }
  if (line.empty()) append_line(line, entry.payload);  // JSON without any words
  return line;
}

std::string Summarizer::summary(const Entry& entry, std::size_t most) {
  const Envelope& envelope = entry.envelope;
  std::string line;
  if (!is_one_of(kSpeech, envelope.text(Field::type)) || envelope.has(Field::decision)) {
    const bool is_call = envelope.has(Field::tool) && !envelope.has(Field::decision);
    line = envelope_line(envelope, is_call ? arguments_line(entry, kMostArguments) : std::string());
    if (line.empty()) line = action_line(envelope);
  }
  if (line.empty() && entry.payload_state != Entry::Payload::none) line = payload_words(entry);
  if (line.empty()) line = envelope_line(envelope, {});
  if (entry.payload_state == Entry::Payload::present) append_alerted(line, entry, reader_);
  append_misfit(line, envelope);
  if (line.size() > kLookedAt) line.resize(kLookedAt);
  line = base::escape_controls(line);
  if (line.size() > most) line = base::truncate_to_width(line, most);
  return line;
}

std::string_view Summarizer::outcome(const Envelope& envelope) {
  for (const Field field : {Field::decision, Field::approval, Field::status}) {
    const std::string_view text = envelope.text(field);
    if (!text.empty()) return text;
  }
  return {};
}

}  // namespace audit::exports

namespace audit {

std::string call_arguments(const Entry& entry) {
  return exports::arguments_line(entry, exports::kMostArguments);
}

std::string entry_summary(const Entry& entry) { return exports::Summarizer().summary(entry); }

}  // namespace audit
