#include "rest/routes/command_log.hpp"

#include <algorithm>
#include <utility>

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

std::vector<CommandStep> steps_of(const vehicle::CommandResult& result, base::Time at) {
  auto ids = result.ids;
  if (ids.empty()) ids.emplace_back();
  std::vector<CommandStep> steps;
  steps.reserve(ids.size());
  for (auto& id : ids) steps.push_back({.id = std::move(id), .at = at, .result = result});
  return steps;
}

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

std::deque<CommandRecord>& CommandLog::records_of(const base::CarId& car) {
  auto& records = records_[car.text];
  const auto oldest = clock_.now() - kLife;
  std::erase_if(records, [&](const auto& one) { return one.requested_at <= oldest; });
  return records;
}

std::map<std::string, KeptAnswer>& CommandLog::keys_of(const FleetCar& car) {
  auto& keys = keys_[{car.account_key, car.car->identity.id.text}];
  const auto oldest = clock_.now() - kLife;
  std::erase_if(keys, [&](const auto& one) { return one.second.at <= oldest; });
  return keys;
}

CommandRecord& CommandLog::record(const base::CarId& car, const std::string& id) {
  auto& records = records_of(car);
  const auto found = std::ranges::find(records, id, &CommandRecord::id);
  if (found != records.end()) return *found;
  return records.emplace_back(CommandRecord{.id = id, .car = car, .requested_at = clock_.now()});
}

void CommandLog::on_step(const FleetCar& car, const CommandStep& step) {
  if (step.id.empty()) return;
  auto& one = record(car.car->identity.id, step.id);
  one.steps.push_back(step);
  if (one.steps.size() > kMostSteps) one.steps.pop_front();
}

void CommandLog::on_request(const FleetCar& car, const std::string& id, std::string_view command,
                            std::string_view entity) {
  const auto& of = car.car->identity.id;
  auto& one = record(of, id);
  one.account_key = car.account_key;
  one.command = command;
  one.entity = entity;
  auto& records = records_of(of);
  const auto is_theirs = [&car](const auto& other) { return other.account_key == car.account_key; };
  if (std::ranges::count_if(records, is_theirs) <= static_cast<std::ptrdiff_t>(kMost)) return;
  records.erase(std::ranges::find_if(records, is_theirs));
}

const CommandRecord* CommandLog::find(const FleetCar& car, std::string_view id) {
  const auto& records = records_of(car.car->identity.id);
  const auto found = std::ranges::find(records, id, &CommandRecord::id);
  const bool theirs = found != records.end() && found->account_key == car.account_key;
  return theirs ? &*found : nullptr;
}

std::vector<const CommandRecord*> CommandLog::newest(const FleetCar& car) {
  std::vector<const CommandRecord*> list;
  for (const auto& one : records_of(car.car->identity.id)) {
    if (one.account_key == car.account_key) list.push_back(&one);
  }
  std::ranges::reverse(list);
  return list;
}

const KeptAnswer* CommandLog::answered(const FleetCar& car, std::string_view owner,
                                       std::string_view key) {
  const auto& keys = keys_of(car);
  const auto found = keys.find(key_of(owner, key));
  return found == keys.end() ? nullptr : &found->second;
}

std::optional<base::Time> CommandLog::full_until(const FleetCar& car) {
  const auto& keys = keys_of(car);
  if (keys.size() < kMostKeys) return std::nullopt;
  const auto oldest =
      std::ranges::min_element(keys, {}, [](const auto& entry) { return entry.second.at; });
  return oldest->second.at + kLife;
}

void CommandLog::store_answer(const FleetCar& car, std::string_view owner, std::string_view key,
                              KeptAnswer answer) {
  keys_of(car).insert_or_assign(key_of(owner, key), std::move(answer));
}

void CommandLog::retain_only(const std::string& account_key, const std::vector<FleetCar>& left) {
  const auto is_left = [&left](const std::string& car) {
    return std::ranges::any_of(
        left, [&car](const FleetCar& one) { return one.car->identity.id.text == car; });
  };
  for (auto& [car, records] : records_) {
    if (is_left(car)) continue;
    std::erase_if(records, [&](const auto& one) { return one.account_key == account_key; });
  }
  std::erase_if(records_, [](const auto& entry) { return entry.second.empty(); });
  std::erase_if(keys_, [&](const auto& entry) {
    return entry.first.first == account_key && !is_left(entry.first.second);
  });
}

}  // namespace toyota2mqtt::rest
