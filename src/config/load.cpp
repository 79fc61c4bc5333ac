#include "toyota2mqtt/config/load.hpp"

#include "config/document.hpp"
#include "config/files.hpp"
#include "config/problems.hpp"
#include "config/reader.hpp"

namespace toyota2mqtt::config {

void share_history(Settings& settings) {
  settings.fleet.policy.trip_tracks = settings.history.routes;
  settings.fleet.policy.currency = settings.rest.currency = settings.history.prices.currency;
}

namespace {

Loaded finish(const Element& root, Problems& problems, const Environment& environment) {
  Draft draft = Reader(problems, environment).read(root);
  check_whole(draft, problems);
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
