#include "crypto/tls.hpp"

#include <audit/error.hpp>

#include <atomic>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <openssl/ssl.h>

#include "base/file.hpp"
#include "base/shared_library.hpp"
#include "crypto/openssl.hpp"

// What is used of libssl.
#define AUDIT_LIBSSL_FUNCTIONS(F)       \
  F(SSL_CTX_check_private_key)          \
  F(SSL_CTX_ctrl)                       \
  F(SSL_CTX_free)                       \
  F(SSL_CTX_load_verify_locations)      \
  F(SSL_CTX_new)                        \
  F(SSL_CTX_set_alpn_select_cb)         \
  F(SSL_CTX_set_default_passwd_cb)      \
  F(SSL_CTX_set_default_verify_paths)   \
  F(SSL_CTX_set_options)                \
  F(SSL_CTX_set_verify)                 \
  F(SSL_CTX_use_PrivateKey_file)        \
  F(SSL_CTX_use_certificate_chain_file) \
  F(SSL_ctrl)                           \
  F(SSL_free)                           \
  F(SSL_get_error)                      \
  F(SSL_has_pending)                    \
  F(SSL_new)                            \
  F(SSL_read_ex)                        \
  F(SSL_set1_host)                      \
  F(SSL_set_accept_state)               \
  F(SSL_set_connect_state)              \
  F(SSL_set_fd)                         \
  F(SSL_shutdown)                       \
  F(SSL_write_ex)                       \
  F(TLS_client_method)                  \
  F(TLS_server_method)

namespace audit::crypto {

namespace {

struct LibSsl {
#define AUDIT_LIBSSL_MEMBER(name) decltype(&::name) name;
  AUDIT_LIBSSL_FUNCTIONS(AUDIT_LIBSSL_MEMBER)
#undef AUDIT_LIBSSL_MEMBER
};

LibSsl load() {
  const base::SharedLibrary library(AUDIT_LIBSSL_LIBRARY, "OpenSSL, which speaks TLS",
                                    AUDIT_OPENSSL_PACKAGE);
  LibSsl ssl{};
#define AUDIT_LIBSSL_FIND(name) library.find(#name, ssl.name);
  AUDIT_LIBSSL_FUNCTIONS(AUDIT_LIBSSL_FIND)
#undef AUDIT_LIBSSL_FIND
  return ssl;
}

const LibSsl& libssl() {
  static const LibSsl loaded = load();
  return loaded;
}

// What OpenSSL says of its last error.
std::string reason() {
  const char* const text = openssl().ERR_reason_error_string(openssl().ERR_get_error());
  openssl().ERR_clear_error();
  return text != nullptr ? text : "no reason is given";
}

// Nobody is there to be asked for a password.
extern "C" int no_password(char*, int, int, void*) { return -1; }

constexpr std::string_view kHttp11("http/1.1");

// Of the protocols a client offers, HTTP/1.1. One that offers others only is told so by the handshake.
extern "C" int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                               const unsigned char* in, unsigned int length, void* met_http2) {
  const std::string_view offered(reinterpret_cast<const char*>(in), length);
  bool has_http2 = false;
  for (std::size_t at = 0; at < offered.size();) {
    const auto size = static_cast<unsigned char>(offered[at]);
    const std::string_view name = offered.substr(at + 1, size);
    if (name == kHttp11) {
      *out = in + at + 1;
      *out_length = size;
      return SSL_TLSEXT_ERR_OK;
    }
    has_http2 |= name == "h2";
    at += std::size_t{1} + size;
  }
  if (has_http2) static_cast<std::atomic<bool>*>(met_http2)->store(true);
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

struct TlsContext::Impl {
  SSL_CTX* context = nullptr;
  std::atomic<bool> met_http2{false};
  std::atomic<bool> met_plain_http{false};

  ~Impl() { libssl().SSL_CTX_free(context); }
};

TlsContext::TlsContext(const std::filesystem::path& certificate, const std::filesystem::path& key)
    : impl_(std::make_unique<Impl>()) {
  // Told by their names: not there, not ours to read.
  (void)base::open_file(certificate, O_RDONLY);
  (void)base::open_file(key, O_RDONLY);
  const LibSsl& ssl = libssl();
  impl_->context = ssl.SSL_CTX_new(ssl.TLS_server_method());
  if (impl_->context == nullptr) throw Error(ErrorCode::internal, "cannot start TLS: " + reason());
  ssl.SSL_CTX_ctrl(impl_->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
  ssl.SSL_CTX_ctrl(impl_->context, SSL_CTRL_MODE,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                       SSL_MODE_RELEASE_BUFFERS,
                   nullptr);
  ssl.SSL_CTX_set_options(impl_->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                              SSL_OP_IGNORE_UNEXPECTED_EOF);
  ssl.SSL_CTX_set_default_passwd_cb(impl_->context, no_password);
  ssl.SSL_CTX_set_alpn_select_cb(impl_->context, select_protocol, &impl_->met_http2);
  if (ssl.SSL_CTX_use_certificate_chain_file(impl_->context, certificate.c_str()) != 1) {
    throw Error(ErrorCode::invalid_argument,
                certificate.string() + " holds no certificate that can be used: " + reason(),
                "it is PEM: the server's own certificate first, then those that vouch for it");
  }
  if (ssl.SSL_CTX_use_PrivateKey_file(impl_->context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw Error(ErrorCode::invalid_argument,
                key.string() + " holds no key of that certificate: " + reason(),
                "it is PEM, not encrypted, and belongs to " + certificate.string());
  }
  if (ssl.SSL_CTX_check_private_key(impl_->context) != 1) {
    throw Error(ErrorCode::invalid_argument,
                key.string() + " is not the key of " + certificate.string() + ": " + reason());
  }
}

TlsContext::TlsContext(const std::filesystem::path& authorities) : impl_(std::make_unique<Impl>()) {
  if (!authorities.empty()) (void)base::open_file(authorities, O_RDONLY);
  const LibSsl& ssl = libssl();
  impl_->context = ssl.SSL_CTX_new(ssl.TLS_client_method());
  if (impl_->context == nullptr) throw Error(ErrorCode::internal, "cannot start TLS: " + reason());
  ssl.SSL_CTX_ctrl(impl_->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
  ssl.SSL_CTX_ctrl(impl_->context, SSL_CTRL_MODE,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, nullptr);
  ssl.SSL_CTX_set_options(impl_->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ssl.SSL_CTX_set_verify(impl_->context, SSL_VERIFY_PEER, nullptr);
  const int found = authorities.empty() ? ssl.SSL_CTX_set_default_verify_paths(impl_->context)
                                        : ssl.SSL_CTX_load_verify_locations(
                                              impl_->context, authorities.c_str(), nullptr);
  if (found == 1) return;
  throw Error(
      ErrorCode::invalid_argument,
      authorities.string() + " holds no certificate that could vouch for a server: " + reason(),
      "it is PEM, one certificate after the other");
}

TlsContext::~TlsContext() = default;

bool TlsContext::met_http2_only() const noexcept { return impl_->met_http2.load(); }

bool TlsContext::met_plain_http() const noexcept { return impl_->met_plain_http.load(); }

struct TlsStream::Impl {
  SSL* stream = nullptr;
  std::atomic<bool>* met_plain_http = nullptr;  // of the context, which outlives it
  bool failed = false;
  std::string failure;

  ~Impl() { libssl().SSL_free(stream); }

  Status status_of(int result) {
    if (result == 1) return Status::done;
    switch (libssl().SSL_get_error(stream, result)) {
      case SSL_ERROR_WANT_READ:
        return Status::wants_read;
      case SSL_ERROR_WANT_WRITE:
        return Status::wants_write;
      case SSL_ERROR_ZERO_RETURN:
        return Status::closed;
      default:
        failed = true;
        failure = reason();
        if (failure == "http request") met_plain_http->store(true);  // SSL_R_HTTP_REQUEST
        return Status::closed;
    }
  }
};

TlsStream::TlsStream(const TlsContext& context, int fd) : impl_(std::make_unique<Impl>()) {
  impl_->stream = libssl().SSL_new(context.impl_->context);
  if (impl_->stream == nullptr || libssl().SSL_set_fd(impl_->stream, fd) != 1) {
    throw Error(ErrorCode::internal, "cannot start TLS on a connection: " + reason());
  }
  impl_->met_plain_http = &context.impl_->met_plain_http;
  libssl().SSL_set_accept_state(impl_->stream);
}

TlsStream::TlsStream(const TlsContext& context, int fd, const std::string& host)
    : impl_(std::make_unique<Impl>()) {
  const LibSsl& ssl = libssl();
  impl_->stream = ssl.SSL_new(context.impl_->context);
  std::string name = host;
  if (impl_->stream == nullptr || ssl.SSL_set_fd(impl_->stream, fd) != 1 ||
      ssl.SSL_set1_host(impl_->stream, host.c_str()) != 1) {
    throw Error(ErrorCode::internal, "cannot start TLS on a connection: " + reason());
  }
  // What the macro SSL_set_tlsext_host_name stands for.
  ssl.SSL_ctrl(impl_->stream, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  ssl.SSL_set_connect_state(impl_->stream);
}

TlsStream::~TlsStream() = default;

const std::string& TlsStream::failure() const noexcept { return impl_->failure; }

TlsStream::Status TlsStream::read(char* to, std::size_t room, std::size_t& got) {
  got = 0;
  openssl().ERR_clear_error();
  return impl_->status_of(libssl().SSL_read_ex(impl_->stream, to, room, &got));
}

TlsStream::Status TlsStream::write(const char* from, std::size_t bytes, std::size_t& sent) {
  sent = 0;
  openssl().ERR_clear_error();
  return impl_->status_of(libssl().SSL_write_ex(impl_->stream, from, bytes, &sent));
}

bool TlsStream::has_pending() const noexcept {
  return libssl().SSL_has_pending(impl_->stream) == 1;
}

void TlsStream::close() noexcept {
  if (impl_->failed) return;
  (void)libssl().SSL_shutdown(impl_->stream);
  openssl().ERR_clear_error();
}

}  // namespace audit::crypto
