// Makes events for scripts/bench.sh: JSON lines of about 1.2 KB, as agents write them.
//
//   generate COUNT [SEED]     the same COUNT and SEED give the same bytes
//
// Planted, to be searched for (by position, so the hits can be counted without the program):
//   zanzibarite              one event in 50,000: those with position % 50000 == 25000
//   quarterly                one event in ten, at random
//   rotate the signing key   one event in 1,000: position % 1000 == 500
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

// SplitMix64: small, fast, and the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }

  // 0 .. below - 1
  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(((next() >> 32U) * limit) >> 32U);
  }

  std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return least + below(most - least + 1);
  }

  bool one_in(std::uint32_t n) { return below(n) == 0; }

  template <std::size_t N>
  const char* pick(const std::array<const char*, N>& words) {
    return words[below(N)];
  }

 private:
  std::uint64_t state_;
};

// About 28,000 pronounceable words, the n-th as frequent as 1 / (n + 3): like text, and with a long
// tail, which is what makes an index work for its living. Drawn by the alias method.
class Vocabulary {
 public:
  Vocabulary() {
    static constexpr std::array kStarts = {
        "a", "be",  "ca",  "de", "e",   "fo",  "ga", "he", "in", "jo", "ku", "la", "me",  "no",
        "o", "pre", "qua", "re", "sta", "tri", "un", "ve", "wi", "xe", "yo", "za", "con", "sub"};
    static constexpr std::array kMiddles = {"",   "ber", "cti", "dor", "fer", "gra", "lan",
                                            "mi", "nta", "pol", "que", "ral", "son", "ter",
                                            "vi", "lla", "mo",  "ci",  "du",  "sse"};
    static constexpr std::array kEnds = {
        "n",   "s",   "ed",  "ing", "er",  "al",   "ly",  "ion", "ment", "ty", "re", "ous", "t",
        "ve",  "le",  "nce", "sh",  "ck",  "ture", "st",  "ble", "k",    "ge", "nd", "rm",  "ght",
        "ism", "ful", "ard", "et",  "ish", "ow",   "ate", "ne",  "ess",  "or", "ic", "ant", "ry",
        "age", "um",  "ide", "ord", "ax",  "im",   "op",  "ern", "irl",  "ud"};
    for (const char* end : kEnds) {
      for (const char* middle : kMiddles) {
        for (const char* start : kStarts) {
          words_.push_back(std::string(start) + middle + end);
        }
      }
    }
    build_alias();
  }

  const std::string& draw(Random& random) const {
    const auto slot = random.below(static_cast<std::uint32_t>(words_.size()));
    return words_[random.below(1U << 24U) < threshold_[slot] ? slot : alias_[slot]];
  }

 private:
  void build_alias() {
    const std::size_t size = words_.size();
    std::vector<double> share(size);
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += share[i] = 1.0 / static_cast<double>(i + 3);
    std::deque<std::size_t> poor;
    std::deque<std::size_t> rich;
    for (std::size_t i = 0; i < size; ++i) {
      share[i] *= static_cast<double>(size) / sum;
      (share[i] < 1 ? poor : rich).push_back(i);
    }
    threshold_.assign(size, 1U << 24U);
    alias_.resize(size);
    while (!poor.empty() && !rich.empty()) {
      const std::size_t taker = poor.front();
      const std::size_t giver = rich.front();
      poor.pop_front();
      threshold_[taker] = static_cast<std::uint32_t>(share[taker] * (1U << 24U));
      alias_[taker] = static_cast<std::uint32_t>(giver);
      share[giver] -= 1 - share[taker];
      if (share[giver] < 1) {
        rich.pop_front();
        poor.push_back(giver);
      }
    }
  }

  std::vector<std::string> words_;
  std::vector<std::uint32_t> threshold_;
  std::vector<std::uint32_t> alias_;
};

// One run of one agent; events of 48 of them are interleaved.
struct Session {
  std::string id;
  std::string trace;
  std::string span;
  std::string agent;
  std::string user;
  const char* environment = "";
  std::size_t model = 0;
  std::uint32_t events_left = 0;
  bool begins = false;
};

struct Model {
  const char* name;
  const char* provider;
};

constexpr std::array kModels = {Model{"claude-opus-4", "anthropic"},
                                Model{"claude-sonnet-4", "anthropic"}, Model{"gpt-4.1", "openai"},
                                Model{"gemini-2.5-pro", "google"},
                                Model{"mistral-large-2", "mistral"}};
constexpr std::array kTools = {"bash",          "read_file",  "write_file",     "grep",
                               "sql_query",     "web_fetch",  "http_request",   "send_email",
                               "create_ticket", "git_commit", "deploy_service", "vector_search"};
constexpr std::array kPolicies = {"no-prod-writes", "pii-egress",     "secrets-access",
                                  "spend-limit",    "human-approval", "shell-guard"};
constexpr std::array kEnvironments = {"production", "production", "production", "staging",
                                      "development"};
constexpr std::array kForeign = {"straße", "naïve", "日本語", "Zürich", "Москва", "señor"};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), sessions_(48) {
    for (Session& session : sessions_) renew(session);
  }

  // Appends one line.
  void next(std::string& out) {
    Session& session = sessions_[random_.below(static_cast<std::uint32_t>(sessions_.size()))];
    time_us_ += random_.between(150'000, 2'600'000);
    out_ = &out;
    const bool ends = !session.begins && --session.events_left == 0;
    const char* type = session.begins ? "session.start" : ends ? "session.end" : draw_type();
    head(session, type);
    body(session, type);
    add(",\"tags\":[\"");
    add(words_.draw(random_));
    add("\",\"");
    add(words_.draw(random_));
    add("\"]}\n");
    ++position_;
    session.begins = false;
    if (ends) renew(session);
  }

 private:
  const char* draw_type() {
    const std::uint32_t roll = random_.below(100);
    if (roll < 27) return "llm_call";
    if (roll < 56) return "tool_call";
    if (roll < 85) return "tool_result";
    return roll < 97 ? "policy.decision" : "approval";
  }

  void renew(Session& session) {
    session.id = "ses_" + hex(20);
    session.trace = hex(32);
    session.span.clear();
    session.agent = numbered("agent-", skewed(200), 3);
    session.user = numbered("user", skewed(2000), 4) + "@example.com";
    session.environment = random_.pick(kEnvironments);
    session.model = random_.below(kModels.size());
    session.events_left = random_.between(10, 70);
    session.begins = true;
  }

  // Low numbers more often than high ones.
  std::uint32_t skewed(std::uint32_t limit) {
    const std::uint64_t number = random_.below(limit);
    return static_cast<std::uint32_t>(number * number / limit);
  }

  static std::string numbered(const char* prefix, std::uint32_t number, std::size_t digits) {
    const std::string text = std::to_string(number);
    return prefix + std::string(digits - text.size(), '0') + text;
  }

  std::string hex(std::size_t digits) {
    std::string text;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i % 16 == 0) bits = random_.next();
      text += "0123456789abcdef"[bits & 15U];
      bits >>= 4U;
    }
    return text;
  }

  void add(std::string_view text) { out_->append(text); }

  void add_number(std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out_->append(digits.begin(), end);
  }

  void field(std::string_view name, std::string_view value) {
    add(",\"");
    add(name);
    add("\":\"");
    add(value);
    add("\"");
  }

  void number(std::string_view name, std::uint64_t value) {
    add(",\"");
    add(name);
    add("\":");
    add_number(value);
  }

  void add_time() {
    const auto seconds = static_cast<std::time_t>(time_us_ / 1'000'000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    add({text.data(), length});
    std::string fraction = std::to_string(1'000'000 + time_us_ % 1'000'000);
    fraction[0] = '.';
    add(fraction);
    add("Z");
  }

  void head(Session& session, const char* type) {
    add("{\"id\":\"");
    add(hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12));
    add("\",\"ts\":\"");
    add_time();
    add("\",\"v\":1");
    field("type", type);
    field("agent_id", session.agent);
    field("session_id", session.id);
    field("trace_id", session.trace);
    if (!session.span.empty()) field("parent_span_id", session.span);
    session.span = hex(16);
    field("span_id", session.span);
    add(",\"actor\":{\"user\":\"");
    add(session.user);
    add("\",\"env\":\"");
    add(session.environment);
    add("\"}");
  }

  void body(const Session& session, std::string_view type) {
    if (type == "llm_call") return llm_call(session);
    if (type == "tool_call") return tool_call();
    if (type == "tool_result") return tool_result();
    if (type == "policy.decision") return policy_decision();
    if (type == "approval") return approval();
    field("model", kModels[session.model].name);
    field("status", "ok");
    if (type == "session.end") number("duration_ms", random_.below(3'600'000));
    text_field(type == "session.end" ? "summary" : "goal", 150, 500, true);
  }

  void llm_call(const Session& session) {
    const std::uint32_t in = random_.between(200, 6000);
    const std::uint32_t out = random_.between(40, 900);
    field("model", kModels[session.model].name);
    field("provider", kModels[session.model].provider);
    status();
    number("duration_ms", random_.between(300, 9000));
    number("tokens_in", in);
    number("tokens_out", out);
    add(",\"cost_usd\":0.0");
    add_number(10'000 + in * 3 + out * 15);
    add(",\"messages\":[{\"role\":\"system\",\"content\":\"");
    text(120, 320, false);
    add("\"},{\"role\":\"user\",\"content\":\"");
    text(220, 1050, true);
    add("\"},{\"role\":\"assistant\",\"content\":\"");
    text(320, 1400, false);
    add("\"}]");
    field("finish_reason", "stop");
  }

  void tool_call() {
    field("tool", random_.pick(kTools));
    field("call_id", "call_" + hex(20));
    field("status", "started");
    add(",\"input\":{\"path\":\"/srv/app/");
    add(words_.draw(random_));
    add("/");
    add(words_.draw(random_));
    add(".py\",\"command\":\"");
    text(30, 260, true);
    add("\",\"timeout_s\":");
    add_number(random_.below(600));
    add(",\"recursive\":true}");
  }

  void tool_result() {
    field("tool", random_.pick(kTools));
    const bool fails = status();
    number("duration_ms", random_.between(5, 20'000));
    number("exit_code", fails ? 1 : 0);
    add(",\"output\":{\"text\":\"");
    text(120, 1200, true);
    add("\",\"bytes\":");
    add_number(random_.below(100'000));
    add(",\"truncated\":false}");
  }

  void policy_decision() {
    const bool denies = random_.one_in(12);
    field("tool", random_.pick(kTools));
    field("policy", random_.pick(kPolicies));
    field("decision", denies ? "deny" : "allow");
    field("risk", denies ? "high" : "low");
    field("status", "ok");
    text_field("reason", 60, 260, true);
    add(",\"rules\":[\"r-");
    add(words_.draw(random_));
    add("\"]");
  }

  void approval() {
    field("tool", random_.pick(kTools));
    field("decision", random_.one_in(5) ? "rejected" : "approved");
    field("status", "ok");
    field("approver", numbered("lead", random_.below(40), 2) + "@example.com");
    number("wait_ms", random_.below(600'000));
    text_field("comment", 40, 180, true);
  }

  // true: it failed
  bool status() {
    const bool fails = random_.one_in(8);
    field("status", fails ? "error" : "ok");
    return fails;
  }

  void text_field(std::string_view name, std::uint32_t least, std::uint32_t most, bool plants) {
    add(",\"");
    add(name);
    add("\":\"");
    text(least, most, plants);
    add("\"");
  }

  // Sentences of about so many bytes, ready to stand inside a JSON string.
  void text(std::uint32_t least, std::uint32_t most, bool plants) {
    const std::size_t end = out_->size() + random_.between(least, most);
    std::uint32_t left_in_sentence = 0;
    while (out_->size() < end) {
      const bool begins = left_in_sentence == 0;
      if (begins) left_in_sentence = random_.between(6, 20);
      word(begins);
      if (--left_in_sentence == 0) {
        add(random_.one_in(12) ? ".\\n" : ". ");
      } else {
        add(random_.one_in(15) ? ", " : " ");
      }
    }
    if (plants) plant();
  }

  void word(bool begins) {
    if (random_.one_in(5000)) return add(random_.pick(kForeign));
    if (random_.one_in(60)) return add_number(random_.below(100'000));
    const std::size_t at = out_->size();
    add(words_.draw(random_));
    if (begins) (*out_)[at] = static_cast<char>((*out_)[at] - 'a' + 'A');
  }

  void plant() {
    if (random_.one_in(10)) add("quarterly ");
    if (position_ % 50'000 == 25'000) add("zanzibarite ");
    if (position_ % 1000 == 500) add("rotate the signing key ");
    add("end");
  }

  Random random_;
  Vocabulary words_;
  std::vector<Session> sessions_;
  std::string* out_ = nullptr;
  std::uint64_t position_ = 0;
  std::uint64_t time_us_ = 1'735'689'600'000'000;  // 2025-01-01
};

bool write(std::string& bytes) {
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
  bytes.clear();
  return written;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 2 || argument_count > 3) {
    std::fputs("usage: generate COUNT [SEED] > EVENTS.jsonl\n", stderr);
    return 2;
  }
  const std::uint64_t count = std::strtoull(arguments[1], nullptr, 10);
  Generator generator(argument_count == 3 ? std::strtoull(arguments[2], nullptr, 10) : 1);
  std::string bytes;
  for (std::uint64_t i = 0; i < count; ++i) {
    generator.next(bytes);
    if (bytes.size() > (1U << 20U) && !write(bytes)) return 74;
  }
  return write(bytes) && std::fflush(stdout) == 0 ? 0 : 74;
}
