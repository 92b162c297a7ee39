// commands/rotate.hpp - what init --rotate-key says: audit-init(1).
#pragma once

#include <audit/rotate.hpp>

#include "context.hpp"
#include "ui/json.hpp"

namespace audit::cli {

void add_rotated(JsonObject& object, const Rotated& rotated);

void print_rotated(Context& context, const Rotated& rotated);

}  // namespace audit::cli
