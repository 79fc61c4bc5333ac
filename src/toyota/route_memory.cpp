#include "toyota/route_memory.hpp"

#include "json/json_io.hpp"

namespace toyota2mqtt::toyota {

using json_io::Json;
using vehicle::Source;

namespace {

constexpr const char* kRoutesSpace = "routes";
constexpr std::chrono::hours kHoldsFor{24};
constexpr std::string_view kRetired = "retired";
constexpr std::string_view kNone = "none";

std::optional<RouteMemory::Use> use_named(std::string_view name) {
  if (name == kRetired) return RouteMemory::Use::retired;
  if (name == kNone) return RouteMemory::Use::none;
  return std::nullopt;
}

}  // namespace

bool RouteMemory::holds(const Entry& entry) const {
  const auto now = services_.clock.now();
  // A time of the future was written by a wrong clock: look again.
  return entry.since <= now && now - entry.since < kHoldsFor;
}

Task<void> RouteMemory::load(base::CarId car) {
  if (cars_.contains(car)) co_return;
  auto text = co_await services_.store.get(kRoutesSpace, car.text);
  auto& entries = cars_[car];
  if (!text || !*text) co_return;
  const auto record = json_io::parse_repaired(**text);
  if (!record) co_return;
  for (const auto source : vehicle::kAllSources) {
    const auto* entry = json_io::member(*record, vehicle::to_string(source));
    if (entry == nullptr) continue;
    const auto use = use_named(json_io::text_member(*entry, "use").value_or(""));
    const auto since = base::parse_iso8601(json_io::text_member(*entry, "since").value_or(""));
    if (use && since) entries[source] = Entry{.use = *use, .since = *since};
  }
}

Task<RouteMemory::Use> RouteMemory::use(base::CarId car, Source source) {
  co_await load(car);
  const auto& entries = cars_[car];
  const auto entry = entries.find(source);
  co_return entry != entries.end() && holds(entry->second) ? entry->second.use : Use::current;
}

Task<void> RouteMemory::remember(base::CarId car, Source source, Use use) {
  co_await load(car);
  auto& entries = cars_[car];
  const auto held = entries.find(source);
  if (use == Use::current && held == entries.end()) co_return;
  if (held != entries.end() && held->second.use == use && holds(held->second)) co_return;
  if (use == Use::current) {
    entries.erase(source);
  } else {
    entries[source] = Entry{.use = use, .since = services_.clock.now()};
  }
  auto record = Json::object();
  for (const auto& [known, entry] : entries) {
    record[std::string(vehicle::to_string(known))] = {
        {"use", entry.use == Use::retired ? kRetired : kNone},
        {"since", base::format_iso8601(entry.since)}};
  }
  if (auto put = co_await services_.store.put(kRoutesSpace, car.text, json_io::to_text(record));
      !put) {
    services_.log.debug("toyota", "route memory could not be stored: " + put.error().message);
  }
}

}  // namespace toyota2mqtt::toyota
