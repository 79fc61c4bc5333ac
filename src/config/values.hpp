#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace toyota2mqtt::config {

// Checks of the table (table.hpp, Check): the answer is what was expected instead, or nothing.
std::string check_text(std::string& text);
std::string check_name(std::string& text);
/// An e-mail address; blanks around it, which copying brings along, are taken away.
std::string check_account_name(std::string& text);
/// Of the storage directory: a folder of the program's own, not one of the system.
std::string check_storage(std::string& text);
std::string check_host(std::string& text);
std::string check_client_id(std::string& text);
std::string check_topic(std::string& text);
std::string check_version(std::string& text);
/// https, or http for a loopback address; takes a trailing slash away.
std::string check_url(std::string& text);
/// A numeric address and a port.
std::string check_listen(std::string& text);
/// At least one minute, at most 30 days.
std::string check_polling(std::string& text);
/// 0, or one minute to 30 days.
std::string check_wake_time(std::string& text);
/// Five minutes to 30 days.
std::string check_min_interval(std::string& text);

/// 0, or one day to ten years.
std::string check_retention(std::string& text);

/// 4 to 64 printable characters.
std::string check_code(std::string& text);

/// 1 to 100 characters in one line, without a colon.
std::string check_user_name(std::string& text);
/// `https://host[:port]`, or http for a loopback address; in lower case, as browsers send it.
std::string check_origin(std::string& text);
/// A numeric address.
std::string check_address(std::string& text);
/// At least 32 bytes that do not look like words or repeat themselves.
std::string check_token_secret(std::string& text);
/// `22:00-06:00`, or nothing.
std::string check_night(std::string& text);
/// Three letters, which become upper case, or nothing.
std::string check_currency(std::string& text);

/// `15m`: the largest unit that divides it. 0 is `0`.
std::string format_duration(std::chrono::seconds duration);

/// True when YAML would read this unquoted text as a number, truth value, date or null. A secret
/// that looks so must stand in quotation marks: `0123` and `yes` are not what they seem to be.
bool yaml_would_convert(std::string_view text);

/// A password, token or key as someone typed, copied or saved it, and what is to be said about it
/// before it is used. Nothing here repeats a part of it.
struct TypedSecret {
  std::string text = {};                 ///< without a byte order mark at its begin
  std::string found = {};                ///< empty: it can be used
  std::string expected = {};             ///< with `found`
  std::vector<std::string> doubts = {};  ///< "ends with a blank, …": usable, but perhaps not meant
};

/// `file_key`: the key that names a file for this secret, such as accounts[0].password_file. Pure.
TypedSecret read_typed_secret(std::string_view typed, std::string_view file_key);

/// Without a byte order mark at its begin, which some editors write.
std::string_view without_byte_order_mark(std::string_view text);
/// Without blanks and line ends around it, those of other scripts (no-break space) included.
std::string_view without_blanks(std::string_view text);

}  // namespace toyota2mqtt::config
