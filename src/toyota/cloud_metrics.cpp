#include "toyota/cloud_metrics.hpp"

#include <algorithm>
#include <array>

#include "toyota/api_host.hpp"
#include "toyota/routes.hpp"

namespace toyota2mqtt::toyota {

using base::add_sample;
using base::counter_family;
using base::ErrorCode;
using base::MetricFamily;

namespace {

constexpr std::array kWakes = {WakeRoute::status, WakeRoute::electric, WakeRoute::climate};
constexpr std::array kCommands = {vehicle::CommandRoute::remote, vehicle::CommandRoute::climate,
                                  vehicle::CommandRoute::electric};

std::string_view answer_word(const base::Result<base::HttpResponse>& answer) {
  if (!answer) return answer.error().code == ErrorCode::timeout ? "timeout" : "none";
  constexpr int kTooMany = 429;
  constexpr int kPerClass = 100;
  if (answer->status == kTooMany) return "429";
  switch (answer->status / kPerClass) {
    case 2: return "2xx";
    case 3: return "3xx";
    case 4: return "4xx";
    case 5: return "5xx";
    default: return "none";
  }
}

std::string_view outcome_word(const Result<Tokens>& outcome) {
  return outcome ? std::string_view("ok") : to_string(outcome.error().code);
}

std::string_view kind_word(RouteResult::Kind kind) {
  switch (kind) {
    case RouteResult::Kind::ok: return "ok";
    case RouteResult::Kind::not_supported: return "not_supported";
    case RouteResult::Kind::failed: break;
  }
  return "failed";
}

// What an alert looks for is there before it happens for the first time.
constexpr std::array<std::string_view, 3> kAlwaysShown = {"ok", "credentials_rejected",
                                                          "action_required"};

MetricFamily by_outcome(MetricFamily family,
                        const std::map<CloudMetrics::Word, CloudMetrics::Count>& counts) {
  auto all = counts;
  for (const auto outcome : kAlwaysShown) all.try_emplace(outcome, 0);
  for (const auto& [outcome, count] : all)
    add_sample(family, {{"outcome", std::string(outcome)}}, count);
  return family;
}

MetricFamily cloud_latency(const CloudMetrics& metrics) {
  base::MetricSample sample{.count = metrics.answers, .sum = metrics.seconds};
  CloudMetrics::Count below = 0;
  for (std::size_t i = 0; i < CloudMetrics::kBounds.size(); ++i) {
    below += metrics.within.at(i);
    sample.buckets.emplace_back(CloudMetrics::kBounds.at(i), below);
  }
  return {.name = "toyota2mqtt_cloud_request_duration_seconds",
          .help = "Time until the cloud has answered; requests without any answer do not count.",
          .type = base::MetricType::histogram,
          .samples = {std::move(sample)}};
}

}  // namespace

std::string_view route_word(std::string_view method, std::string_view path) {
  if (method == "GET") {
    const auto routes = all_routes();
    const auto found = std::ranges::find_if(routes, [path](const Route& route) {
      return path == route.path || (!route.retired.empty() && path == route.retired);
    });
    return found == routes.end() ? std::string_view("other") : vehicle::to_string(found->source);
  }
  if (std::ranges::find(kWakes, path, wake_path) != kWakes.end()) return "wake";
  if (std::ranges::find(kCommands, path, command_path) != kCommands.end()) return "command";
  return "other";
}

void record_exchange(CloudMetrics* metrics, std::string_view route,
                     const base::Result<base::HttpResponse>& answer,
                     std::chrono::milliseconds took) {
  if (metrics == nullptr) return;
  if (!answer && answer.error().code == ErrorCode::cancelled) return;
  ++metrics->requests[{route, answer_word(answer)}];
  if (!answer) return;
  const double seconds = std::chrono::duration<double>(took).count();
  ++metrics->answers;
  metrics->seconds += seconds;
  const auto bucket = std::ranges::lower_bound(CloudMetrics::kBounds, seconds);
  if (bucket == CloudMetrics::kBounds.end()) return;
  ++metrics->within.at(static_cast<std::size_t>(bucket - CloudMetrics::kBounds.begin()));
}

void record_repeat(CloudMetrics* metrics, std::string_view route) {
  if (metrics != nullptr) ++metrics->repeats[route];
}

void record_read(CloudMetrics* metrics, vehicle::Source source, const RouteResult& result) {
  if (metrics == nullptr) return;
  if (result.error && result.error->code == ErrorCode::cancelled) return;
  ++metrics->reads[{vehicle::to_string(source), kind_word(result.kind)}];
}

void record_sign_in(CloudMetrics* metrics, const Result<Tokens>& outcome) {
  if (metrics != nullptr) ++metrics->sign_ins[outcome_word(outcome)];
}

void record_refresh(CloudMetrics* metrics, const Result<Tokens>& outcome) {
  if (metrics != nullptr) ++metrics->refreshes[outcome_word(outcome)];
}

void record_unknown_value(CloudMetrics* metrics) {
  if (metrics != nullptr) ++metrics->unknown_values;
}

void CloudMetrics::collect(std::vector<MetricFamily>& into) const {
  auto request_family =
      counter_family("toyota2mqtt_cloud_requests_total",
                     "Requests to the cloud, repeated ones included, by what was asked "
                     "for and how it was answered.");
  for (const auto& [key, count] : requests) {
    add_sample(request_family,
               {{"route", std::string(key.first)}, {"answer", std::string(key.second)}}, count);
  }
  into.push_back(std::move(request_family));
  into.push_back(cloud_latency(*this));
  auto repeat_family =
      counter_family("toyota2mqtt_cloud_repeats_total", "Requests that repeated a failed one.");
  for (const auto& [route, count] : repeats)
    add_sample(repeat_family, {{"route", std::string(route)}}, count);
  into.push_back(std::move(repeat_family));
  auto read_family = counter_family("toyota2mqtt_cloud_reads_total",
                                    "Readings of a source, after repeats, by what became of them.");
  for (const auto& [key, count] : reads) {
    add_sample(read_family,
               {{"source", std::string(key.first)}, {"outcome", std::string(key.second)}}, count);
  }
  into.push_back(std::move(read_family));
  into.push_back(by_outcome(
      counter_family("toyota2mqtt_cloud_sign_ins_total", "Sign-ins with name and password."),
      sign_ins));
  into.push_back(by_outcome(
      counter_family("toyota2mqtt_cloud_token_refreshes_total", "Renewals of an access token."),
      refreshes));
  into.push_back(with_value(counter_family("toyota2mqtt_cloud_unknown_values_total",
                                           "Texts of the cloud that this version does not know and "
                                           "treats as unknown."),
                            unknown_values));
}

}  // namespace toyota2mqtt::toyota
