#include "verify/erasure.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace audit::verify {

namespace {

constexpr ErasedParts kPayload = 1U << kPayloadBit;
constexpr ErasedParts kEntry = 1U << kEntryBit;

constexpr std::uint32_t kWholeFlag = 1U << 24;
constexpr std::uint32_t kPayloadFlag = 1U << 25;
constexpr std::uint32_t kSaltsFlag = 1U << 26;
constexpr unsigned kGoneShift = 12;
constexpr std::uint32_t kOwnMask = (1U << kGoneShift) - 1;

// What is wrong with an entry, given what may and must be gone; empty if nothing is.
struct Verdicts {
  bool too_much_gone = false;
  bool still_there = false;
};

Verdicts compare(const Remains& remains, ErasedParts named) {
  Verdicts verdicts;
  if (named == 0) {
    verdicts.too_much_gone = true;  // only asked about entries from which something is gone
    return verdicts;
  }
  if ((named & kEntry) != 0) {
    verdicts.still_there = !remains.is_whole_gone;
    return verdicts;
  }
  if (remains.is_whole_gone) {
    verdicts.too_much_gone = true;
    return verdicts;
  }
  const auto may_go = static_cast<ErasedParts>((named & kOwnMask) | content_parts());
  const auto must_be_gone = static_cast<ErasedParts>(remains.had & may_go);
  verdicts.still_there = remains.has_payload || (must_be_gone & ~remains.gone) != 0;
  verdicts.too_much_gone =
      (remains.gone & ~must_be_gone) != 0 || (remains.keeps_salts && must_be_gone == 0);
  return verdicts;
}

void report(SequenceRange range, const Verdicts& verdicts, Findings& findings) {
  if (verdicts.still_there) {
    findings.add_each("erasure-undone", range,
                      "content that a sys.erasure entry says was erased is there");
  }
  if (verdicts.too_much_gone) {
    findings.add_each("erasure", range, "content is gone that no sys.erasure entry names");
  }
}

}  // namespace

Remains Remains::of(const ledger::EntryRow& row) {
  Remains remains;
  remains.is_whole_gone = row.has_kept && row.kept.envelope.has_value();
  remains.keeps_salts = row.has_kept && row.kept.common.has_value();
  remains.has_payload = row.stored == 1 || row.stored == 2;
  unsigned had = 0;
  unsigned gone = 0;
  if (remains.keeps_salts) {
    for (const event::Kept::Own& own : row.kept.own) {
      const unsigned bit = 1U << bit_of_own(static_cast<Field>(own.tag));
      had |= bit;
      if (own.erased) gone |= bit;
    }
  } else {
    for (const Envelope::Value& value : row.own) had |= 1U << bit_of_own(value.field);
  }
  remains.had = static_cast<ErasedParts>(had & kOwnMask);
  remains.gone = static_cast<ErasedParts>(gone & kOwnMask);
  return remains;
}

std::uint32_t Remains::packed() const noexcept {
  return (std::uint32_t{had} & kOwnMask) | (std::uint32_t{gone} & kOwnMask) << kGoneShift |
         (is_whole_gone ? kWholeFlag : 0) | (has_payload ? kPayloadFlag : 0) |
         (keeps_salts ? kSaltsFlag : 0);
}

Remains Remains::unpacked(std::uint32_t bits) noexcept {
  Remains remains;
  remains.had = static_cast<ErasedParts>(bits & kOwnMask);
  remains.gone = static_cast<ErasedParts>(bits >> kGoneShift & kOwnMask);
  remains.is_whole_gone = (bits & kWholeFlag) != 0;
  remains.has_payload = (bits & kPayloadFlag) != 0;
  remains.keeps_salts = (bits & kSaltsFlag) != 0;
  return remains;
}

void Runs::add(std::uint64_t seq, std::uint32_t what) { add_run({seq, 1, what}); }

void Runs::append(const Runs& other) {
  for (const Run& run : other.runs_) add_run(run);
}

void Runs::add_run(const Run& run) {
  const bool goes_on = !runs_.empty() && runs_.back().last() == run.first &&
                       runs_.back().what == run.what &&
                       runs_.back().count <= std::numeric_limits<std::uint32_t>::max() - run.count;
  if (goes_on) {
    runs_.back().count += run.count;
  } else {
    runs_.push_back(run);
  }
}

// Sweeps over the places where runs begin and end, and counts for each bit how many runs set it
// there.
Runs Runs::united() const {
  struct Place {
    std::uint64_t at;
    std::uint32_t what;
    int change;
  };

  std::vector<Place> places;
  places.reserve(2 * runs_.size());
  for (const Run& run : runs_) {
    places.push_back({run.first, run.what, 1});
    places.push_back({run.last(), run.what, -1});
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.at < b.at; });
  std::array<int, 32> counts{};
  std::uint32_t now = 0;
  Runs united;
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (unsigned bit = 0; bit < counts.size(); ++bit) {
      if ((places[i].what >> bit & 1U) == 0) continue;
      counts[bit] += places[i].change;
      now = counts[bit] > 0 ? now | 1U << bit : now & ~(1U << bit);
    }
    const std::uint64_t until = i + 1 < places.size() ? places[i + 1].at : places[i].at;
    for (std::uint64_t at = places[i].at; now != 0 && at < until;) {
      const auto count = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(until - at, std::numeric_limits<std::uint32_t>::max()));
      united.add_run({at, count, now});
      at += count;
    }
  }
  return united;
}

void note_protected(std::uint64_t seq, Findings& findings) {
  findings.add("system", seq, "a sys.erasure entry names it, and its type must not be erased");
}

std::uint64_t check_erasures(const ErasureFacts& facts, std::uint64_t first,
                             const std::function<bool(std::uint64_t, Remains&)>& look,
                             Findings& findings) {
  const Runs named_runs = facts.named.united();
  const std::vector<Runs::Run>& named = named_runs.list();
  const std::vector<Runs::Run>& gone = facts.gone.list();
  std::uint64_t lawful = 0;
  std::size_t g = 0;
  std::uint64_t at = 0;  // everything before it is done
  const auto judge_gone = [&](SequenceRange range, std::uint32_t what, ErasedParts names) {
    const Verdicts verdicts = compare(Remains::unpacked(what), names);
    report(range, verdicts, findings);
    if (!verdicts.too_much_gone) lawful += range.count();
  };
  // What is gone between `at` and `until`, of which the same is said everywhere.
  const auto judge_until = [&](std::uint64_t until, ErasedParts names) {
    while (at < until) {
      while (g < gone.size() && gone[g].last() <= at) ++g;
      const std::uint64_t next =
          g < gone.size() ? std::min(until, std::max(at, gone[g].first)) : until;
      for (; names != 0 && at < next; ++at) {
        Remains remains;
        if (!look(at, remains)) continue;
        Verdicts verdicts = compare(remains, names);
        if (at < first) verdicts.too_much_gone = false;
        report({at, at + 1}, verdicts, findings);
      }
      at = next;
      if (at == until) break;
      const std::uint64_t end = std::min(until, gone[g].last());
      judge_gone({at, end}, gone[g].what, names);
      at = end;
    }
  };
  for (const Runs::Run& run : named) {
    judge_until(run.first, 0);
    judge_until(run.last(), static_cast<ErasedParts>(run.what));
  }
  judge_until(std::numeric_limits<std::uint64_t>::max(), 0);

  std::size_t n = 0;
  for (const std::uint64_t seq : facts.protected_entries) {
    while (n < named.size() && named[n].last() <= seq) ++n;
    if (n < named.size() && named[n].first <= seq) {
      note_protected(seq, findings);
    }
  }
  return lawful;
}

}  // namespace audit::verify
