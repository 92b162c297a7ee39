// lab.hpp - a small ledger made through the public interface, and the means to damage it as someone
// with write access to the file could: any SQL, without the program's triggers.
#pragma once

#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "own_entry.hpp"
#include "proof/note.hpp"
#include "raw_database.hpp"
#include "temp_folder.hpp"

namespace audit::test {

// An event that uses every way in which a field can be stored.
inline Event some_event(std::size_t i) {
  const auto digits = [](std::size_t number, std::size_t width) {
    std::string text = std::to_string(number);
    return std::string(width - text.size(), '0') + text;
  };
  Event event;
  Envelope& e = event.envelope;
  e.set_text(Field::type, i % 3 == 0 ? "tool.call" : i % 3 == 1 ? "tool.result" : "llm.call");
  e.set_number(Field::time, 1'700'000'000'000'000'000 + static_cast<std::int64_t>(i));
  e.set_text(Field::event_id, "0b6d3c1e-5f0a-4c3e-9a57-" + digits(i, 12));
  e.set_text(Field::agent, "agent-" + std::to_string(i % 5));
  e.set_text(Field::agent_version, "1.2.3");
  e.set_text(Field::environment, "prod");
  e.set_text(Field::user, "user" + std::to_string(i % 7) + "@example.com");
  e.set_text(Field::session, "session-" + std::to_string(i / 4));
  e.set_text(Field::trace, "4bf92f3577b34da6a3ce9" + digits(i, 11));
  e.set_text(Field::span, i % 2 == 0 ? "00f067aa0ba902b7" : "span number " + std::to_string(i));
  e.set_number(Field::step, static_cast<std::int64_t>(i));
  e.set_text(Field::links, "evt-1");
  e.set_text(Field::links, "evt-2");
  e.set_text(Field::tool, "refund");
  e.set_text(Field::tool_call_id, "call_" + std::to_string(i));
  e.set_number(Field::side_effect, 1);
  e.set_text(Field::resource, "invoice/" + std::to_string(i));
  e.set_text(Field::error, "limit exceeded");
  e.set_number(Field::duration_us, 1500);
  e.set_number(Field::cost_nano, -1);
  e.set_hash(Field::payload_hash, Digest{{1, 2, 3}});
  e.set_text(Field::source, "app.jsonl");
  event.payload =
      "{\"id\":\"" + std::string(e.text(Field::event_id)) +
      "\",\"note\":\"the quick brown fox number " + std::to_string(i) +
      " jumps over the lazy dog\",\"nested\":{\"amount\":12,\"city\":\"Zo\xc3\xab Stra\xc3\x9f"
      "e\"}}";
  if (i % 11 == 5) event.has_payload = false, event.payload.clear();
  if (i % 13 == 6 && event.has_payload) event.payload = "not JSON at all: \xff\xfe quick";
  return event;
}

inline std::vector<Event> some_events(std::size_t first, std::size_t count) {
  std::vector<Event> events;
  for (std::size_t i = first; i < first + count; ++i) events.push_back(some_event(i));
  return events;
}

class Lab {
 public:
  // A ledger of 1 + `events` entries, at rest.
  explicit Lab(std::size_t events = 20, bool with_index = true) : ledger(folder / "run.ledger") {
    CreateOptions options;
    options.origin = "example.com/lab";
    create_ledger(ledger, options);
    append(events, with_index);
  }

  void append(std::size_t events, bool with_index = true) {
    Ledger open = open_ledger();
    for (std::size_t done = 0; done < events; done += 5000) {
      (void)open.append(some_events(next_event_, std::min<std::size_t>(5000, events - done)));
      next_event_ += std::min<std::size_t>(5000, events - done);
    }
    if (with_index) open.update_index();
    open.close();
  }

  std::uint64_t append_system(std::string_view type, std::string_view payload) {
    return append_own(ledger, type, payload, key_file);
  }

  // Damages the evidence.
  void sql(const std::string& statement) { RawDatabase(ledger).run(statement); }

  void sql(const std::string& statement, const std::vector<std::string>& blobs) {
    RawDatabase(ledger).run(statement, blobs);
  }

  [[nodiscard]] std::string value(const std::string& query) const {
    return RawDatabase(ledger).value(query);
  }

  [[nodiscard]] std::int64_t number(const std::string& query) const {
    return RawDatabase(ledger).number(query);
  }

  [[nodiscard]] Ledger open_ledger() const {
    OpenOptions options;
    options.key_file = key_file;
    return Ledger::open(ledger, options);
  }

  [[nodiscard]] VerifyReport verify(const VerifyOptions& options = {}) const {
    return verify_ledger(ledger, options);
  }

  [[nodiscard]] std::filesystem::path keep_head(const std::string& name) const {
    const std::filesystem::path file = folder / name;
    std::ofstream(file) << value("SELECT note FROM head");
    return file;
  }

  void drop_index() const { std::filesystem::remove(index_file(ledger)); }

  TempFolder folder;
  std::filesystem::path ledger;
  std::filesystem::path key_file;  // empty: LEDGER.key

 private:
  std::size_t next_event_ = 0;
};

// Changes the ledger to the next key, as a rotation does.
inline void rotate(Lab& lab, const SigningKey& next, std::string_view previous_text = {}) {
  const SigningKey old = SigningKey::read(
      lab.key_file.empty() ? default_key_file(lab.ledger) : lab.key_file, "example.com/lab");
  const std::string previous =
      previous_text.empty() ? old.verify_key().text() : std::string(previous_text);
  lab.append_system("sys.key", "{\"key\":\"" + next.verify_key().text() + "\",\"previous\":\"" +
                                   previous + "\"}");
  std::string note = lab.value("SELECT note FROM head");
  const std::string text = note.substr(0, note.find("\n\n") + 1);
  const auto id = next.verify_key().id();
  note += proof::signature_line("example.com/lab", id, next.sign(text));
  lab.sql("UPDATE head SET note = CAST(?1 AS TEXT)", {note});
  lab.sql("INSERT OR REPLACE INTO checkpoint SELECT max(seq) + 1, CAST(?1 AS TEXT) FROM entry",
          {note});
  lab.key_file = lab.folder / ("key-" + next.verify_key().text().substr(16, 8));
  next.write(lab.key_file);
}

inline std::set<std::string> kinds(const VerifyReport& report) {
  std::set<std::string> kinds;
  for (const Finding& finding : report.findings) kinds.insert(finding.kind);
  return kinds;
}

// The entries that findings of a kind name.
inline std::set<std::uint64_t> named(const VerifyReport& report, std::string_view kind) {
  std::set<std::uint64_t> seqs;
  for (const Finding& finding : report.findings) {
    if (finding.kind == kind && finding.seq) seqs.insert(*finding.seq);
  }
  return seqs;
}

// The entries that any finding names.
inline std::set<std::uint64_t> named(const VerifyReport& report) {
  std::set<std::uint64_t> seqs;
  for (const Finding& finding : report.findings) {
    if (finding.seq) seqs.insert(*finding.seq);
  }
  return seqs;
}

inline bool has_level(const VerifyReport& report, Level level) {
  return std::find(report.level.begin(), report.level.end(), level) != report.level.end();
}

inline Check::Status status_of(const VerifyReport& report, std::string_view name) {
  for (const Check& check : report.checks) {
    if (check.name == name) return check.status;
  }
  throw std::runtime_error("no check " + std::string(name));
}

inline bool has_limit(const VerifyReport& report, std::string_view words) {
  return std::any_of(report.limits.begin(), report.limits.end(), [&](const std::string& limit) {
    return limit.find(words) != std::string::npos;
  });
}

}  // namespace audit::test
