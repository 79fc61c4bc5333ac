#include "platform/token_file.hpp"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace toyota2mqtt::platform {

namespace {

std::optional<std::string> text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<toyota::Tokens> tokens_of(const nlohmann::json& entry) {
  if (!entry.is_object()) return std::nullopt;
  auto access = text_of(entry, "access");
  auto refresh = text_of(entry, "refresh");
  auto guid = text_of(entry, "guid");
  const auto expires = entry.find("expires_at");
  if (!access || !refresh || !guid || expires == entry.end() || !expires->is_number_integer()) {
    return std::nullopt;
  }
  return toyota::Tokens{
      .access = base::Secret(std::move(*access)),
      .refresh = base::Secret(std::move(*refresh)),
      .guid = std::move(*guid),
      .expires_at = base::Time(std::chrono::milliseconds(expires->get<std::int64_t>()))};
}

}  // namespace

std::string encode_tokens(const TokenMap& tokens) {
  nlohmann::json all = nlohmann::json::object();
  for (const auto& [account, held] : tokens) {
    all[account] = {{"access", held.access.reveal()},
                    {"refresh", held.refresh.reveal()},
                    {"guid", held.guid},
                    {"expires_at", held.expires_at.time_since_epoch().count()}};
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<TokenMap> decode_tokens(std::string_view text) {
  const auto all = nlohmann::json::parse(text, nullptr, false);
  if (!all.is_object()) return std::nullopt;
  TokenMap tokens;
  for (const auto& [account, entry] : all.items()) {
    auto held = tokens_of(entry);
    if (!held) return std::nullopt;
    tokens.emplace(account, std::move(*held));
  }
  return tokens;
}

}  // namespace toyota2mqtt::platform
