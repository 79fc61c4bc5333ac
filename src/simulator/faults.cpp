#include "simulator/replies.hpp"

#include <algorithm>
#include <set>

namespace toyota2mqtt::simulator {

namespace {

const std::set<std::string> kKinds = {
    "status",   "stall", "stall_after_headers", "reset", "garbage", "html", "empty", "huge",
    "redirect", "delay"};
constexpr std::size_t kHugeBody = std::size_t{100} << 20;

Reply with_status(const Fault& fault) {
  if (!fault.body.empty()) {
    Reply reply;
    reply.status = fault.status;
    reply.headers.push_back({"Content-Type", "application/json"});
    reply.body = fault.body;
    return reply;
  }
  if (fault.status == 401 || fault.status == 403 || fault.status == 429) {
    return gateway_error(fault.status, "Unauthorized");
  }
  const char* text = fault.status == 504 ? "Endpoint request timed out" : "Internal server error";
  return json_reply(fault.status, {{"message", text}});
}

Reply text(std::string type, std::string body) {
  Reply reply;
  reply.headers.push_back({"Content-Type", std::move(type)});
  reply.body = std::move(body);
  return reply;
}

Reply misbehave(Mischief mischief) {
  auto reply = json_reply(200, {{"payload", nullptr}});
  reply.mischief = mischief;
  return reply;
}

std::optional<Reply> answer(const Fault& fault) {
  const auto& kind = fault.kind;
  if (kind == "status") return with_status(fault);
  if (kind == "stall") return misbehave(Mischief::stall);
  if (kind == "stall_after_headers") return misbehave(Mischief::stall_after_headers);
  if (kind == "reset") return misbehave(Mischief::reset);
  if (kind == "garbage")
    return text("application/json", "{\"payload\":{\"odometer\":{\"val\xff\xfe");
  if (kind == "html") return text("text/html", "<html><body><h1>Maintenance</h1></body></html>");
  if (kind == "empty") return text("application/json", "");
  if (kind == "huge") return text("application/json", "\"" + std::string(kHugeBody, 'x') + "\"");
  if (kind == "redirect") {
    Reply reply;
    reply.status = 302;
    reply.headers.push_back({"Location", fault.to});
    return reply;
  }
  return std::nullopt;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::optional<std::string> Faults::add(const Json& json) {
  Fault fault;
  if (!json.is_object()) return "a fault is a JSON object";
  fault.kind = text_of(json, "kind").value_or("");
  if (!kKinds.contains(fault.kind)) return "'kind' is not one of the documented kinds";
  fault.route = text_of(json, "route").value_or("*");
  fault.vin = text_of(json, "vin").value_or("");
  fault.body = text_of(json, "body").value_or("");
  fault.to = text_of(json, "to").value_or("https://login.example.com/");
  fault.status = static_cast<int>(number_of(json, "status").value_or(500));
  if (fault.status < 100 || fault.status > 599) return "'status' is not an HTTP status";
  fault.delay_ms = static_cast<int>(number_of(json, "delay_ms").value_or(0));
  fault.remaining = static_cast<int>(number_of(json, "count").value_or(1));
  const auto forever = json.find("forever");
  if (forever != json.end() && *forever == true) fault.remaining = -1;
  faults_.push_back(std::move(fault));
  return std::nullopt;
}

Json Faults::list() const {
  Json list = Json::array();
  for (const auto& fault : faults_) {
    list.push_back({{"route", fault.route},
                    {"vin", fault.vin},
                    {"kind", fault.kind},
                    {"remaining", fault.remaining}});
  }
  return list;
}

Faults::Effect Faults::apply(const Request& request) {
  Effect effect;
  const auto vin = request.header("vin").value_or("");
  for (auto& fault : faults_) {
    if (fault.remaining == 0) continue;
    if (!fault.vin.empty() && fault.vin != vin) continue;
    if (!glob_matches(fault.route, request.path) &&
        !glob_matches(fault.route, request.method + " " + request.path)) {
      continue;
    }
    if (fault.remaining > 0) --fault.remaining;
    effect.delay += std::chrono::milliseconds(fault.delay_ms);
    if (auto reply = answer(fault)) {
      effect.instead = std::move(reply);
      break;
    }
  }
  std::erase_if(faults_, [](const Fault& fault) { return fault.remaining == 0; });
  return effect;
}

}  // namespace toyota2mqtt::simulator
