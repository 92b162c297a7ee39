#include "source/steps.hpp"

#include <algorithm>

#include "event/arguments.hpp"
#include "source/json_path.hpp"
#include "source/reading.hpp"
#include "source/spending.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

constexpr std::size_t kMaxNameBytes = 256;

// How a field is read that is not told otherwise.
Reading reading_of(Target target) {
  switch (static_cast<Field>(target.number)) {
    case Field::time:
    case Field::approval_expires:
      return Reading::time;
    case Field::step:
    case Field::tokens_in:
    case Field::tokens_out:
    case Field::tokens_cache_read:
    case Field::tokens_cache_write:
    case Field::tokens_reasoning:
      return Reading::integer;
    case Field::side_effect:
    case Field::requires_approval:
      return Reading::boolean;
    case Field::provider:
      return Reading::provider;
    case Field::status:
      return Reading::status;
    case Field::decision:
      return Reading::decision;
    case Field::approval:
      return Reading::approval;
    case Field::risk:
      return Reading::risk;
    case Field::cost_nano:
      return Reading::money;
    case Field::duration_us:
      return Reading::milliseconds;
    default:
      return Reading::text;
  }
}

// Who, where and when.
constexpr Field kPlace[] = {
    Field::time,    Field::agent, Field::agent_version, Field::team,  Field::environment,
    Field::region,  Field::user,  Field::session,       Field::trace, Field::step,
    Field::service, Field::host,  Field::correlation_id};

// Where a step stands among all of its record: by its part; what the record as such tells behind the
// first event of the first part.
struct Order {
  std::size_t offset;
  int rank;
  std::size_t told;
};

}  // namespace

void Steps::begin(std::string_view record, std::size_t most, Timestamp received) {
  record_ = record;
  most_ = most;
  received_ = received;
  drafts_.clear();
  lists_.clear();
  parts_.clear();
  told_.clear();
  made_.clear();
  part_ = kRecord;
  is_confined_ = has_too_many_ = false;
  forget();
}

void Steps::forget() {
  finish_step();
  share();
  shared_.clear();
  shared_states_.clear();
  collector_.clear();
}

void Steps::confine(const JsonRange& range) {
  finish_step();
  if (parts_.size() == most_) {
    has_too_many_ = true;
    return;
  }
  is_confined_ = true;
  part_ = parts_.size();
  parts_.push_back({range, {}, 0});
}

void Steps::share() {
  finish_step();
  is_shared_ = true;
}

void Steps::share_place(const JsonValue& record) {
  share();
  collector_.clear();
  record.walk(collector_);
  for (const Field field : kPlace) {
    const Hit* const hit = collector_.hits().find(field);
    if (hit == nullptr) continue;
    if (hit->form == Hit::Form::digits) {
      text(field, collector_.hits().text(*hit));
    } else {
      shared_.set(field, *hit);
    }
  }
}

void Steps::enter(std::string_view path, std::size_t index) {
  finish_step();
  if (is_confined_) return;
  const std::vector<JsonRange>& list = elements(path);
  if (index >= list.size()) return leave();
  if (part_ != kRecord && parts_[part_].index == index && parts_[part_].path == path) return;
  if (parts_.size() == most_) {
    has_too_many_ = true;
    return;
  }
  part_ = parts_.size();
  parts_.push_back({list[index], path, index});
}

void Steps::leave() {
  finish_step();
  if (!is_confined_) part_ = kRecord;
}

const std::vector<JsonRange>& Steps::elements(std::string_view path) {
  const auto known = std::find_if(lists_.begin(), lists_.end(),
                                  [&](const auto& list) { return list.path == path; });
  if (known != lists_.end()) return known->elements;
  lists_.push_back({path, find_elements(record_, path)});
  return lists_.back().elements;
}

Steps& Steps::add(std::string_view kind) {
  finish_step();
  is_shared_ = false;
  step_ = &drafts_.add();
  told_.push_back(part_);
  own_ = shared_;
  own_.set_text(Field::type, kind);
  for (const auto& [field, word] : shared_states_) finisher_.add_state(field, word);
  return *this;
}

Steps& Steps::add_once(std::string_view kind, std::string_view id) {
  add(kind);
  text(Field::event_id, id);
  step_->is_once = !id.empty();
  return *this;
}

void Steps::adopt(PartEvent& made) {
  finish_step();
  PartEvent& event = drafts_.add();
  std::swap(event.envelope, made.envelope);
  event.is_complete = made.is_complete;
  told_.push_back(part_);
}

void Steps::add_plain(const JsonValue& record) {
  add("other");
  collector_.clear();
  record.walk(collector_);
  if (collector_.has_fault()) finisher_.add(Flag::wrong_type);
  own_ = collector_.hits();
}

Steps& Steps::set(Target target, const Value& value) {
  return set(target, value, reading_of(target));
}

Steps& Steps::set(Target target, const Value& value, Reading reading) {
  if (const auto hit = read_value(value, reading)) hits().set(target, *hit);
  return *this;
}

std::optional<Hit> Steps::read_value(const Value& value, Reading reading) {
  using Kind = JsonValue::Kind;
  if (!value || value->kind() == Kind::null) return std::nullopt;
  base::JsonNumber number{};
  Scalar scalar{Scalar::Kind::text, false, {}};
  switch (value->kind()) {
    case Kind::string:
      scalar.text = value->text();
      break;
    case Kind::boolean:
      scalar = {Scalar::Kind::boolean, value->truth(), {}};
      break;
    case Kind::number:
      number = value->number();
      scalar = {Scalar::Kind::number, false, {}, &number};
      break;
    default:
      finisher_.add(Flag::wrong_type);
      return std::nullopt;
  }
  if (scalar.kind == Scalar::Kind::text && scalar.text.empty()) return std::nullopt;
  const Candidate found = read(reading, scalar, words_, hits());
  if (found.found == Found::fault) finisher_.add(Flag::wrong_type);
  return found.found == Found::value ? std::optional(found.hit) : std::nullopt;
}

Steps& Steps::text(Target target, std::string_view text) {
  if (text.empty()) {
    hits().drop(target);
  } else {
    hits().set_text(target, made_.text(text));
  }
  return *this;
}

Steps& Steps::number(Field field, std::int64_t number) {
  hits().set_number(field, number);
  return *this;
}

Steps& Steps::drop(std::initializer_list<Field> fields) {
  for (const Field field : fields) hits().drop(field);
  return *this;
}

Steps& Steps::arguments(const Value& value, Field field) {
  if (!value) return *this;
  const auto digest = event::hash_arguments(*value);
  return digest ? text(field, to_hex(*digest)) : *this;
}

// The names of counters are those of the one table.
Steps& Steps::usage(const Value& value) {
  if (!value || !value->is_object()) return *this;
  collector_.clear();
  value->walk(collector_);
  for (const Field field : kSpending) {
    if (const auto number = collector_.hits().number(field)) hits().set_number(field, *number);
  }
  if (collector_.has_fault()) finisher_.add(Flag::wrong_type);
  return *this;
}

Steps& Steps::add_cached_tokens() {
  const auto all = input_with_cache(hits());
  return all ? number(Field::tokens_in, *all).state(Field::tokens_in, "derived") : *this;
}

Steps& Steps::add_thoughts() {
  const auto thoughts = hits().number(Field::tokens_reasoning);
  const auto said = hits().number(Field::tokens_out);
  std::int64_t all = 0;
  if (!thoughts || *thoughts == 0 || !said || __builtin_add_overflow(*thoughts, *said, &all)) {
    return *this;
  }
  return number(Field::tokens_out, all).state(Field::tokens_out, "derived");
}

std::optional<std::int64_t> Steps::time_of(const Value& value) {
  const auto hit = read_value(value, Reading::time);
  return hit ? std::optional(hit->number) : std::nullopt;
}

Steps& Steps::took(const Value& begin, const Value& end) {
  const auto from = time_of(begin);
  const auto to = time_of(end);
  if (!from || !to || *to < *from) return *this;
  return number(Field::duration_us, (*to - *from) / 1000);
}

Steps& Steps::failed(std::string_view message) {
  text(Field::status, "error");
  return text(Field::error, first_characters(message, kMaxErrorCharacters));
}

Steps& Steps::state(std::string_view state) {
  finisher_.add_state(state);
  return *this;
}

Steps& Steps::state(Field field, std::string_view state) {
  if (is_shared_) {
    shared_states_.emplace_back(field, state);
  } else {
    finisher_.add_state(field, state);
  }
  return *this;
}

void Steps::propose(const JsonValue& answer, std::string_view parent) {
  calls_.clear();
  find_tool_calls(answer, calls_);
  for (const ToolCall& call : calls_) {
    add("tool.proposed").drop({Field::event_id, Field::duration_us, Field::status, Field::error});
    if (!parent.empty()) text(Field::parent, parent);
    text(Field::tool, call.tool).text(Field::tool_call_id, call.id);
    if (call.arguments) text(Field::payload_hash, to_hex(*call.arguments));
  }
}

// A flag or state that was noticed while something shared was set goes with the next step.
void Steps::finish_step() {
  if (step_ == nullptr) return;
  for (const Field field : {Field::tool, Field::tool_call_id, Field::model}) {
    if (own_.text(field).size() > kMaxNameBytes) own_.drop(field);  // content
  }
  finisher_.finish(own_, received_, step_->envelope);
  step_->is_complete = step_->envelope.text(Field::status) != "pending";
  step_ = nullptr;
}

void Steps::end(PartEvents& events) {
  finish_step();
  std::vector<Order> orders;
  std::size_t first = SIZE_MAX;
  for (const std::size_t part : told_) {
    if (part != kRecord) first = std::min(first, parts_[part].range.offset);
  }
  // The end of a session comes last, though the record as such tells it.
  std::size_t last = first;
  for (const std::size_t part : told_) {
    if (part != kRecord) last = std::max(last, parts_[part].range.offset);
  }
  std::vector<bool> is_begun(parts_.size());
  for (std::size_t i = 0; i < told_.size(); ++i) {
    const std::size_t part = told_[i];
    if (part == kRecord) {
      const bool is_end =
          drafts_[i].envelope.text(Field::type) == "session.end" && first != SIZE_MAX;
      orders.push_back(is_end ? Order{last, 3, i} : Order{first, 1, i});
    } else {
      orders.push_back({parts_[part].range.offset, is_begun[part] ? 2 : 0, i});
      is_begun[part] = true;
    }
  }
  std::stable_sort(orders.begin(), orders.end(), [](const Order& a, const Order& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.rank < b.rank;
  });
  std::size_t part = 0;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    PartEvent& from = drafts_[orders[i].told];
    PartEvent& event = events.add();
    std::swap(event.envelope, from.envelope);
    event.is_complete = from.is_complete;
    event.is_once = from.is_once;
    event.has_bytes = i == 0 || orders[i].offset != orders[i - 1].offset;
    if (i > 0 && event.has_bytes) ++part;
    event.part = part;
    if (event.has_bytes) {
      const JsonRange range = told_[orders[i].told] == kRecord
                                  ? JsonRange{0, record_.size()}
                                  : parts_[told_[orders[i].told]].range;
      event.offset = range.offset;
      event.length = range.length;
    }
  }
}

}  // namespace audit::source
