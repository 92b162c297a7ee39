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

#include <memory>

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
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::match
