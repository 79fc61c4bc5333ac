#include "platform/token_file.hpp"

#include "json/json_io.hpp"

#include <chrono>
#include <cstdint>

namespace toyota2mqtt::platform {

namespace {

std::optional<toyota::Tokens> tokens_of(const json_io::Json& entry) {
  auto access = json_io::text_member(entry, "access");
  auto refresh = json_io::text_member(entry, "refresh");
  auto guid = json_io::text_member(entry, "guid");
  const auto expires = json_io::time_member(entry, "expires_at");
  if (!access || !refresh || !guid || !expires) return std::nullopt;
  return toyota::Tokens{.access = base::Secret(std::move(*access)),
                        .refresh = base::Secret(std::move(*refresh)),
                        .guid = std::move(*guid),
                        .expires_at = *expires};
}

}  // namespace

std::string encode_tokens(const TokenMap& tokens) {
  auto all = json_io::Json::object();
  for (const auto& [account, held] : tokens) {
    all[account] = {{"access", held.access.reveal()},
                    {"refresh", held.refresh.reveal()},
                    {"guid", held.guid},
                    {"expires_at", json_io::milliseconds(held.expires_at)}};
  }
  return json_io::to_text(all);
}

std::optional<TokenMap> decode_tokens(std::string_view text) {
  const auto all = json_io::parse_object(text);
  if (!all) return std::nullopt;
  TokenMap tokens;
  for (const auto& [account, entry] : all->items()) {
    auto held = tokens_of(entry);
    if (!held) return std::nullopt;
    tokens.emplace(account, std::move(*held));
  }
  return tokens;
}

}  // namespace toyota2mqtt::platform
