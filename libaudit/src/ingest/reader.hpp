// ingest/reader.hpp - the first stage: inputs -> lines -> sealed drafts, gathered into batches.
//
// Threads   one; hands each full batch to `emit`
#pragma once

#include <audit/ingest.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ingest/gatherer.hpp"
#include "ingest/input.hpp"

namespace audit::ingest {

class Reader {
 public:
  struct Output {
    Gatherer::Output batches;
    std::function<void(std::string_view)> remark;
    std::function<std::uint64_t(const Input&)> start;  // where to begin in an open file
    bool is_gate = false;                              // somebody waits for what comes out
    std::function<bool(int)> is_own;  // whether an open file is one of the ledger's; may be empty
  };

  Reader(const IngestOptions& options, std::vector<Input> inputs, Output output,
         std::function<bool()> stopping);

  // Reads until the inputs end or `stopping` says so; looks every tenth of a second at least.
  void run();

  // When it has ended: files that were not named themselves, or are followed, and of which something
  // was not read, because they are damaged or hold no events.
  [[nodiscard]] std::uint64_t unread() const noexcept { return unread_; }

 private:
  // A file that has lost its name: where reading stood, and since when.
  struct Leaving {
    std::uint64_t position = UINT64_MAX;
    std::chrono::steady_clock::time_point since;
  };

  void read_all();
  [[nodiscard]] bool read_to_end(Input& input);
  // Opens an input; false if it is to be passed over.
  [[nodiscard]] bool begin(Input& input);
  // Leaves out a file whose bytes are no records; `hint` says how to read it.
  //   throws    invalid_argument if the file was named itself
  void pass_over(Input& input, std::string_view what, std::string hint);
  // Reads what an input has now; false when reading must stop.
  [[nodiscard]] bool drain(Input& input);
  [[nodiscard]] bool take_what_was_read(Input& input);
  [[nodiscard]] bool drain_rest(Input& input);
  [[nodiscard]] bool follow();
  [[nodiscard]] bool take(Input& input, const Line& line);
  [[nodiscard]] bool take_record(Input& input, const Line& line, source::Shape shape);
  [[nodiscard]] bool take_lines(Input& input, const Line& whole);
  [[nodiscard]] source::Shape shape_of(Input& input, const Line& line, bool& is_lines);
  void stop_waiting(Input& input);
  [[nodiscard]] bool is_due();
  [[nodiscard]] std::chrono::milliseconds patience();

  [[nodiscard]] bool emit() { return gatherer_.emit(); }

  [[nodiscard]] bool is_settled(Input& input, Input::Fate fate);
  // Goes to the file that has the name now.
  void go_on(Input& input, Input::Fate fate);
  [[nodiscard]] bool is_own(const Input& input) const;

  const IngestOptions& options_;
  std::vector<Input> inputs_;
  std::unordered_map<const Input*, Leaving> leaving_;  // files whose name another one has now
  std::unordered_set<const Input*> unfit_;             // it was told that their name is unfit
  Output output_;
  std::function<bool()> stopping_;
  Gatherer gatherer_;
  std::uint64_t unread_ = 0;
};

}  // namespace audit::ingest
