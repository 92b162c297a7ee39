#include "commands/prove.hpp"

#include <audit/export.hpp>
#include <audit/prover.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "commands/timeline.hpp"
#include "known_index.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

// So many entries that are not proved are named; the rest is counted.
constexpr std::size_t kNamed = 20;

// An entry that is not proved.
struct Unproved {
  std::uint64_t seq;
  std::string why;
  bool is_answer;  // as it stands
};

// What became of the entries.
struct Tally {
  std::uint64_t proved = 0;
  std::uint64_t erased = 0;       // of these: something was erased
  std::uint64_t unproved = 0;     // answers
  std::uint64_t passed_over = 0;  // read, proved, and no answers
  std::uint64_t in_doubt = 0;     // read, not proved, and no answers as they stand
  std::vector<Unproved> named;    // the first that are not proved
  bool has_more = false;          // answers behind the limit

  void note(const Entry& entry, std::string why, bool is_answer) {
    ++(is_answer ? unproved : in_doubt);
    if (named.size() < kNamed) named.push_back({entry.seq, std::move(why), is_answer});
  }

  [[nodiscard]] bool is_sound() const { return unproved + in_doubt == 0; }
};

// Takes an answer with its proof; false ends the search.
using Take = std::function<bool(const Entry&, const EntryProof&)>;

bool prove(Prover& prover, const Entry& entry, const Take& take, Tally& tally) {
  const auto proof = prover.prove(entry);
  if (!proof) {
    tally.note(entry, proof.error(), true);
    return true;
  }
  ++tally.proved;
  if (!proof->is_whole) ++tally.erased;
  return take(entry, *proof);
}

Tally prove_one(const LedgerView& view, std::uint64_t seq, Prover& prover, const Take& take) {
  const std::optional<Entry> entry = view.entry(seq);
  if (!entry) {
    throw Error(ErrorCode::not_found, fmt::format("there is no entry {}", seq),
                fmt::format("the ledger holds entries 0..{}", view.size() - 1));
  }
  Tally tally;
  (void)prove(prover, *entry, take, tally);
  return tally;
}

Tally prove_all(const Context& context, const LedgerView& view, const ProveTask& task,
                Prover& prover, SearchStatistics& statistics, const Take& take) {
  const std::uint64_t limit = task.only_count ? 0 : task.limit;
  SearchOptions options;
  options.order = task.order;
  options.explain = task.explain;
  // One more than is shown tells whether there are more.
  options.limit = limit == 0 ? 0 : limit + 1;
  options.check_index = true;
  Tally tally;
  // That an entry is no answer is worth as much as what was read of it.
  options.passed_over = [&](const Entry& entry) {
    if (const auto proof = prover.prove(entry)) {
      ++tally.passed_over;
    } else {
      tally.note(entry, proof.error(), false);
    }
  };
  Search search(view, task.question, options);
  while (!context.stop && search.next()) {
    tally.has_more = limit != 0 && tally.proved + tally.unproved == limit;
    if (tally.has_more || !prove(prover, search.entry(), take, tally)) break;
  }
  statistics = search.statistics();
  return tally;
}

void name_unproved(Context& context, const Tally& tally) {
  context.out.flush();
  const auto say = [&](std::string text, bool is_last) {
    print_error(context, Error(ErrorCode::damaged, std::move(text),
                               is_last ? "run 'audit verify' on the ledger" : ""));
  };
  const std::uint64_t rest = tally.unproved + tally.in_doubt - tally.named.size();
  for (const Unproved& one : tally.named) {
    say(fmt::format("entry {} is not proved{}: {}", one.seq,
                    one.is_answer ? ", and not shown" : ", and may be an answer", one.why),
        rest == 0 && &one == &tally.named.back());
  }
  if (rest > 0) {
    say(fmt::format("{} are not proved", counted(rest, "more entry", "more entries")), true);
  }
}

ExitCode code_of(const Tally& tally) {
  if (!tally.is_sound()) return ExitCode::data;
  return tally.proved > 0 ? ExitCode::yes : ExitCode::no;
}

// A part of the index that was believed, and what was known of it.
struct Believed {
  IndexSegment segment;
  std::optional<KnownPart> known;
};

// The entry by which a part is bound to a state of the ledger is proved, too.
std::vector<Believed> look_up_parts(const Context& context, const LedgerView& view, Prover& prover,
                                    const SearchStatistics& statistics) {
  std::vector<Believed> parts;
  if (statistics.index_segments.empty()) return parts;
  KnownIndex known = KnownIndex::read(context, view.ledger_id());
  const auto hash_of = [&](std::uint64_t seq) -> std::optional<Digest> {
    const std::optional<Entry> entry = view.entry(seq);
    return entry && prover.prove(*entry) ? std::optional(entry->hash) : std::nullopt;
  };
  for (const IndexSegment& segment : statistics.index_segments) {
    const KnownPart* const part = known.find(segment, hash_of);
    parts.push_back({segment, part != nullptr ? std::optional(*part) : std::nullopt});
  }
  return parts;
}

bool are_known(const std::vector<Believed>& parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [](const Believed& part) { return part.known.has_value(); });
}

// --- as JSON ---

void append_proof(std::string& line, const EntryProof& proof) {
  std::vector<std::string> path;
  for (const Digest& digest : proof.path) path.push_back(to_base64(digest));
  JsonObject object;
  object.add("leaf_index", proof.index).add("tree_size", proof.size).add("path", path);
  line.pop_back();  // the end of the entry's object
  line += fmt::format(R"(,"proof":{}}})", object.str());
}

std::string segments_json(const std::vector<Believed>& parts) {
  std::vector<std::string> items;
  for (const auto& [segment, known] : parts) {
    JsonObject object;
    object.add("first", segment.range.first).add("last", segment.range.last - 1);
    object.add("digest", to_hex(segment.digest));
    object.add("basis", known ? to_string(known->basis) : "none");
    if (known) object.add("since", to_rfc3339(known->when));
    items.push_back(object.str());
  }
  return json_array(items);
}

std::string closing_object(const LedgerView& view, const Prover& prover, const Tally& tally,
                           const SearchStatistics& statistics, const std::vector<Believed>& parts) {
  const Checkpoint& head = prover.head();
  JsonObject object;
  object.add("schema", "audit.proof/1").add("origin", head.origin).add("size", head.size);
  object.add("root", to_base64(head.root)).add("checkpoint", view.head_note());
  object.add("signed", prover.is_signed_by_given_key()).add("proved", tally.proved);
  object.add("erased", tally.erased).add("unproved", tally.unproved).add("more", tally.has_more);
  object.add("passed_over", tally.passed_over).add("in_doubt", tally.in_doubt);
  object.add_raw("segments", segments_json(parts));
  if (parts.empty()) {
    object.add_raw("index_verified", "null");
  } else {
    object.add("index_verified", are_known(parts));
  }
  return object.add("index_note", statistics.index_note).str();
}

// --- for people ---

std::string proved_text(const Tally& tally) {
  if (tally.proved + tally.unproved == 0) return "no entry matches";
  std::string text = "no entry";
  if (tally.proved > 0) {
    text = fmt::format("{}, rehashed and found in the tree of the checkpoint below",
                       counted(tally.proved, "entry", "entries"));
  }
  if (tally.erased > 0) {
    text += fmt::format("; of {} something was erased, and what is left was rehashed",
                        grouped(tally.erased));
  }
  if (tally.unproved > 0) {
    text += fmt::format("; {} not proved, and not shown", grouped(tally.unproved));
  }
  return text;
}

std::string searched_text(const Tally& tally, const SearchStatistics& statistics) {
  std::string text = fmt::format("all {}", counted(statistics.size, "entry", "entries"));
  if (tally.has_more) text += "; there are more answers (-n 0 shows all)";
  return text;
}

// Entries that were read and are no answers.
std::string read_text(const Tally& tally) {
  std::string text;
  if (tally.passed_over > 0) {
    text = fmt::format("{} that are no answers, proved as well",
                       counted(tally.passed_over, "entry", "entries"));
  }
  if (tally.in_doubt > 0) {
    if (!text.empty()) text += "; ";
    text += fmt::format("{} not proved, which may be answers", grouped(tally.in_doubt));
  }
  return text;
}

std::string index_text(const SearchStatistics& statistics, const std::vector<Believed>& parts) {
  std::string text = "none: all entries were read";
  if (!parts.empty()) {
    text = counted(parts.size(), "part", "parts");
    if (!are_known(parts)) text += "; index not verified: audit verify does";
  }
  if (!statistics.index_note.empty()) text += "; " + statistics.index_note;
  return text;
}

std::string part_text(const Believed& part) {
  const auto& [segment, known] = part;
  constexpr std::size_t kDate = 10;  // of RFC 3339
  const std::string basis = known ? fmt::format("{} here on {}", to_string(known->basis),
                                                to_rfc3339(known->when).substr(0, kDate))
                                  : "not verified";
  return fmt::format("{} entries {} to {}, {}", to_hex(segment.digest), segment.range.first,
                     segment.range.last - 1, basis);
}

// What the answers rest on; the checkpoint last, as it is.
std::string closing_text(const Context& context, const LedgerView& view, const ProveTask& task,
                         const Prover& prover, const Tally& tally,
                         const SearchStatistics& statistics, const std::vector<Believed>& parts) {
  constexpr std::size_t kIndent = 10;
  std::string text;
  const auto line = [&](std::string_view name, std::string_view what) {
    text += fmt::format("{:<9} {}\n", name,
                        wrap(escape_controls(what), kIndent, wrap_width(context.out)));
  };
  text += '\n';
  line("proved", proved_text(tally));
  if (!task.seq) {
    line("searched", searched_text(tally, statistics));
    if (const std::string read = read_text(tally); !read.empty()) line("read", read);
    line("index", index_text(statistics, parts));
    for (const Believed& part : parts) line("", part_text(part));
  }
  line("signer",
       prover.is_signed_by_given_key() ? "a key that was given" : "self-declared (no --key)");
  text += '\n';
  for (std::string_view note = view.head_note(); !note.empty();) {
    const std::size_t end = note.find('\n');
    text += escape_controls(note.substr(0, end)) + '\n';
    note.remove_prefix(end == std::string_view::npos ? note.size() : end + 1);
  }
  return text;
}

ExitCode prove_as_lines(Context& context, const LedgerView& view, const ProveTask& task,
                        Prover& prover, SearchStatistics& statistics) {
  SafeLines out(context.out);
  std::string line;
  const Take print = [&](const Entry& entry, const EntryProof& proof) {
    if (task.only_count) return true;
    line.clear();
    append_entry_json(line, entry);
    append_proof(line, proof);
    out.write(line += '\n');
    return true;
  };
  const Tally tally = task.seq ? prove_one(view, *task.seq, prover, print)
                               : prove_all(context, view, task, prover, statistics, print);
  if (context.stop) return ExitCode::interrupted;
  if (task.only_count) {
    JsonObject object;
    object.add("schema", "audit.count/1").add("count", tally.proved).add("size", view.size());
    out.write(object.str() + '\n');
  }
  const std::vector<Believed> parts = look_up_parts(context, view, prover, statistics);
  out.write(closing_object(view, prover, tally, statistics, parts) + '\n');
  name_unproved(context, tally);
  return code_of(tally);
}

ExitCode prove_as_text(Context& context, const LedgerView& view, const ProveTask& task,
                       Prover& prover, SearchStatistics& statistics) {
  const std::vector<std::string> words = task.question.words();
  PagedOutput out(context);
  Timeline timeline(context, out, words);
  const Take print = [&](const Entry& entry, const EntryProof&) {
    if (task.seq) out.write(entry_block(entry, context.out_style()));
    if (!task.seq && !task.only_count) timeline.add(entry);
    return !out.is_closed();
  };
  const Tally tally = task.seq ? prove_one(view, *task.seq, prover, print)
                               : prove_all(context, view, task, prover, statistics, print);
  timeline.finish();
  if (task.only_count) out.write(fmt::format("{}\n", tally.proved));
  if (!context.stop) {
    const std::vector<Believed> parts = look_up_parts(context, view, prover, statistics);
    out.write(closing_text(context, view, task, prover, tally, statistics, parts));
  }
  out.finish();
  if (context.stop) return ExitCode::interrupted;
  name_unproved(context, tally);
  return code_of(tally);
}

}  // namespace

ExitCode prove_answers(Context& context, const LedgerView& view, const ProveTask& task,
                       SearchStatistics& statistics) {
  Prover prover(view, task.keys);
  return task.as_json ? prove_as_lines(context, view, task, prover, statistics)
                      : prove_as_text(context, view, task, prover, statistics);
}

}  // namespace audit::cli
