#include "rest/traffic.hpp"

#include "rest/context.hpp"

namespace toyota2mqtt::rest {

void Traffic::note(const Route* route, int status, double seconds) {
  auto& count = counts_[{route, status}];
  ++count.count;
  count.seconds += seconds;
}

void Traffic::collect(std::vector<Family>& into) const {
  Family requests{.name = "toyota2mqtt_http_requests_total",
                  .help = "Requests to the REST interface, by route and status.",
                  .type = MetricType::counter};
  for (const auto& [key, count] : counts_) {
    const auto& [route, status] = key;
    requests.samples.push_back(
        {.labels = {{"method", route == nullptr ? "" : std::string(route->method)},
                    {"route", route == nullptr ? "" : std::string(route->path)},
                    {"status", std::to_string(status)}},
         .value = static_cast<double>(count.count)});
  }
  into.push_back(std::move(requests));
}

}  // namespace toyota2mqtt::rest
