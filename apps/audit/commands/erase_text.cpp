#include "commands/erase_text.hpp"

#include <audit/digest.hpp>
#include <audit/text.hpp>
#include <audit/time.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "ui/json.hpp"
#include "ui/style.hpp"

namespace audit::cli {

namespace {

// So many kinds are named one by one.
constexpr std::size_t kKindsShown = 6;
constexpr std::size_t kNumbersShown = 10;

std::string entries_text(std::uint64_t count) { return counted(count, "entry", "entries"); }

std::string scope_text(const ErasureScope& scope) {
  switch (scope.kind) {
    case ErasureScope::Kind::payload:
      return "the payload of";
    case ErasureScope::Kind::entry:
      return "all of";
    case ErasureScope::Kind::field:
      break;
  }
  return fmt::format("{} and payload of", name_of(scope));
}

std::string kinds_text(const ErasurePlan& plan) {
  std::string text;
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < plan.kinds.size(); ++i) {
    const auto& [kind, count] = plan.kinds[i];
    if (i >= kKindsShown) {
      others += count;
    } else {
      text += fmt::format("{}{} {}", i == 0 ? "" : ", ",
                          kind.empty() ? "(no type)" : escape_controls(kind), grouped(count));
    }
  }
  return others == 0 ? text : text + fmt::format(", others {}", grouped(others));
}

// "entry 412", "entries 0, 412"
std::string numbers_text(const ErasurePlan& plan) {
  const std::size_t shown = std::min(plan.stays.size(), kNumbersShown);
  std::string text = plan.protect == 1 ? "entry " : "entries ";
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", plan.stays[i]);
  }
  return plan.protect > shown ? text + " ..." : text;
}

std::string passed_over_text(const ErasurePlan& plan) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), what);
  };
  add(plan.gone, "of which nothing is left to erase");
  add(plan.lacking, fmt::format("without {}", name_of(plan.scope)));
  add(plan.protect, "that the ledger needs to be verified (never erased): " + numbers_text(plan));
  return text;
}

std::string_view stays_text(const ErasureScope& scope) {
  if (scope.kind == ErasureScope::Kind::entry) {
    return "number, time of receipt and hash; words that other entries use as well";
  }
  return "every other field, such as agent, event_id and time (--what entry takes all)";
}

std::string kinds_json(const ErasurePlan& plan) {
  JsonObject kinds;
  for (const auto& [kind, count] : plan.kinds) kinds.add(kind, count);
  return kinds.str();
}

}  // namespace

std::string stays_notice(const ErasurePlan& plan) {
  if (plan.protect == 0) return {};
  return fmt::format("{} match{} and stay{} as {}: the ledger needs {} to be verified",
                     numbers_text(plan), plan.protect == 1 ? "es" : "",
                     plan.protect == 1 ? "s" : "", plan.protect == 1 ? "it is" : "they are",
                     plan.protect == 1 ? "it" : "them");
}

void print_plan(Context& context, Output& out, const ErasurePlan& plan) {
  const Style style = &out == &context.out ? context.out_style() : context.err_style();
  const auto line = [&](std::string_view name, std::string_view text) {
    out.print("  {} {}\n", style.paint(Tone::dim, fmt::format("{:<12}", name)), text);
  };
  out.print("{}\n",
            style.paint(Tone::strong, fmt::format("to be erased: {} {}", scope_text(plan.scope),
                                                  entries_text(plan.entries.size()))));
  if (!plan.entries.empty()) {
    line("numbers", plan.entries.size() == 1
                        ? fmt::format("{}", plan.entries.front())
                        : fmt::format("{} to {}", plan.entries.front(), plan.entries.back()));
  }
  if (plan.also > 0) {
    line("", fmt::format("{} of them tell of the same parts of a record", grouped(plan.also)));
  }
  if (!plan.carriers.empty()) {
    line("records", fmt::format("the payload of {} that hold{} the bytes of these",
                                counted(plan.carriers.size(), "source.record", "source.records"),
                                plan.carriers.size() == 1 ? "s" : ""));
  }
  if (plan.first) {
    line("from", to_rfc3339(*plan.first));
    line("to", to_rfc3339(*plan.last));
    line("kinds", kinds_text(plan));
  }
  const std::string passed_over = passed_over_text(plan);
  if (!passed_over.empty()) line("passed over", passed_over);
  line("stays", stays_text(plan.scope));
}

std::string erase_json(const ErasurePlan& plan, const ErasureResult* result,
                       const std::vector<std::uint64_t>& repeated_in) {
  JsonObject object;
  object.add("schema", "audit.erase/1").add("dry_run", result == nullptr);
  object.add("what", name_of(plan.scope)).add("asked", plan.asked);
  const std::uint64_t entries = result != nullptr ? result->entries : plan.entries.size();
  const std::uint64_t records = result != nullptr ? result->carriers : plan.carriers.size();
  object.add("entries", entries).add("records", records).add("also", plan.also);
  object.add("already_erased", plan.gone).add("without_field", plan.lacking);
  object.add("never_erased", plan.protect).add_raw("never_erased_seqs", json_array(plan.stays));
  object.add_raw("repeated_in", json_array(repeated_in));
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
  if (!plan.entries.empty()) first = plan.entries.front(), last = plan.entries.back();
  object.add("first_seq", first).add("last_seq", last);
  if (plan.first) object.add("since", to_rfc3339(*plan.first)).add("until", to_rfc3339(*plan.last));
  object.add_raw("kinds", kinds_json(plan));
  if (result == nullptr) return object.str();
  object.add_raw("erasures", json_array(result->erasures));
  object.add("size", result->head.size).add("root", to_base64(result->head.root));
  return object.add("words_remain", result->words_remain).str();
}

void print_erased(Context& context, const ErasurePlan& plan, const ErasureResult& result) {
  if (result.erasures.empty()) {
    context.out.print(
        "{}\n", plan.gone > 0 ? "nothing of it was left to erase"
                : plan.protect > 0
                    ? "nothing was erased: the ledger needs it to be verified"
                    : fmt::format("nothing was erased: none of it has {}", name_of(plan.scope)));
    return;
  }
  context.out.print(
      "erased {} {}{}; said in entr{} {}\n", scope_text(plan.scope), entries_text(result.entries),
      result.carriers == 0
          ? ""
          : fmt::format(", and the payload of {}", counted(result.carriers, "record", "records")),
      result.erasures.size() == 1 ? "y" : "ies",
      result.erasures.size() == 1
          ? fmt::format("{}", result.erasures.front())
          : fmt::format("{} to {}", result.erasures.front(), result.erasures.back()));
}

}  // namespace audit::cli
