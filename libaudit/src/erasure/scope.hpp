// erasure/scope.hpp - what a scope takes, as the ledger wants it.
#pragma once

#include <audit/erase.hpp>

#include "ledger/eraser.hpp"

namespace audit::erasure {

[[nodiscard]] ledger::Taking taking_of(const ErasureScope& scope) noexcept;

}  // namespace audit::erasure
