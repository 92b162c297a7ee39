// match/predicate.hpp - is this entry an answer? A question compiled to be asked many times.
//
//   match::Predicate wanted(query.root());
//   auto rows = view.entries(range, order, wanted.fields(), wanted.needs_payload());
//   while (rows.next()) if (wanted.matches(rows.entry())) ...
//
// Cheap tests come first: what the envelope decides is decided without a look at the payload, and a
// payload is parsed at most once, whatever the question asks of it.
// Threads   one at a time per object: it keeps buffers
#pragma once

#include <audit/field.hpp>
#include <audit/ledger.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "match/query.hpp"

namespace audit::match {

class Predicate {
 public:
  // A null pointer is the question for everything.
  //   requires  the tree outlives this object
  explicit Predicate(const Node* root);
  Predicate(Predicate&&) noexcept;
  Predicate& operator=(Predicate&&) noexcept;
  ~Predicate();

  // The fields it may look at.
  [[nodiscard]] const FieldSet& fields() const noexcept;

  // True if it may look at the payload's bytes.
  [[nodiscard]] bool needs_payload() const noexcept;

  // True if `entry`, which has at least what fields() and needs_payload() name, is an answer.
  [[nodiscard]] bool matches(const Entry& entry);

  // The same for an event that is no entry yet.
  //   seq, received   what it will have
  [[nodiscard]] bool matches(const Event& event, std::uint64_t seq, Timestamp received);

 private:
  friend class Predicates;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Many questions about the same entries: a payload is read once for all of them.
// Threads   one at a time per object
class Predicates {
 public:
  Predicates();
  Predicates(Predicates&&) noexcept;
  Predicates& operator=(Predicates&&) noexcept;
  ~Predicates();

  // Adds a question; a null pointer is the one for everything. Returns its number.
  //   requires  the tree outlives this object; nothing was asked yet
  [[nodiscard]] std::size_t add(const Node* root);

  // What the next questions are about: it must stay as it is until then.
  void look_at(const Envelope& envelope, bool has_payload, std::string_view payload,
               std::uint64_t seq, Timestamp received);

  // The answer to question `number`.
  //   requires  look_at() was called
  [[nodiscard]] bool matches(std::size_t number);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace audit::match
