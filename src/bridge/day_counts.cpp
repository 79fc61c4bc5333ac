#include "toyota2mqtt/bridge/day_counts.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace toyota2mqtt::bridge {

void DayCounts::restore(std::string_view stored) {
  const auto json = nlohmann::json::parse(stored, nullptr, false);
  if (!json.is_object()) return;
  const auto day = json.find("day");
  const auto number = [&json](const char* name) -> std::uint64_t {
    const auto found = json.find(name);
    return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  if (day == json.end() || !day->is_number_integer()) return;
  stored_day_ = base::Time(std::chrono::milliseconds(day->get<std::int64_t>()));
  stored_ = {.requests = number("requests"), .unknown = number("unknown")};
}

void DayCounts::advance(base::Time day_began, const Counts& total) {
  if (day_ != day_began) {
    const bool first = !day_;
    before_ = first ? Counts{} : total;
    carried_ = first && stored_day_ == day_began ? stored_ : Counts{};
    day_ = day_began;
  }
  total_ = total;
}

Counts DayCounts::today() const {
  const auto since = [](std::uint64_t now, std::uint64_t then) {
    return now < then ? 0 : now - then;
  };
  return {.requests = carried_.requests + since(total_.requests, before_.requests),
          .unknown = carried_.unknown + since(total_.unknown, before_.unknown)};
}

std::string DayCounts::serialize() const {
  const auto counts = today();
  const nlohmann::json json = {{"day", day_.value_or(base::Time{}).time_since_epoch().count()},
                               {"requests", counts.requests},
                               {"unknown", counts.unknown}};
  return json.dump();
}

}  // namespace toyota2mqtt::bridge
