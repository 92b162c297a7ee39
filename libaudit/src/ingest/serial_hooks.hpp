// ingest/serial_hooks.hpp - the caller's hooks, called by one thread at a time.
#pragma once

#include <audit/ingest.hpp>

#include <functional>
#include <mutex>

namespace audit::ingest {

class SerialHooks {
 public:
  explicit SerialHooks(const IngestHooks& hooks) {
    serial_.progress = one_at_a_time(hooks.progress);
    serial_.tee = one_at_a_time(hooks.tee);
    serial_.notice = one_at_a_time(hooks.notice);
    serial_.alert = one_at_a_time(hooks.alert);
    serial_.remark = one_at_a_time(hooks.remark);
    serial_.listening = one_at_a_time(hooks.listening);
  }

  [[nodiscard]] const IngestHooks& hooks() const { return serial_; }

 private:
  template <class... Arguments>
  std::function<void(Arguments...)> one_at_a_time(const std::function<void(Arguments...)>& hook) {
    if (!hook) return {};
    return [this, hook](Arguments... arguments) {
      const std::lock_guard lock(mutex_);
      hook(arguments...);
    };
  }

  std::mutex mutex_;
  IngestHooks serial_;
};

}  // namespace audit::ingest
