#include "commands/why.hpp"

#include <audit/error.hpp>
#include <audit/export.hpp>
#include <audit/text.hpp>
#include <audit/why.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ui/json.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

using Shown = Explanation::Shown;
using Asked = Explanation::Asked;

class WhyText {
 public:
  WhyText(const Context& context, const OpenLedgers& ledgers, const Explanation& why)
      : ledgers_(ledgers),
        why_(why),
        style_(context.out_style()),
        width_(wrap_width(context.out)) {}

  std::string text() {
    head();
    reasoning();
    call();
    authority();
    injection();
    approval();
    return std::move(text_);
  }

 private:
  // --- Lines ---

  void question(std::string_view words) {
    text_ += fmt::format("\n{}\n", style_.paint(Tone::strong, words));
  }

  void line(std::string_view words, Tone tone = Tone::plain) {
    text_ += fmt::format("  {}\n", style_.paint(tone, wrap(words, 4, width_)));
  }

  void no_record(std::string_view more = {}) {
    line(fmt::format("no record{}{}", more.empty() ? "" : ": ", more), Tone::warn);
  }

  void say(const Place& place, std::string_view words) {
    line(fmt::format("{}  {}", style_.paint(Tone::dim, name(place)), words));
  }

  void say_summary(const Place& place, std::string_view before = {}) {
    const auto entry = ledgers_.views[place.ledger].entry(place.seq);
    if (!entry) return;
    say(place, fmt::format("{}{}: {}", before, escape_controls(entry->envelope.text(Field::type)),
                           entry_summary(*entry)));
  }

  void say_all(const std::vector<Place>& places) {
    for (const Place& place : places) say_summary(place);
  }

  std::string name(const Place& place) const {
    const std::string number = fmt::format("entry {}", place.seq);
    if (!ledgers_.are_named) return number;
    return fmt::format("{} of {}", number, escape_controls(ledgers_.labels[place.ledger]));
  }

  // --- Questions ---

  void head() {
    text_ += style_.paint(
        Tone::strong, fmt::format("{}: {}", name(why_.action), escape_controls(why_.step.type)));
    for (const std::string* part : {&why_.tool, &why_.step.agent}) {
      if (!part->empty()) text_ += "  " + escape_controls(*part);
    }
    text_ += fmt::format("  {}\n", to_rfc3339(why_.when));
    if (!why_.run.empty()) text_ += fmt::format("  in run {}\n", escape_controls(why_.run));
  }

  void reasoning() {
    question("What reasoning led to it?");
    say_all(why_.reasoning);
    if (why_.asked_by) {
      say_summary(*why_.asked_by, why_.asked == Asked::named ? "" : "the model call before it, ");
    }
    if (!why_.said.empty()) line(fmt::format("\"{}\"", escape_controls(why_.said)));
    for (const std::string* own : {&why_.intent, &why_.purpose, &why_.reason}) {
      if (!own->empty()) say(*why_.stated_in, escape_controls(*own));
    }
    const bool is_silent = why_.reasoning.empty() && !why_.asked_by && why_.intent.empty() &&
                           why_.purpose.empty() && why_.reason.empty();
    if (is_silent) no_record();
  }

  void call() {
    question("Which tool, with which arguments?");
    if (why_.tool.empty() && !why_.arguments_in && why_.payload_hash.empty()) return no_record();
    const std::string tool = why_.tool.empty() ? "no tool named" : escape_controls(why_.tool);
    if (why_.arguments_in) {
      say(*why_.arguments_in, fmt::format("{} {}", tool, escape_controls(why_.arguments)));
    } else {
      say(why_.action, fmt::format("{}; no record of its arguments", tool));
    }
    if (!why_.payload_hash.empty()) {
      line(fmt::format("their hash is {}", escape_controls(why_.payload_hash)));
    }
  }

  void authority() {
    question("Under which system prompt and policy?");
    if (why_.prompt_in) {
      say(*why_.prompt_in,
          fmt::format("system prompt with the hash {}", escape_controls(why_.prompt_hash)));
    } else {
      no_record("system prompt");
    }
    say_all(why_.policies);
    if (why_.policies.empty()) no_record("policy");
  }

  void injection() {
    question("Did what it read carry an injection?");
    say_all(why_.signals);
    if (!why_.signals.empty()) return;
    if (why_.results_read == 0) return no_record("nor of anything that it read");
    no_record(fmt::format("{} read before it, and nobody noted a risk",
                          counted(why_.results_read, "result was", "results were")));
  }

  void approval() {
    question("Who approved it, and what did they see?");
    say_all(why_.requests);
    say_all(why_.approvals);
    if (why_.approvals.empty()) no_record(why_.requests.empty() ? "" : "of an answer");
    switch (why_.shown) {
      case Shown::not_recorded:
        if (!why_.approvals.empty()) no_record("what they saw");
        break;
      case Shown::what_ran:
        line("they saw the arguments that ran: the hashes are the same", Tone::good);
        break;
      case Shown::unknown:
        line(fmt::format("what they saw has the hash {}; that of what ran is not recorded",
                         escape_controls(why_.shown_hash)));
        break;
      case Shown::something_else:
        line(fmt::format("they saw something else than ran: {}", escape_controls(why_.shown_hash)),
             Tone::bad);
        break;
    }
  }

  const OpenLedgers& ledgers_;
  const Explanation& why_;
  Style style_;
  std::size_t width_;
  std::string text_;
};

// --- JSON ---

std::string_view word_of(Asked asked) {
  switch (asked) {
    case Asked::none:
      return "no-record";
    case Asked::named:
      return "named";
    case Asked::nearest:
      return "nearest-before";
  }
  return "";
}

std::string_view word_of(Shown shown) {
  switch (shown) {
    case Shown::not_recorded:
      return "no-record";
    case Shown::what_ran:
      return "what-ran";
    case Shown::unknown:
      return "unknown";
    case Shown::something_else:
      return "something-else";
  }
  return "";
}

class WhyJson {
 public:
  WhyJson(const OpenLedgers& ledgers, const Explanation& why) : ledgers_(ledgers), why_(why) {}

  [[nodiscard]] std::string text() const {
    JsonObject object;
    object.add("schema", "audit.why/1").add_raw("action", place(why_.action));
    add_text(object, "run", why_.run);
    object.add_raw("reasoning", reasoning()).add_raw("call", call());
    object.add_raw("authority", authority()).add_raw("injection", injection());
    return object.add_raw("approval", approval()).str();
  }

 private:
  static void add_text(JsonObject& object, std::string_view name, std::string_view text) {
    if (!text.empty()) object.add(name, text);
  }

  [[nodiscard]] std::string place(const Place& place) const {
    JsonObject object;
    if (ledgers_.are_named) object.add("ledger", ledgers_.names[place.ledger]);
    object.add("seq", place.seq);
    const auto entry = ledgers_.views[place.ledger].entry(place.seq);
    if (entry) {
      add_text(object, "type", entry->envelope.text(Field::type));
      add_text(object, "summary", entry_summary(*entry));
    }
    return object.str();
  }

  [[nodiscard]] std::string place(const std::optional<Place>& one) const {
    return one ? place(*one) : "null";
  }

  [[nodiscard]] std::string places(const std::vector<Place>& list) const {
    std::vector<std::string> items;
    for (const Place& one : list) items.push_back(place(one));
    return json_array(items);
  }

  [[nodiscard]] std::string reasoning() const {
    JsonObject object;
    object.add_raw("entries", places(why_.reasoning)).add_raw("model_call", place(why_.asked_by));
    object.add("known_by", word_of(why_.asked));
    add_text(object, "said", why_.said);
    object.add_raw("stated_in", place(why_.stated_in));
    add_text(object, "intent", why_.intent);
    add_text(object, "purpose", why_.purpose);
    add_text(object, "reason", why_.reason);
    return object.str();
  }

  [[nodiscard]] std::string call() const {
    JsonObject object;
    add_text(object, "tool", why_.tool);
    object.add_raw("entry", place(why_.arguments_in));
    add_text(object, "arguments", why_.arguments);
    add_text(object, "payload_hash", why_.payload_hash);
    return object.str();
  }

  [[nodiscard]] std::string authority() const {
    JsonObject object;
    object.add_raw("prompt", place(why_.prompt_in));
    add_text(object, "prompt_hash", why_.prompt_hash);
    return object.add_raw("policies", places(why_.policies)).str();
  }

  [[nodiscard]] std::string injection() const {
    JsonObject object;
    object.add_raw("signals", places(why_.signals));
    return object.add("results_read", why_.results_read).str();
  }

  [[nodiscard]] std::string approval() const {
    JsonObject object;
    object.add_raw("requests", places(why_.requests)).add_raw("answers", places(why_.approvals));
    object.add("shown", word_of(why_.shown));
    add_text(object, "shown_hash", why_.shown_hash);
    return object.str();
  }

  const OpenLedgers& ledgers_;
  const Explanation& why_;
};

}  // namespace

ExitCode print_why(Context& context, const OpenLedgers& ledgers, std::uint64_t seq, bool as_json) {
  const LedgerView& view = ledgers.views.front();
  if (seq >= view.size()) {
    throw Error(ErrorCode::not_found, fmt::format("there is no entry {}", seq),
                fmt::format("the ledger holds entries 0..{}", view.size() - 1));
  }
  const std::optional<Explanation> explanation = why(ledgers.views, {0, seq});
  if (!explanation) {
    throw Error(ErrorCode::not_found,
                fmt::format("entry {} only carries others: it is no action", seq),
                fmt::format("part_of:{} finds these", seq));
  }
  if (as_json) {
    SafeLines(context.out).write(WhyJson(ledgers, *explanation).text() + '\n');
    return ExitCode::yes;
  }
  PagedOutput out(context);
  out.write(WhyText(context, ledgers, *explanation).text());
  out.finish();
  return ExitCode::yes;
}

}  // namespace audit::cli
