#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Numeric network addresses. Pure.
namespace toyota2mqtt::base {

/// The address in its one spelling, an IPv4 address inside IPv6 (`::ffff:1.2.3.4`) as IPv4;
/// nullopt: no numeric address.
std::optional<std::string> plain_address(std::string_view text);
/// Of a plain address.
bool is_loopback(std::string_view address);
/// Whether a Host header, with or without a port, names this machine: `localhost` or a loopback
/// address. Any web page can give this machine's address another name, but then that name stands
/// here.
bool names_this_machine(std::string_view host);
/// What limits count as one: an IPv4 address, or the first 64 bits of an IPv6 one, which are what
/// one household gets.
std::string counted_address(std::string_view address);

}  // namespace toyota2mqtt::base
