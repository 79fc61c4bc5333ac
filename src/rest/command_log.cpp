#include "rest/command_log.hpp"

#include <algorithm>

namespace toyota2mqtt::rest {

namespace {

constexpr std::size_t kMostSteps = 20;

void put_result(Json& json, const vehicle::CommandResult& result) {
  json["status"] = to_string(result.outcome);
  if (!result.reason.empty()) json["reason"] = result.reason;
  if (!result.remedy.empty()) json["remedy"] = result.remedy;
  if (!result.confirmed_by.empty()) json["confirmed_by"] = result.confirmed_by;
}

/// Neither may hold the separator: owners are names and keys of accounts, keys visible characters.
std::string key_of(std::string_view owner, std::string_view key) {
  std::string text(owner);
  text += '\n';
  text += key;
  return text;
}

}  // namespace

std::string_view CommandRecord::status() const {
  return steps.empty() ? "requested" : to_string(steps.back().result.outcome);
}

Json command_json(const CommandRecord& record) {
  Json json{{"id", record.id},
            {"vehicle", record.car.text},
            {"command", record.command},
            {"entity", record.entity},
            {"requested_at", base::format_iso8601(record.requested_at)},
            {"status", record.status()}};
  Json steps = Json::array();
  for (const auto& step : record.steps) {
    Json one{{"at", base::format_iso8601(step.at)}};
    put_result(one, step.result);
    steps.push_back(std::move(one));
  }
  if (!record.steps.empty()) put_result(json, record.steps.back().result);
  json["steps"] = std::move(steps);
  return json;
}

Json command_event_json(const base::CarId& car, const CommandStep& step) {
  Json json{{"vehicle", car.text},
            {"id", text_or_null(step.id)},
            {"at", base::format_iso8601(step.at)},
            {"command", step.result.command},
            {"entity", step.result.entity}};
  put_result(json, step.result);
  return json;
}

CommandLog::OfCar& CommandLog::of(const FleetCar& car) {
  auto& held = cars_[{car.account_key, car.car->identity.id.text}];
  const auto oldest = clock_.now() - kLife;
  std::erase_if(held.records, [&](const auto& one) { return one.requested_at <= oldest; });
  std::erase_if(held.keys, [&](const auto& one) { return one.second.at <= oldest; });
  return held;
}

CommandRecord& CommandLog::record(OfCar& held, const FleetCar& car, const std::string& id) {
  const auto found = std::ranges::find(held.records, id, &CommandRecord::id);
  if (found != held.records.end()) return *found;
  if (held.records.size() >= kMost) held.records.pop_front();
  return held.records.emplace_back(
      CommandRecord{.id = id, .car = car.car->identity.id, .requested_at = clock_.now()});
}

void CommandLog::told(const FleetCar& car, const CommandStep& step) {
  if (step.id.empty()) return;
  auto& one = record(of(car), car, step.id);
  if (one.command.empty()) {
    one.command = step.result.command;
    one.entity = step.result.entity;
  }
  one.steps.push_back(step);
  if (one.steps.size() > kMostSteps) one.steps.pop_front();
}

void CommandLog::taken(const FleetCar& car, const std::string& id, std::string_view command,
                       std::string_view entity) {
  auto& one = record(of(car), car, id);
  one.command = command;
  one.entity = entity;
}

const CommandRecord* CommandLog::find(const FleetCar& car, std::string_view id) {
  const auto& held = of(car);
  const auto found = std::ranges::find(held.records, id, &CommandRecord::id);
  return found == held.records.end() ? nullptr : &*found;
}

std::vector<const CommandRecord*> CommandLog::newest(const FleetCar& car) {
  const auto& held = of(car);
  std::vector<const CommandRecord*> list;
  list.reserve(held.records.size());
  for (const auto& one : held.records) list.push_back(&one);
  std::ranges::reverse(list);
  return list;
}

const KeptAnswer* CommandLog::answered(const FleetCar& car, std::string_view owner,
                                       std::string_view key) {
  const auto& keys = of(car).keys;
  const auto found = keys.find(key_of(owner, key));
  return found == keys.end() ? nullptr : &found->second;
}

std::optional<base::Time> CommandLog::full_until(const FleetCar& car) {
  const auto& keys = of(car).keys;
  if (keys.size() < kMostKeys) return std::nullopt;
  const auto oldest =
      std::ranges::min_element(keys, {}, [](const auto& entry) { return entry.second.at; });
  return oldest->second.at + kLife;
}

void CommandLog::keep(const FleetCar& car, std::string_view owner, std::string_view key,
                      KeptAnswer answer) {
  of(car).keys.insert_or_assign(key_of(owner, key), std::move(answer));
}

void CommandLog::keep_only(const std::string& account_key, const std::vector<FleetCar>& left) {
  std::erase_if(cars_, [&](const auto& entry) {
    const auto& [account, car] = entry.first;
    return account == account_key && std::ranges::none_of(left, [&](const FleetCar& one) {
             return one.car->identity.id.text == car;
           });
  });
}

}  // namespace toyota2mqtt::rest
