#include "commands/search.hpp"

#include <audit/export.hpp>
#include <audit/merged_search.hpp>
#include <audit/query.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <span>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/explain.hpp"
#include "commands/facets.hpp"
#include "commands/filters.hpp"
#include "commands/flags.hpp"
#include "commands/follow.hpp"
#include "commands/footer.hpp"
#include "commands/given_keys.hpp"
#include "commands/histogram.hpp"
#include "commands/ledgers.hpp"
#include "commands/nothing_found.hpp"
#include "commands/open_ledgers.hpp"
#include "commands/prove.hpp"
#include "commands/runs.hpp"
#include "commands/timeline.hpp"
#include "commands/trace.hpp"
#include "commands/view_flag.hpp"
#include "commands/why.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"

namespace audit::cli {

namespace {

constexpr std::uint64_t kDefaultLimit = 50;

struct SearchFlags {
  std::string limit;
  bool oldest = false;
  bool count = false;
  bool follow = false;
  bool explain = false;
  bool runs = false;
  bool why = false;
  bool prove = false;
  std::vector<std::string> keys;
  std::string by;
  std::string histogram;
  std::string trace;
  bool all = false;
  std::string seq;
  std::string output;
  std::string view;
  Filters filters;
};

enum class Shape : std::uint8_t { table, jsonl, csv };

// What is asked, all values understood.
struct SearchTask {
  std::uint64_t limit = kDefaultLimit;  // 0: all
  Order order = Order::newest_first;
  std::optional<std::uint64_t> seq;
  std::vector<Field> by;                              // empty: no facets
  std::optional<std::chrono::nanoseconds> histogram;  // the width of a bar
  Shape shape = Shape::table;
  Disclosure disclosure = Disclosure::all;
  Question question;
  std::optional<RunQuery> runs;  // instead of the question
  bool explain = false;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

bool looks_like_file(std::string_view text) {
  return text == "-" || text.find_first_of("./") != std::string_view::npos;
}

Shape resolve_shape(const Context& context, const std::string& output) {
  if (output.empty()) return context.globals.json ? Shape::jsonl : Shape::table;
  if (looks_like_file(output)) {
    throw usage_error(fmt::format("--output is '{}', want one of table, jsonl, csv", output),
                      fmt::format("a file is written by export: audit export --csv -o {}", output));
  }
  check_word("--output", output, {"table", "jsonl", "csv"});
  if (context.globals.json && output != "jsonl") {
    throw usage_error(fmt::format("--json and --output {} contradict each other", output));
  }
  if (output == "csv") return Shape::csv;
  return output == "jsonl" ? Shape::jsonl : Shape::table;
}

bool has_filters(const Filters& filters) {
  for (const std::vector<std::string>& values : filters) {
    if (!values.empty()) return true;
  }
  return false;
}

// At most one of the flags that choose what is answered; the others go with none of them.
void check_combination(const SearchFlags& flags, const std::vector<std::string>& words) {
  const std::array<std::pair<std::string_view, bool>, 7> chosen{
      {{"--seq", !flags.seq.empty()},
       {"--trace", !flags.trace.empty()},
       {"--runs", flags.runs},
       {"--count", flags.count},
       {"--by", !flags.by.empty()},
       {"--histogram", !flags.histogram.empty()},
       {"--follow", flags.follow}}};
  std::string_view first;
  for (const auto& [name, is_set] : chosen) {
    if (!is_set) continue;
    if (!first.empty()) {
      throw usage_error(fmt::format("{} and {} ask for different answers", first, name),
                        "give one of them");
    }
    first = name;
  }
  const bool asks = !words.empty() || has_filters(flags.filters);
  if (flags.why && flags.seq.empty()) {
    throw usage_error("--why explains one entry", "name it: audit search --seq N --why");
  }
  const bool searches = flags.seq.empty() && flags.trace.empty() && !flags.runs && !flags.follow;
  if (flags.explain && !searches) {
    throw usage_error(fmt::format("--explain explains a search, and {} is none", first));
  }
  if (flags.all && flags.trace.empty()) {
    throw usage_error("--all shows all of a trace", "name it: audit search --trace ID --all");
  }
  if (!flags.seq.empty() && asks) {
    throw usage_error("--seq shows one entry: it goes with no query and no filter",
                      fmt::format("seq:{} is the same in a query", flags.seq));
  }
  if (!flags.trace.empty() && asks) {
    throw usage_error("--trace shows a whole run: it goes with no query and no filter",
                      "search for the entry first, and give its session or event_id to --trace");
  }
  if ((!flags.trace.empty() || flags.runs || flags.why) && flags.output == "csv") {
    throw usage_error(fmt::format("{} is not written as CSV", flags.why ? "--why" : first),
                      "--json gives it to programs");
  }
  if (flags.runs && flags.oldest) {
    throw usage_error("runs are listed by their newest entries", "leave --oldest out");
  }
}

std::chrono::nanoseconds parse_bar_width(std::string_view text) {
  const auto width = parse_duration(text);
  if (!width) throw TextError(std::string(text), width.error());
  return *width;
}

// Proofs are of entries, and have no place in CSV.
void check_proving(const SearchFlags& flags, Shape shape) {
  if (!flags.prove) {
    if (flags.keys.empty()) return;
    throw usage_error("--key says who must have signed: it goes with --prove");
  }
  const std::array<std::pair<std::string_view, bool>, 6> others{
      {{"--by", !flags.by.empty()},
       {"--runs", flags.runs},
       {"--trace", !flags.trace.empty()},
       {"--why", flags.why},
       {"--histogram", !flags.histogram.empty()},
       {"--follow", flags.follow}}};
  for (const auto& [name, is_set] : others) {
    if (is_set)
      throw usage_error(
          fmt::format("--prove proves the entries it shows, and {} shows none as they are", name),
          "search for the entries it rests on, with --prove");
  }
  if (shape == Shape::csv) {
    throw usage_error("--prove and --output csv contradict each other: CSV has no place for proofs",
                      "--output jsonl carries them");
  }
}

// What puts entries together goes by hashes of their content, and tells of it.
void check_redacted(Disclosure view, const SearchFlags& flags) {
  const std::array<std::pair<std::string_view, bool>, 4> whole{{{"--trace", !flags.trace.empty()},
                                                                {"--runs", flags.runs},
                                                                {"--why", flags.why},
                                                                {"--prove", flags.prove}}};
  for (const auto& [name, is_set] : whole) {
    if (is_set) refuse_redacted(view, name);
  }
}

SearchTask resolve(const Context& context, const SearchFlags& flags,
                   const std::vector<std::string>& words) {
  SearchTask task;
  task.disclosure = parse_view(flags.view);
  task.shape = resolve_shape(context, flags.output);
  if (flags.oldest) task.order = Order::oldest_first;
  if (!flags.limit.empty()) task.limit = parse_limit(flags.limit);
  check_combination(flags, words);
  check_proving(flags, task.shape);
  check_redacted(task.disclosure, flags);
  if (!flags.seq.empty()) task.seq = parse_number("--seq", flags.seq, 0, UINT64_MAX - 1);
  if (!flags.by.empty()) task.by = parse_fields(flags.by);
  if (!flags.histogram.empty()) task.histogram = parse_bar_width(flags.histogram);
  task.explain = flags.explain;
  if (flags.runs) {
    task.runs = make_run_question(context, words, flags.filters);
  } else {
    task.question = make_question(context, words, flags.filters);
    check_view(task.disclosure, task.question.query, task.question.text);
  }
  check_view(task.disclosure, task.by);
  if (flags.prove && task.question.query.asks_about_calls()) {
    throw usage_error("--prove proves entries, and what is asked about calls rests on others",
                      "ask without call., and prove these entries too");
  }
  return task;
}

void explain(Context& context, const SearchTask& task, const SearchStatistics& statistics) {
  if (statistics.judged_by_ids != 0 && !context.globals.quiet) {
    print_note(context,
               fmt::format("{} asked about of runs with more than {} entries: what is about "
                           "the calls of these and names none of their ids is not seen",
                           counted(statistics.judged_by_ids, "entry was", "entries were"),
                           grouped(kMaxTraceEntries)));
  }
  if (statistics.not_judged != 0) {
    print_note(context, fmt::format("{} not be judged, since too much else has the same ids, and "
                                    "{} left out",
                                    counted(statistics.not_judged, "entry could", "entries could"),
                                    statistics.not_judged == 1 ? "is" : "are"));
  }
  if (!task.explain) return;
  print_explanation(context, task.question.query, statistics,
                    std::chrono::steady_clock::now() - task.began, task.shape == Shape::jsonl);
}

ExitCode print_count(Context& context, const OpenLedgers& ledgers, const SearchTask& task) {
  MergedSearch search(ledgers.views, task.question.query,
                      {.explain = task.explain, .stop = &context.stop});
  const std::uint64_t count = search.count();
  if (context.stop) return ExitCode::interrupted;
  const SearchStatistics statistics = search.statistics();
  if (context.globals.json) {
    JsonObject object;
    object.add("schema", "audit.count/1").add("count", count).add("size", statistics.size);
    if (ledgers.are_named) object.add("ledgers", statistics.ledgers);
    if (statistics.judged_by_ids != 0) {
      object.add("judged_by_ids", statistics.judged_by_ids);
      object.add("not_judged", statistics.not_judged);
    }
    context.out.print("{}\n", object.str());
  } else {
    context.out.print("{}\n", count);
  }
  explain(context, task, statistics);
  if (count == 0 && task.shape != Shape::jsonl) {
    explain_nothing(context, ledgers.views, task.question, "nothing matches");
  }
  return count > 0 ? ExitCode::yes : ExitCode::no;
}

// `names` of several ledgers, none of one.
ExitCode print_as_csv(Context& context, std::span<const LedgerView> views,
                      std::span<const std::string> names, const SearchTask& task,
                      SequenceRange range) {
  ExportOptions options;
  options.now = context.document_time();
  MergedSearch search(views, task.question.query,
                      {.limit = task.limit,
                       .order = task.order,
                       .wanted = export_fields("csv", options),
                       .with_payload = export_needs_payload("csv", options),
                       .system_entries = task.seq.has_value(),
                       .range = range,
                       .explain = task.explain,
                       .stop = &context.stop});
  SafeLines out(context.out);
  const std::uint64_t count = export_merged_csv(
      search, names, options, [&out](std::string_view bytes) { out.write(bytes); });
  out.finish();
  if (context.stop) return ExitCode::interrupted;
  explain(context, task, search.statistics());
  return count > 0 ? ExitCode::yes : ExitCode::no;
}

ExitCode print_entry(Context& context, const LedgerView& view, const SearchTask& task) {
  const std::uint64_t seq = *task.seq;
  const std::optional<Entry> entry = view.entry(seq);
  if (!entry) {
    throw Error(ErrorCode::not_found, fmt::format("there is no entry {}", seq),
                fmt::format("the ledger holds entries 0..{}", view.size() - 1));
  }
  if (task.shape == Shape::csv) {
    return print_as_csv(context, std::span(&view, 1), {}, task, {seq, seq + 1});
  }
  if (task.shape == Shape::jsonl) {
    std::string line;
    append_entry_json(line, *entry);
    SafeLines(context.out).write(line += '\n');
    return ExitCode::yes;
  }
  PagedOutput out(context);
  out.write(entry_block(*entry, context.out_style()));
  out.finish();
  return ExitCode::yes;
}

ExitCode print_lines(Context& context, const OpenLedgers& ledgers, MergedSearch& search,
                     const SearchTask& task) {
  SafeLines out(context.out);
  std::string line;
  bool any = false;
  while (search.next()) {
    line.clear();
    ledgers.are_named ? append_entry_json(line, search.entry(), ledgers.names[search.ledger()])
                      : append_entry_json(line, search.entry());
    out.write(line += '\n');
    any = true;
  }
  if (context.stop) return ExitCode::interrupted;
  explain(context, task, search.statistics());
  return any ? ExitCode::yes : ExitCode::no;
}

// Whether one more question costs no second reading of a large ledger.
bool is_cheap_to_ask(const SearchStatistics& statistics) {
  constexpr std::uint64_t kFew = 50'000;
  return statistics.indexed == statistics.size || statistics.size <= kFew;
}

ExitCode print_timeline(Context& context, const OpenLedgers& ledgers, MergedSearch& search,
                        const SearchTask& task) {
  const std::vector<std::string> words = task.question.query.words();
  PagedOutput out(context);
  Timeline timeline(context, out, words, ledgers.are_named);
  std::uint64_t shown = 0;
  bool more = false;
  while (!context.stop && !out.is_closed() && search.next()) {
    more = task.limit != 0 && shown == task.limit;
    if (more) break;
    timeline.add(search.entry(), ledgers.labels[search.ledger()]);
    ++shown;
  }
  timeline.finish();
  out.finish();
  if (out.is_closed()) return ExitCode::yes;  // the reader saw enough
  if (context.stop) return ExitCode::interrupted;
  print_footer(context, ledgers, search.statistics(), shown, more);
  explain(context, task, search.statistics());
  if (shown == 0) {
    explain_nothing(context, ledgers.views, task.question, "nothing matches");
  } else if (is_cheap_to_ask(search.statistics())) {
    note_own_entries(context, ledgers.views, task.question);
  }
  return shown > 0 ? ExitCode::yes : ExitCode::no;
}

ExitCode print_spread(Context& context, std::span<const LedgerView> views, const SearchTask& task) {
  const bool as_json = task.shape == Shape::jsonl;
  const SearchOptions options{.explain = task.explain, .stop = &context.stop};
  bool any = false;
  if (task.histogram) {
    const Histogram histogram =
        count_over_time(views, task.question.query, *task.histogram, options);
    if (context.stop) return ExitCode::interrupted;
    print_histogram(context, histogram, as_json);
    explain(context, task, histogram.statistics);
    any = !histogram.bars.empty();
  } else {
    const Facets facets = count_by(views, task.question.query, task.by, options);
    if (context.stop) return ExitCode::interrupted;
    print_facets(context, facets, task.by, task.limit, as_json);
    explain(context, task, facets.statistics);
    any = !facets.rows.empty();
  }
  if (!any && !as_json) explain_nothing(context, views, task.question, "nothing matches");
  return any ? ExitCode::yes : ExitCode::no;
}

ExitCode print_proved(Context& context, const LedgerView& view, const SearchTask& task,
                      const SearchFlags& flags) {
  SearchStatistics statistics;
  const ExitCode code = prove_answers(context, view,
                                      {.question = task.question.query,
                                       .limit = task.limit,
                                       .order = task.order,
                                       .seq = task.seq,
                                       .only_count = flags.count,
                                       .as_json = task.shape == Shape::jsonl,
                                       .explain = task.explain,
                                       .keys = read_given_keys(flags.keys)},
                                      statistics);
  explain(context, task, statistics);
  if (code == ExitCode::no && task.shape != Shape::jsonl) {
    explain_nothing(context, {&view, 1}, task.question, "nothing matches");
  }
  return code;
}

ExitCode run_search(Context& context, const SearchFlags& flags,
                    const std::vector<std::string>& words) {
  const SearchTask task = resolve(context, flags, words);
  if (flags.follow) {
    return follow(context, {.ledgers = find_ledgers(context),
                            .question = task.question.query,
                            .limit = flags.limit.empty() ? 0 : task.limit,
                            .as_json = task.shape == Shape::jsonl,
                            .disclosure = task.disclosure});
  }
  if (flags.why) {
    return print_why(context, open_ledgers(context), *task.seq, task.shape == Shape::jsonl);
  }
  if (flags.prove) {
    const std::filesystem::path file = find_ledger(context, "search --prove");
    return print_proved(context, open_ledger(context, file), task, flags);
  }
  if (task.seq) {
    const std::string hint = fmt::format("-l FILE names one; the query seq:{} asks all", *task.seq);
    const auto file = find_ledger(context, "search --seq", ForWhat::reading, hint);
    return print_entry(context, open_ledger(context, file, task.disclosure), task);
  }
  const OpenLedgers ledgers = open_ledgers(context, task.disclosure);
  const bool as_json = task.shape == Shape::jsonl;
  if (task.runs) return print_runs(context, ledgers, {*task.runs, task.limit, as_json});
  if (!flags.trace.empty()) return print_trace(context, ledgers, flags.trace, as_json, flags.all);
  if (flags.count) return print_count(context, ledgers, task);
  if (task.histogram || !task.by.empty()) return print_spread(context, ledgers.views, task);
  if (task.shape == Shape::csv) {
    return print_as_csv(context, ledgers.views, ledgers.names_of_several(), task, {0, UINT64_MAX});
  }
  SearchOptions options;
  options.order = task.order;
  options.limit = task.limit;
  options.explain = task.explain;
  options.stop = &context.stop;
  if (task.shape == Shape::jsonl) {
    MergedSearch search(ledgers.views, task.question.query, options);
    return print_lines(context, ledgers, search, task);
  }
  // One more than is shown tells whether there are more.
  if (task.limit != 0) options.limit = task.limit + 1;
  MergedSearch search(ledgers.views, task.question.query, options);
  return print_timeline(context, ledgers, search, task);
}

}  // namespace

Command add_search(CLI::App& root) {
  const auto flags = std::make_shared<SearchFlags>();
  Command command;
  command.app = root.add_subcommand("search", "find entries, newest first");
  CLI::App& app = *command.app;
  add_value(app, "-n,--limit", flags->limit, "N", "show at most N entries (default 50; 0: all)");
  add_switch(app, "--oldest", flags->oldest, "oldest first");
  add_switch(app, "--count", flags->count, "print only how many entries match")
      ->configurable(false);
  add_switch(app, "--follow", flags->follow, "print new matches as they are committed")
      ->configurable(false);
  add_value(app, "--by", flags->by, "FIELD[,FIELD]",
            "count by the values of a field, or of several")
      ->configurable(false);
  add_value(app, "--histogram", flags->histogram, "SPAN",
            "count over time: a bar for each 1h, 1d ...")
      ->configurable(false);
  add_switch(app, "--explain", flags->explain, "say how the query was understood and answered")
      ->configurable(false);
  add_switch(app, "--prove", flags->prove,
             "prove each entry that is shown, and end with what the answer rests on")
      ->configurable(false);
  add_values(app, "--key", flags->keys, "VKEY|FILE",
             "with --prove: who must have signed (repeatable)")
      ->configurable(false);
  add_switch(app, "--runs", flags->runs, "list runs, a line each; run.failures:>0 tests them")
      ->configurable(false);
  add_value(app, "--trace", flags->trace, "ID",
            "show the run of a session, trace, event, call or entry number as a tree")
      ->configurable(false);
  add_switch(app, "--all", flags->all, "with --trace: also steps that say nothing, in a long run")
      ->configurable(false);
  add_value(app, "--seq", flags->seq, "N", "show entry N with all its fields")->configurable(false);
  add_switch(app, "--why", flags->why, "with --seq: what led to it, what allowed it, who saw it")
      ->configurable(false);
  add_value(app, "--output", flags->output, "table|jsonl|csv", "how to answer (default table)");
  add_view_flag(app, flags->view);
  add_filters(app, flags->filters);
  command.words = {"[QUERY...]", "what to look for; all words together are one query", "QUERY",
                   SIZE_MAX, true};
  command.paragraphs = {
      "A word finds it in the text of the payload; field:value compares a field; -x or NOT x, AND, "
      "OR and parentheses combine. audit-query(7) has all of it. Flags may stand anywhere; a word "
      "that begins with one '-' belongs to the query.",
      "Newest first is by the order in which entries were recorded; since: and until: go by when "
      "it "
      "happened. The answer is complete even where the index lags: what it does not hold is read.",
  };
  command.examples = {
      {"audit search refund", "the newest 50 entries that say refund"},
      {"audit search 'decision:deny since:7d refund'", "refused refunds of the last 7 days"},
      {"audit search 'tool:refund type:tool.call call.approved:no'", "refunds nobody approved"},
      {"audit search --agent 'billing*' -refund --count", "how many are not about refunds"},
      {"audit search decision:deny --by policy,agent", "who is refused what, most often first"},
      {"audit search type:error --histogram 1h", "when things went wrong"},
      {"audit search --follow decision:deny", "refusals, as they happen"},
      {"audit search --runs since:7d 'run.failures:>0'", "runs in which something failed"},
      {"audit search --trace sess-2f1c-42", "a run from beginning to end, as a tree"},
      {"audit search --prove --json -n 0 decision:deny > evidence.jsonl",
       "every refusal, each with its proof, and the signed checkpoint last"},
      {"audit search --view redacted status:error", "envelopes only, for who must not see content"},
      {"audit search --seq 4711", "one entry in full"},
      {"audit search --seq 4711 --why", "what led to it, and who allowed it"},
      {"audit search -l 'logs/*.ledger' type:error", "errors in all ledgers of a folder"},
      {"audit search --json -n 0 type:tool.call | jq .tool", "every tool that was called"},
  };
  command.exits = {
      {ExitCode::yes, "something matches"},
      {ExitCode::no, "nothing matches"},
      {ExitCode::usage, "the query, a field or a time was not understood"},
      {ExitCode::data, "the ledger is damaged, an entry is not proved, or too much to count by"},
      {ExitCode::not_found, "no such ledger, or no entry --seq N"},
      {ExitCode::interrupted, "interrupted"},
  };
  command.run = [flags](Context& context, const std::vector<std::string>& words) {
    return run_search(context, *flags, words);
  };
  return command;
}

}  // namespace audit::cli
