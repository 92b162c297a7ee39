// commands/erase_text.hpp - what would go, and what went, for people and for programs.
#pragma once

#include <audit/erase.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// Lines that say what a plan takes, what it passes over, and what stays.
void print_plan(Context& context, Output& out, const ErasurePlan& plan);

// What matches and is never erased, as one sentence; empty if there is none of it.
[[nodiscard]] std::string stays_notice(const ErasurePlan& plan);

// One audit.erase/1 object.
//   result   null: nothing was erased (--dry-run)
//   repeated_in   entries that are never erased and say what goes
[[nodiscard]] std::string erase_json(const ErasurePlan& plan, const ErasureResult* result,
                                     const std::vector<std::uint64_t>& repeated_in);

void print_erased(Context& context, const ErasurePlan& plan, const ErasureResult& result);

}  // namespace audit::cli
