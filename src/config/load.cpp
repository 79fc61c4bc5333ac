#include "toyota2mqtt/config/load.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "config/document.hpp"
#include "config/problems.hpp"
#include "config/reader.hpp"

namespace toyota2mqtt::config {
namespace fs = std::filesystem;

std::string why_unreadable(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return "no such file";
  if (error) return "a path that cannot be followed";
  if (status.type() == fs::file_type::directory) return "a folder";
  if (status.type() != fs::file_type::regular) return "something that is not a regular file";
  if (::access(path.c_str(), R_OK) != 0) return "a file that may not be read (permissions)";
  return {};
}

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t limit) {
  if (std::string why = why_unreadable(path); !why.empty()) return std::unexpected(std::move(why));
  std::ifstream stream(path, std::ios::binary);
  std::string text(limit + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return std::unexpected("a file that cannot be read");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::string beside(const std::string& file, const std::string& path) {
  const fs::path named(path);
  if (named.is_absolute()) return path;
  return (fs::path(file).parent_path() / named).string();
}

bool readable_by_all(const std::string& path) {
  std::error_code error;
  const fs::perms permissions = fs::status(path, error).permissions();
  return !error && (permissions & fs::perms::others_read) != fs::perms::none;
}

std::optional<std::string> find_file(const std::optional<std::string>& named,
                                     const Environment& environment) {
  if (named && !named->empty()) return named;
  if (const auto variable = environment("TOYOTA2MQTT_CONFIG"); variable && !variable->empty()) {
    return variable;
  }
  constexpr std::array<std::string_view, 3> kPlaces{"/data/options.json", "./toyota2mqtt.yaml",
                                                    "/etc/toyota2mqtt/config.yaml"};
  for (const std::string_view place : kPlaces) {
    std::error_code error;
    if (fs::exists(fs::path(place), error)) return std::string(place);
  }
  return std::nullopt;
}

void share_history(Settings& settings) {
  settings.fleet.policy.trip_tracks = settings.history.routes;
  settings.fleet.policy.currency = settings.rest.currency = settings.history.prices.currency;
}

namespace {

Loaded finish(const Element& root, Problems& problems, const Environment& environment) {
  Draft draft = Reader(problems, environment).read(root);
  check_rules(draft, problems);
  for (std::size_t i = 0; i < draft.vehicles.size(); ++i) {
    VehicleDraft& vehicle = draft.vehicles[i];
    if (!vehicle.vin) continue;
    const bool says_ignore = draft.places.contains(item_path("vehicles", i) + ".ignore");
    draft.settings.fleet.vehicles.push_back({.vin = *vehicle.vin,
                                             .name = std::move(vehicle.name),
                                             .abrp_token = std::move(vehicle.abrp_token),
                                             .ignore = vehicle.ignore,
                                             .says_ignore = says_ignore,
                                             .usable_capacity = vehicle.usable_capacity.value_or(0),
                                             .commands = std::move(vehicle.commands)});
  }
  share_history(draft.settings);
  auto warnings = warnings_of(draft, problems.file());  // reads the settings that move below
  Loaded loaded{.settings = std::move(draft.settings),
                .problems = problems.take(),
                .warnings = std::move(warnings),
                .files = std::move(draft.files)};
  loaded.settings.file = problems.file();
  return loaded;
}

}  // namespace

Loaded load_text(std::string_view text, const std::string& name, const Environment& environment) {
  Problems problems(name);
  const Element root = parse_document(text, problems);
  // A file that cannot be read as a whole has no keys: complaints about missing ones would hide
  // the one mistake that matters.
  const bool unreadable = root.kind == Element::Kind::null && !problems.empty();
  if (unreadable) return {.settings = {}, .problems = problems.take()};
  return finish(root, problems, environment);
}

Loaded load(const std::optional<std::string>& file, const Environment& environment) {
  if (!file) {
    Problems problems("");
    return finish({}, problems, environment);
  }
  Loaded loaded;
  if (const auto text = read_file(*file, kMaxBytes)) {
    loaded = load_text(*text, *file, environment);
  } else {
    Problems problems(*file);
    problems.add({}, {}, text.error(), "a readable configuration file");
    loaded.problems = problems.take();
  }
  loaded.files.insert(loaded.files.begin(), *file);
  return loaded;
}

}  // namespace toyota2mqtt::config
