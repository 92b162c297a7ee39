// commands/erase_text.hpp - what would go, and what went, for people and for programs.
#pragma once

#include <audit/erase.hpp>

#include <string>

#include "context.hpp"

namespace audit::cli {

// Lines that say what a plan takes, what it passes over, and what stays.
void print_plan(Context& context, Output& out, const ErasurePlan& plan);

// One audit.erase/1 object.
//   result   null: nothing was erased (--dry-run)
[[nodiscard]] std::string erase_json(const ErasurePlan& plan, const ErasureResult* result);

void print_erased(Context& context, const ErasurePlan& plan, const ErasureResult& result);

}  // namespace audit::cli
