#include "toyota2mqtt/home_assistant/day_counts.hpp"

#include "json/json_io.hpp"

#include <utility>

namespace toyota2mqtt::home_assistant {

void DayCounts::restore(std::string_view stored) {
  const auto document = json_io::parse_object(stored);
  const auto day = document ? json_io::time_member(*document, "day") : std::nullopt;
  if (!day) return;
  const auto number = [&document](const char* name) -> std::uint64_t {
    const auto* found = json_io::member(*document, name);
    return found != nullptr && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
  };
  stored_day_ = *day;
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
  return json_io::to_text(json_io::Json{{"day", json_io::milliseconds(day_.value_or(base::Time{}))},
                                        {"requests", counts.requests},
                                        {"unknown", counts.unknown}});
}

}  // namespace toyota2mqtt::home_assistant
