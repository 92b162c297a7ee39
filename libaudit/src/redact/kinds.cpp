#include "redact/kinds.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"
#include "redact/checks.hpp"

namespace audit::redact {

namespace {

// Tokens that say by themselves what they are, as their vendors document them; private keys.
constexpr std::string_view kKeyPattern =
    R"((?:)"
    R"(\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)"                                   // Amazon
    R"(|\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}))"  // GitHub
    R"(|\bglpat-[A-Za-z0-9_-]{20,})"                                     // GitLab
    R"(|\bsk-ant-[A-Za-z0-9_-]{20,})"                                    // Anthropic
    R"(|\bsk-(?:proj|svcacct|admin|or-v1|lf)-[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{32,})"   // OpenAI
    R"(|\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,})"          // Stripe
    R"(|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[0-9]-[A-Za-z0-9-]{10,})"                 // Slack
    R"(|\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,})"  // Google
    R"(|\bnpm_[A-Za-z0-9]{36}|\bpypi-[A-Za-z0-9_-]{40,}|\bdop_v1_[a-f0-9]{64})"
    R"(|\bhf_[A-Za-z0-9]{30,}|\br8_[A-Za-z0-9]{30,}|\bgsk_[A-Za-z0-9]{40,}|\bxai-[A-Za-z0-9]{40,})"
    R"(|\blsv2_(?:pt|sk)_[A-Za-z0-9_]{32,}|\btvly-[A-Za-z0-9-]{20,})"        // LangSmith, Tavily
    R"(|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bkey-[a-f0-9]{32}\b)"  // SendGrid, Mailgun
    R"(|\bSK[a-f0-9]{32}\b|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})"            // Twilio, Shopify
    R"(|\blin_api_[A-Za-z0-9]{32,}|\bntn_[A-Za-z0-9]{40,}|\bsecret_[A-Za-z0-9]{40,})"
    R"(|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"  // JSON Web Token
    R"(|(?s:-----BEGIN [A-Z ]{0,40}PRIVATE KEY)"
    R"((?: BLOCK)?-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z)))"
    R"())";

// What gives only a part of the match away: what stands behind "Bearer" and in headers, passwords in
// addresses, what is said to be a secret in a text, a URL, a command line, or JSON in a string.
constexpr std::string_view kBearerPattern = R"((?i:\bbearer\s{1,8})([A-Za-z0-9._~+/=-]{6,}))";
constexpr std::string_view kAuthorizationPattern =
    R"((?i:\bauthorization["'\s:=]{1,8}(?:basic|bearer|token|digest|negotiate|apikey)\s{1,8}))"
    R"(([^\s"',;\\\[\]]{6,}))";
constexpr std::string_view kCookiePattern =
    R"((?i:\b(?:set-)?cookie2?["']?\s{0,8}[:=]\s{0,8}["']?)([^\s=;,"']{1,256}=[^\r\n"']+))";
constexpr std::string_view kParameterPattern =
    R"((?:[?&](?i:[a-z0-9_.-]{0,40}(?:token|secret|sig|signature|password|passwd|pwd|auth))=)"
    R"(|(?:^|[\s"'=])--(?i:[a-z0-9-]{0,32}(?:token|secret|password|passwd|passphrase|api-?key))[ =]["']?)"
    R"(|\b[A-Z0-9_]{0,40}(?:TOKEN|SECRET)=["']?))"
    R"(([^\s"',;&#<>{}\[\]()\\-][^\s"',;&#<>{}\[\]()\\]{3,}))";
constexpr std::string_view kMemberPattern =
    R"((?i:["'][a-z0-9_-]{0,40}(?:token|secret)["']\s{0,8}:\s{0,8}["'])([^\s"'\\]{6,}))";
constexpr std::string_view kPasswordPattern =
    R"(\b[A-Za-z][A-Za-z0-9+.-]{0,31}://[^\s/:@"]*:([^\s/@"]+)@)";
#define AUDIT_SECRET                                                                       \
  R"((?i:password|passwd|passphrase|api[_-]?key|secret[_-]?key|secret[_-]?access[_-]?key)" \
  R"(|private[_-]?key|client[_-]?secret|access[_-]?token|refresh[_-]?token|auth[_-]?token))"
// All that names_secret() knows ends so. What stands behind a name that is itself a value is a comma
// or a brace: {"key":"api_key","value":..}.
constexpr std::string_view kSecretHint =
    R"((?i:pass[_-]?(?:word|wd|phrase|code)|key|secret|token|cookie|authorization))"
    R"([_-]*["']?\s*[:=,}])";
constexpr std::string_view kSecretPattern =
    AUDIT_SECRET R"(["']?\s{0,8}[:=]\s{0,8}["']?([^\s"',;&<>{}\[\]()]{6,}))";
#undef AUDIT_SECRET

// Letters of two bytes (Latin, Greek, Cyrillic) may stand among those of one; scripts of three bytes
// are written without blanks, so there a name is of one sort or the other.
#define AUDIT_LETTER R"((?:[A-Za-z0-9_]|[\xc3-\xdf][\x80-\xbf]))"
#define AUDIT_SIGN R"((?:[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}))"
#define AUDIT_LABEL R"((?:(?:[A-Za-z0-9-]|[\xc3-\xdf][\x80-\xbf])+|)" AUDIT_SIGN R"(+))"
constexpr std::string_view kEmailPattern =
    R"((?:)" AUDIT_LETTER R"((?:)" AUDIT_LETTER R"(|[.%+'-])*|)" AUDIT_SIGN R"(+)(?:@|%40))"  //
    AUDIT_LABEL R"((?:\.)" AUDIT_LABEL R"()*\.(?:(?:[A-Za-z]|[\xc3-\xdf][\x80-\xbf]){2,})"    //
    R"(|xn--[A-Za-z0-9-]+|)" AUDIT_SIGN R"(+))";
#undef AUDIT_LETTER
#undef AUDIT_SIGN
#undef AUDIT_LABEL

constexpr std::string_view kCardPattern =
    R"(\b(?:[2-68][0-9]{12,18})"
    R"(|[2-68][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{1,4}(?:[ -][0-9]{3})?)"
    R"(|3[0-9]{3}[ -][0-9]{6}[ -][0-9]{4,5})\b)";

constexpr auto kWord = Kind::Edge::word;
constexpr auto kAddress = Kind::Edge::address;

constexpr std::array kKinds = std::to_array<Kind>({
    {"key", "API keys, tokens, passwords, private keys", kKeyPattern, find_all, {}, true},
    {"key", "", kBearerPattern, find_bearer, {}, true},
    {"key", "", kAuthorizationPattern, find_all, {}, true},
    {"key", "", kCookiePattern, find_all},
    {"key", "", kParameterPattern, find_all, {}, true},
    {"key", "", kMemberPattern, find_secret},
    {"key", "", kPasswordPattern, find_all, {}, true},
    {"key", "", kSecretPattern, find_all, {}, false, true, kSecretHint},
    {"email", "e-mail addresses", kEmailPattern, find_email, {}, true, false, {}, "@%"},
    {"iban", "bank accounts (IBAN) with right check digits",
     R"(\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?\b)", find_iban,
     kWord},
    {"card", "payment cards of a known issuer with a right check digit", kCardPattern, find_card,
     kWord},
    {"ssn",
     "US social security numbers",
     R"(\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b)",
     find_ssn,
     kWord,
     false,
     false,
     {},
     "-"},
    {"phone",
     "phone numbers: +49 30 123456, (555) 123-4567",
     R"(\+[0-9]{1,3}[ ./-]?(?:\([0-9]{1,4}\)[ ./-]?)?[0-9](?:[ ./-]?[0-9]){5,12}\b)"
     R"(|(?:\([0-9]{3}\) ?|\b[0-9]{3}[.-])[0-9]{3}[.-][0-9]{4}\b)",
     find_phone,
     kWord,
     false,
     false,
     {},
     "+-.)"},
    {"ip",
     "addresses of IPv4 and IPv6",
     R"([0-9]+(?:\.[0-9]+){3,})",
     find_ip,
     kAddress,
     false,
     false,
     {},
     "."},
    {"ip",
     "",
     R"([0-9A-Fa-f:.]*(?:::|(?::[0-9A-Fa-f]{1,4}){7})[0-9A-Fa-f:.]*)",
     find_ip,
     kAddress,
     false,
     false,
     {},
     ":"},
});

// Letters and digits, or long: a token that was given out, and not one of a language model, which is
// a piece of a word.
bool is_opaque(std::string_view value) {
  constexpr std::size_t kLong = 16;
  if (value.find_first_of(" \t\n") != std::string_view::npos) return false;
  if (value.size() >= kLong) return true;
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::size_t kShortest = 6;
  const std::string lower = base::to_lower_ascii(value);
  const bool has_letter =
      std::any_of(lower.begin(), lower.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return value.size() >= kShortest && has_letter &&
         value.find_first_of(kDigits) != std::string_view::npos;
}

// Of a header: Basic dXNlcjpwYXNz.
bool names_scheme(std::string_view value) {
  constexpr std::array<std::string_view, 6> kSchemes = {"basic",  "bearer",    "token",
                                                        "digest", "negotiate", "apikey"};
  const std::size_t blank = value.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string scheme = base::to_lower_ascii(value.substr(0, blank));
  return std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end();
}

enum class SecretName : std::uint8_t {
  never,
  always,
  token,          // with an opaque value
  authorization,  // the same, or with what a header has
};

SecretName secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 20> kNames = {
      "password",    "passwd",       "passphrase",    "passcode",  "apikey",
      "secretkey",   "accesskey",    "privatekey",    "secret",    "cookie",
      "accesstoken", "refreshtoken", "authtoken",     "idtoken",   "sessiontoken",
      "bearertoken", "apitoken",     "securitytoken", "csrftoken", "xsrftoken"};
  constexpr std::size_t kLongest = 64;
  if (name.size() > kLongest) return SecretName::never;
  std::string plain = base::to_lower_ascii(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-'; });
  const auto ends = [&plain](std::string_view secret) { return plain.ends_with(secret); };
  if (std::any_of(kNames.begin(), kNames.end(), ends)) return SecretName::always;
  if (ends("authorization")) return SecretName::authorization;
  return ends("token") ? SecretName::token : SecretName::never;
}

}  // namespace

std::span<const Kind> kinds() noexcept { return kKinds; }

const Kind* find_kind(std::string_view name) noexcept {
  const auto* const at = std::find_if(kKinds.begin(), kKinds.end(),
                                      [name](const Kind& kind) { return kind.name == name; });
  return at == kKinds.end() ? nullptr : &*at;
}

bool names_secret(std::string_view name, std::string_view value) {
  const SecretName is = secret_name(name);
  if (is == SecretName::authorization && names_scheme(value)) return true;
  return is == SecretName::always || (is != SecretName::never && is_opaque(value));
}

bool may_name_secret(std::string_view name) { return secret_name(name) != SecretName::never; }

}  // namespace audit::redact
