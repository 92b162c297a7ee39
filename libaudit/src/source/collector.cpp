#include "source/collector.hpp"

#include <algorithm>

#include "source/reading.hpp"

namespace audit::source {

namespace {

bool counts(const KeyTree::Row& row, Place place) {
  return row.trust != Trust::outside || place.lifted == 0;
}

}  // namespace

Collector::Collector(Vocabulary& words) : tree_(KeyTree::instance()), words_(words) {}

void Collector::clear() noexcept {
  hits_.clear();
  faults_.clear();
  depth_ = 0;
  skip_ = 0;
  list_rank_.reset();
}

bool Collector::has_fault() const noexcept {
  return std::any_of(faults_.begin(), faults_.end(), [this](const Fault& fault) {
    const Hit* hit = hits_.find(static_cast<Field>(fault.target));
    return hit == nullptr || fault.rank < hit->rank;
  });
}

void Collector::begin_object(std::string_view key) {
  if (skip_ > 0) return skip_deeper();
  if (depth_ == 0) {
    objects_[depth_++] = KeyTree::kRoot;
    return;
  }
  const Place place = find(key);
  if (place.known() && depth_ < objects_.size() && tree_.is_parent(place)) {
    objects_[depth_++] = place;
  } else {
    begin_skip(place);
  }
}

void Collector::end_object() {
  if (skip_ > 0) return end_skip();
  --depth_;
}

void Collector::begin_array(std::string_view key) {
  if (skip_ > 0) return skip_deeper();
  const Place place = find(key);
  if (!place.known() || !begin_list(place)) begin_skip(place);
}

void Collector::end_array() {
  if (skip_ > 0) return end_skip();
  list_rank_.reset();
}

void Collector::string(std::string_view key, std::string_view value) {
  if (skip_ > 0) {
    skipped_something_ = true;
  } else if (!value.empty()) {
    take(key, {Scalar::Kind::text, false, value});
  }
}

void Collector::number(std::string_view key, const base::JsonNumber& value) {
  if (skip_ > 0) {
    skipped_something_ = true;
  } else {
    take(key, {Scalar::Kind::number, false, {}, &value});
  }
}

void Collector::boolean(std::string_view key, bool value) {
  if (skip_ > 0) {
    skipped_something_ = true;
  } else {
    take(key, {Scalar::Kind::boolean, value});
  }
}

void Collector::null(std::string_view /*key*/) { skipped_something_ = true; }

Place Collector::find(std::string_view key) noexcept {
  if (list_rank_) return {};
  return place_of(objects_[depth_ - 1], key);
}

Place Collector::place_of(Place parent, std::string_view key) noexcept {
  const std::uint64_t tag = std::uint64_t{parent.node} << 8 | parent.lifted;
  return places_.find(tag, key, [&] { return tree_.find(parent, key); });
}

void Collector::take(std::string_view key, const Scalar& scalar) {
  if (list_rank_) return add_to_list(scalar);
  take_at(find(key), scalar);
}

void Collector::take(Place parent, std::string_view key, const Scalar& scalar) {
  take_at(place_of(parent, key), scalar);
}

void Collector::take_at(Place place, const Scalar& scalar) {
  if (!place.known()) return;
  for (const KeyTree::Row& row : tree_.rows(place)) {
    if (counts(row, place)) take(row, KeyTree::rank_of(row, place), scalar);
  }
}

void Collector::note_name(Target target, const Scalar& scalar) {
  if (scalar.kind != Scalar::Kind::text) return;
  if (target.number == Target(Field::type).number) names_->kinds.push_back(scalar.text);
  if (target.number == Target(Field::tool).number || target.number == Target(Hint::name).number) {
    names_->tools.push_back(scalar.text);
  }
}

void Collector::take(const KeyTree::Row& row, std::uint16_t rank, const Scalar& scalar) {
  if (names_ != nullptr) note_name(row.target, scalar);
  const Hit* best = hits_.find(row.target);
  if (best != nullptr && best->rank <= rank) return;
  if (row.reading == Reading::text && scalar.kind == Scalar::Kind::text) {  // most are
    hits_.set(row.target, {Hit::Form::text, rank, 0, scalar.text});
    return;
  }
  Candidate candidate = read(row.reading, scalar, words_, hits_);
  if (candidate.found == Found::value) {
    candidate.hit.rank = rank;
    if (row.reading == Reading::list) {
      hits_.list().assign(1, candidate.hit);
      candidate.hit.form = Hit::Form::list;
    }
    hits_.set(row.target, candidate.hit);
  } else if (candidate.found == Found::fault && row.trust == Trust::sure) {
    faults_.push_back({row.target.number, rank});
  }
}

bool Collector::begin_list(Place place) {
  for (const KeyTree::Row& row : tree_.rows(place)) {
    if (row.reading != Reading::list) continue;
    const std::uint16_t rank = KeyTree::rank_of(row, place);
    const Hit* best = hits_.find(row.target);
    if (best != nullptr && best->rank <= rank) return false;
    list_rank_ = rank;
    return true;
  }
  return false;
}

// A list counts from its first element on: an empty one hides no other.
void Collector::add_to_list(const Scalar& scalar) {
  const Candidate candidate = read(Reading::list, scalar, words_, hits_);
  if (candidate.found != Found::value) return;
  const Hit* best = hits_.find(Field::links);
  if (best == nullptr || best->rank != *list_rank_) {
    hits_.list().clear();
    hits_.set(Field::links, {Hit::Form::list, *list_rank_, 0, {}});
  }
  hits_.list().push_back(candidate.hit);
}

// An object or array that says nothing is passed over. Where a sure name wanted a value and got a
// filled one of these, that is a fault.
void Collector::begin_skip(Place place) noexcept {
  skip_ = 1;
  skipped_ = place;
  skipped_something_ = false;
}

void Collector::skip_deeper() noexcept {
  ++skip_;
  skipped_something_ = true;
}

void Collector::end_skip() {
  if (--skip_ > 0 || !skipped_something_ || !skipped_.known()) return;
  for (const KeyTree::Row& row : tree_.rows(skipped_)) {
    const bool matters = row.trust == Trust::sure && row.reading != Reading::list;
    if (matters) faults_.push_back({row.target.number, KeyTree::rank_of(row, skipped_)});
  }
}

}  // namespace audit::source
