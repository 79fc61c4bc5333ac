#include "app/environment.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace toyota2mqtt::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* kToken = "SUPERVISOR_TOKEN";
constexpr const char* kOldToken = "HASSIO_TOKEN";
constexpr const char* kUrl = "TOYOTA2MQTT_SUPERVISOR_URL";

/// `http://127.0.0.1:8080` and its kin, without a path.
bool is_loopback_url(std::string_view url) {
  constexpr std::array<std::string_view, 3> kStarts{
      "http://127.0.0.1:", "http://[::1]:", "http://localhost:"};
  const auto* start =
      std::ranges::find_if(kStarts, [url](std::string_view text) { return url.starts_with(text); });
  if (start == kStarts.end()) return false;
  const auto port = url.substr(start->size());
  return !port.empty() && port.size() <= 5 &&
         std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto relative = path.lexically_normal().lexically_relative(directory.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

base::Result<std::optional<home_assistant::SupervisorAccess>> find_supervisor(
    const config::Environment& environment) {
  const auto token = environment(kToken);
  if (!token || token->empty()) return std::nullopt;
  home_assistant::SupervisorAccess access{.token = base::Secret(*token)};
  const auto url = environment(kUrl);
  if (url && !url->empty()) {
    if (!is_loopback_url(*url)) {
      return base::fail(base::ErrorCode::config_invalid,
                        std::string(kUrl) + " is not an address of this machine",
                        "Leave it out: it is for tests, and takes http://127.0.0.1:PORT only.");
    }
    access.url = *url;
  }
  return access;
}

void forget_supervisor_token() {
  // NOLINTBEGIN(concurrency-mt-unsafe): called before any thread is started.
  for (const char* name : {kToken, kOldToken}) {
    // Forgetting the name alone would leave the text where /proc shows it.
    if (char* text = std::getenv(name)) ::explicit_bzero(text, std::strlen(text));
    ::unsetenv(name);
  }
  // NOLINTEND(concurrency-mt-unsafe)
}

std::string data_directory(const std::string& settings_file) {
  const fs::path file(settings_file);
  if (file.filename() != "options.json") return "/data";
  std::error_code unknown;
  const auto absolute = fs::absolute(file, unknown);
  return unknown ? "/data" : absolute.lexically_normal().parent_path().string();
}

std::optional<config::Problem> apply_app_rules(config::Settings& settings,
                                               home_assistant::SupervisorAccess supervisor) {
  const auto data = data_directory(settings.file);
  settings.supervisor = std::move(supervisor);
  if (!settings.says("storage.directory")) {
    settings.storage_directory = data;
    return std::nullopt;
  }
  const fs::path wanted(settings.storage_directory);
  if (wanted.is_absolute() && is_below(wanted, data)) {
    settings.storage_directory = wanted.lexically_normal().string();
    if (settings.storage_directory.ends_with('/')) settings.storage_directory.pop_back();
    return std::nullopt;
  }
  return config::Problem{
      .file = settings.file,
      .path = "storage.directory",
      .found = "a directory outside " + data,
      .expected = "nothing, or a directory below " + data +
                  ": the rest of the app does not outlive an update and is in no backup",
      .nearest = {}};
}

}  // namespace toyota2mqtt::app
