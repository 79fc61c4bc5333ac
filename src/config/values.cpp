#include "config/values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/config/load.hpp"
#include "toyota2mqtt/history/statistics.hpp"

namespace toyota2mqtt::config {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLettersAndDigits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

std::string check_length(std::string_view text, std::size_t longest) {
  if (!base::is_plain_line(text)) return "a text in one line";
  if (text.size() > longest) return fmt::format("a text of at most {} bytes", longest);
  return {};
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && !text.starts_with('-') && !text.starts_with('.') &&
         base::has_only(text, std::string(kLettersAndDigits) + "._-");
}

bool is_ipv6(std::string_view text) {
  return std::ranges::count(text, ':') >= 2 && base::has_only(text, "0123456789abcdefABCDEF:.%");
}

bool is_loopback(std::string_view host) {
  const std::string name = base::lower_case(host);
  if (name == "localhost" || name == "[::1]") return true;
  // 127.0.0.1 and its kin, but not a name such as 127.example.com.
  return name.starts_with("127.") && std::ranges::count(name, '.') == 3 &&
         base::has_only(name, std::string(kDigits) + ".");
}

struct Url {
  std::string scheme;
  std::string host;
  bool valid = false;
};

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

Url split_url(std::string_view text) {
  const auto separator = text.find("://");
  if (separator == std::string_view::npos) return {};
  Url url{.scheme = base::lower_case(text.substr(0, separator)), .host = {}};
  const std::string_view rest = text.substr(separator + 3);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) return {};
    url.host = authority.substr(0, bracket + 1);
    port = authority.substr(bracket + 1);
    url.valid = is_ipv6(authority.substr(1, bracket - 1));
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? "" : authority.substr(colon);
    url.valid = is_host_name(url.host);
  }
  const std::string_view path = rest.substr(authority.size());
  url.valid = url.valid && (port.empty() || (port.front() == ':' && is_port(port.substr(1)))) &&
              base::has_only(path, std::string(kLettersAndDigits) + "/._~-%");
  return url;
}

bool is_numeric(int family, const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  return !address.contains('\0') && ::inet_pton(family, address.c_str(), bytes.data()) == 1;
}

/// How many bits the text would hold if its characters were drawn at random, as often as they
/// occur.
double bits_of(std::string_view text) {
  std::array<double, 256> counts{};
  for (const char letter : text) ++counts.at(static_cast<unsigned char>(letter));
  const auto size = static_cast<double>(text.size());
  double bits = 0;
  for (const double count : counts) {
    if (count > 0) bits += count * std::log2(size / count);
  }
  return bits;
}

/// The text is one short piece again and again.
bool repeats_itself(std::string_view text) {
  for (std::size_t period = 1; period <= text.size() / 2; ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return true;
  }
  return false;
}

bool lasts_from(std::string_view text, std::chrono::seconds least) {
  const auto duration = parse_duration(text);
  return duration && *duration >= least && *duration <= std::chrono::days(30);
}

}  // namespace

std::string check_text(std::string& text) { return check_length(text, 1024); }

std::string check_account_name(std::string& text) {
  text = without_blanks(text);
  if (text.empty()) return "an e-mail address";
  return check_length(text, 254);
}

std::string check_name(std::string& text) { return check_length(text, 100); }

std::string check_storage(std::string& text) {
  if (auto wrong = check_length(text, 1024); !wrong.empty()) return wrong;
  const auto normal = std::filesystem::path(text).lexically_normal();
  const auto plain = normal.has_filename() ? normal : normal.parent_path();
  const bool top = plain.is_absolute() && plain.parent_path() == plain.root_path();
  const std::string name = plain.filename().string();
  constexpr std::array<std::string_view, 17> kOfTheSystem{
      "bin",  "boot", "dev", "etc",  "home", "lib", "lib64", "mnt", "opt",
      "proc", "root", "run", "sbin", "srv",  "sys", "usr",   "var"};
  const bool system = top && std::ranges::find(kOfTheSystem, name) != kOfTheSystem.end();
  if (plain != plain.root_path() && !system) return {};
  return "a folder of its own, such as /var/lib/toyota2mqtt";
}

std::string check_host(std::string& text) {
  if (is_host_name(text) || is_ipv6(text)) return {};
  return "a host name or address alone; the port has its own key";
}

std::string check_night(std::string& text) {
  if (text.empty() || history::parse_day_window(text)) return {};
  return "two times of day such as 22:00-06:00";
}

std::string check_currency(std::string& text) {
  const bool letters = text.size() == 3 && std::ranges::all_of(text, [](char letter) {
                         return base::is_letter(letter);
                       });
  if (!letters && !text.empty()) return "the three letters of a currency such as EUR";
  std::ranges::transform(text, text.begin(), base::to_upper);
  return {};
}

std::string check_client_id(std::string& text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  if (printable && text.size() <= 64 && text.find_first_of("/+#") == std::string::npos) return {};
  return "up to 64 characters without spaces, /, + and #";
}

std::string check_topic(std::string& text) {
  const bool bad = !base::is_plain_line(text) || text.size() > 200 || text.starts_with('$') ||
                   text.starts_with('/') || text.ends_with('/') || text.contains("//") ||
                   text.find_first_of("+# ") != std::string::npos;
  return bad ? "a topic such as home/cars, without +, #, spaces and empty levels" : "";
}

std::string check_version(std::string& text) {
  if (text.size() <= 20 && base::has_only(text, std::string(kDigits) + ".")) return {};
  return "a version such as \"2.23.0\"";
}

std::string check_url(std::string& text) {
  const Url url = split_url(text);
  const bool plain = url.scheme == "http" && is_loopback(url.host);
  if (!url.valid || text.size() > 500 || (url.scheme != "https" && !plain)) {
    return "an https:// address without user, query and fragment (http:// for this machine only)";
  }
  while (text.ends_with('/')) text.pop_back();
  return {};
}

std::string check_listen(std::string& text) {
  if (parse_listen(text)) return {};
  return "a numeric address and a port, such as 127.0.0.1:8099 or [::1]:8099";
}

std::string check_polling(std::string& text) {
  return lasts_from(text, std::chrono::minutes(1)) ? "" : "a duration from 1m to 30d";
}

std::string check_wake_time(std::string& text) {
  if (text == "0" || lasts_from(text, std::chrono::minutes(1))) return {};
  return "a duration from 1m to 30d, or 0";
}

std::string check_min_interval(std::string& text) {
  return lasts_from(text, std::chrono::minutes(5)) ? "" : "a duration from 5m to 30d";
}

std::string check_retention(std::string& text) {
  const auto duration = parse_duration(text);
  const bool good = duration && (duration->count() == 0 || (*duration >= std::chrono::days(1) &&
                                                            *duration <= std::chrono::days(3650)));
  return good ? "" : "a duration from 1d to 3650d, or 0";
}

std::string check_code(std::string& text) {
  if (!!base::is_plain_line(text) && text.size() >= 4 && text.size() <= 64) return {};
  return "a code of 4 to 64 characters";
}

std::string check_user_name(std::string& text) {
  const bool bad =
      text.empty() || text.size() > 100 || !base::is_plain_line(text) || text.contains(':');
  return bad ? "a name of 1 to 100 characters without a colon" : "";
}

std::string check_origin(std::string& text) {
  const Url url = split_url(text);
  const bool plain = url.scheme == "http" && is_loopback(url.host);
  const bool whole = text.find('/', url.scheme.size() + 3) == std::string::npos;
  if (url.valid && whole && text.size() <= 300 && (url.scheme == "https" || plain)) {
    text = base::lower_case(text);
    return {};
  }
  return "the origin of one web site, such as https://home.example.com or "
         "https://home.example.com:8443, without a path; * is never taken";
}

std::string check_address(std::string& text) {
  if (is_numeric(AF_INET, text) || is_numeric(AF_INET6, text)) return {};
  return "a numeric address, such as 192.168.1.2";
}

std::string check_token_secret(std::string& text) {
  constexpr std::size_t kLeast = 32;
  constexpr double kLeastBits = 100;
  if (text.size() < kLeast) return "a secret of at least 32 bytes, or none: one is made at random";
  if (text.size() > 1024) return "a secret of at most 1024 bytes";
  if (repeats_itself(text) || bits_of(text) < kLeastBits) {
    return "a secret that nobody guesses, such as `openssl rand -base64 48` prints, or none: one "
           "is "
           "made at random";
  }
  return {};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::seconds(0);
  if (text.size() < 2 || text.size() > 10) return std::nullopt;
  const std::string_view digits = text.substr(0, text.size() - 1);
  if (!base::has_only(digits, kDigits)) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  long long value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  switch (text.back()) {
    case 's': return std::chrono::seconds(value);
    case 'm': return std::chrono::minutes(value);
    case 'h': return std::chrono::hours(value);
    case 'd': return std::chrono::days(value);
    default: return std::nullopt;
  }
}

bool ListenAddress::is_local() const { return address == "::1" || is_loopback(address); }

std::optional<ListenAddress> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string host = base::lower_case(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  if (digits != "0" && (!is_port(digits) || digits.front() == '0')) return std::nullopt;
  unsigned port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  ListenAddress found{.address = host, .port = static_cast<std::uint16_t>(port)};
  if (host == "localhost") found.address = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) {
    found.address = host.substr(1, host.size() - 2);
    return is_numeric(AF_INET6, found.address) ? std::optional(found) : std::nullopt;
  }
  return is_numeric(AF_INET, found.address) ? std::optional(found) : std::nullopt;
}

std::string format_duration(std::chrono::seconds duration) {
  const long long value = duration.count();
  if (value == 0) return "0";
  struct Unit {
    long long seconds;
    char letter;
  };
  for (const Unit unit :
       {Unit{.seconds = 86400, .letter = 'd'}, Unit{.seconds = 3600, .letter = 'h'},
        Unit{.seconds = 60, .letter = 'm'}}) {
    // 24h is the usual way to say it, so days start at two.
    const bool one_day = unit.letter == 'd' && value == unit.seconds;
    if (value % unit.seconds == 0 && !one_day) {
      return fmt::format("{}{}", value / unit.seconds, unit.letter);
    }
  }
  return fmt::format("{}s", value);
}

bool yaml_would_convert(std::string_view text) {
  constexpr std::array<std::string_view, 13> kWords{
      "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", ".nan", ".inf", "-.inf"};
  const std::string word = base::lower_case(text);
  if (std::ranges::find(kWords, word) != kWords.end()) return true;
  const bool digit = text.find_first_of(kDigits) != std::string_view::npos;
  if (!digit) return false;
  // Decimal, octal, hexadecimal and binary numbers, exponents, 1_000, times (12:30) and dates.
  std::string_view body = word;
  if (body.starts_with('-') || body.starts_with('+')) body.remove_prefix(1);
  if (body.starts_with("0x")) return base::has_only(body.substr(2), "0123456789abcdef_");
  if (body.starts_with("0o") || body.starts_with("0b"))
    return base::has_only(body.substr(2), "01234567_");
  if (base::has_only(body, "0123456789_.:-")) return true;
  const auto exponent = body.find('e');
  if (exponent == std::string_view::npos || exponent == 0) return false;
  return base::has_only(body.substr(0, exponent), "0123456789_.") &&
         base::has_only(body.substr(exponent + 1), "0123456789+-") && exponent + 1 < body.size();
}

}  // namespace toyota2mqtt::config
