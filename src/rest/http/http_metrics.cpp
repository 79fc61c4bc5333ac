#include "rest/http/http_metrics.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "rest/context.hpp"

namespace toyota2mqtt::rest {

namespace {

using Labels = base::MetricLabels;

/// What was asked for where there is no such route would be a label without end.
constexpr std::string_view kNoRoute = "none";
constexpr int kPerClass = 100;

Labels labels_of(const Route* route, std::string status) {
  return {{"method", std::string(route == nullptr ? kNoRoute : route->method)},
          {"route", std::string(route == nullptr ? kNoRoute : route->path)},
          {"status", std::move(status)}};
}

}  // namespace

void HttpMetrics::Count::add(const Count& other) {
  count += other.count;
  seconds += other.seconds;
  for (std::size_t i = 0; i < within.size(); ++i) within.at(i) += other.within.at(i);
}

void HttpMetrics::record_answer(const Route* route, int status, double seconds) {
  auto& answer = answers_[{route, status}];
  ++answer.count;
  answer.seconds += seconds;
  const auto bucket = std::ranges::lower_bound(kBounds, seconds);
  if (bucket != kBounds.end()) {
    ++answer.within.at(static_cast<std::size_t>(bucket - kBounds.begin()));
  }
}

void HttpMetrics::reader_left(bool dropped) {
  if (readers_ > 0) --readers_;
  if (dropped) ++dropped_;
}

base::MetricFamily HttpMetrics::requests() const {
  base::MetricFamily family{.name = "toyota2mqtt_http_requests_total",
                            .help = "Requests to the REST interface that were answered.",
                            .type = base::MetricType::counter};
  for (const auto& [key, answer] : answers_) {
    const auto& [route, status] = key;
    family.samples.push_back({.labels = labels_of(route, std::to_string(status)),
                              .value = static_cast<double>(answer.count)});
  }
  return family;
}

base::MetricFamily HttpMetrics::latency() const {
  base::MetricFamily family{
      .name = "toyota2mqtt_http_request_duration_seconds",
      .help =
          "Time from a whole request to its answer; of an event stream, to its "
          "first byte.",
      .type = base::MetricType::histogram};
  Answers classes;
  for (const auto& [key, answer] : answers_) {
    classes[{key.first, key.second / kPerClass}].add(answer);
  }
  for (const auto& [key, answer] : classes) {
    base::MetricSample sample{.labels = labels_of(key.first, std::to_string(key.second) + "xx"),
                              .count = answer.count,
                              .sum = answer.seconds};
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      below += answer.within.at(i);
      sample.buckets.emplace_back(kBounds.at(i), below);
    }
    family.samples.push_back(std::move(sample));
  }
  return family;
}

void HttpMetrics::collect(std::vector<base::MetricFamily>& into) const {
  into.push_back(requests());
  into.push_back(latency());
  base::MetricFamily cache{
      .name = "toyota2mqtt_http_cache_total",
      .help =
          "Answers about cars, by their X-Cache: hit (fresh), miss (read first), stale "
          "(older than the schedule allows).",
      .type = base::MetricType::counter};
  constexpr std::array<std::string_view, 3> kUses = {"hit", "miss", "stale"};
  for (std::size_t i = 0; i < kUses.size(); ++i) {
    cache.samples.push_back({.labels = {{"use", std::string(kUses.at(i))}},
                             .value = static_cast<double>(cache_.at(i))});
  }
  into.push_back(std::move(cache));
  into.push_back(with_value(
      base::counter_family("toyota2mqtt_http_rate_limited_total",
                           "Requests that were refused because a session or an address asked too "
                           "often."),
      rate_limited_));
  into.push_back({.name = "toyota2mqtt_event_readers",
                  .help = "Event streams that are open now.",
                  .type = base::MetricType::gauge,
                  .samples = {{.value = static_cast<double>(readers_)}}});
  into.push_back(with_value(
      base::counter_family("toyota2mqtt_events_sent_total",
                           "Events that were handed to readers of event streams, once per reader."),
      events_));
  into.push_back(with_value(
      base::counter_family("toyota2mqtt_event_readers_dropped_total",
                           "Event streams that were ended because their reader was too slow."),
      dropped_));
}

}  // namespace toyota2mqtt::rest
