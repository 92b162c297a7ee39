// commands/trace_fold.hpp - what a long trace leaves out where people read it.
#pragma once

#include <audit/trace.hpp>

#include <cstddef>

namespace audit::cli {

// Takes steps of no kind out of a trace of more steps than a person reads: those of kind other below
// which stands nothing else, and of which there is nothing to tell: no failure, no gap. The numbers of
// the whole stay.
//   returns   how many were taken out
std::size_t fold(Trace& trace);

}  // namespace audit::cli
