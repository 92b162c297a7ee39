#include <audit/forward.hpp>

#include "siem/connection.hpp"

namespace audit {

struct SyslogReceiver::Impl {
  siem::Connection connection;
};

SyslogReceiver::SyslogReceiver(std::string_view address, const SyslogReceiverOptions& options)
    : impl_(new Impl{{siem::parse_address(address), options.authorities, options.stop}}) {}

SyslogReceiver::SyslogReceiver(SyslogReceiver&&) noexcept = default;
SyslogReceiver& SyslogReceiver::operator=(SyslogReceiver&&) noexcept = default;
SyslogReceiver::~SyslogReceiver() = default;

bool SyslogReceiver::open() { return impl_->connection.open(); }

bool SyslogReceiver::send(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return impl_->connection.send(line);
}

bool SyslogReceiver::settle() { return impl_->connection.settle(); }

const std::string& SyslogReceiver::trouble() const noexcept { return impl_->connection.trouble(); }

}  // namespace audit
