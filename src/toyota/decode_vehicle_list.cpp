#include <set>

#include "toyota/decode.hpp"
#include "toyota/json_read.hpp"
#include "toyota/routes.hpp"
#include "toyota2mqtt/base/redaction.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::Brand;
using vehicle::Identity;
using vehicle::Report;
using vehicle::Source;

constexpr std::size_t kMostFlags = 500;
constexpr std::size_t kLongestFlag = 64;
constexpr std::size_t kLongestUrl = 512;

/// A capability may have another spelling in another block (docs/toyota-protocol.md,
/// "Capabilities"); one true is enough.
void read_flags(const Reader& block, Identity& identity) {
  const Json* node = block.find("");
  if (node == nullptr || !node->is_object()) return;
  for (const auto& [name, value] : node->items()) {
    if (name.empty() || name.size() > kLongestFlag || identity.flags.size() >= kMostFlags) continue;
    if (name.find('.') != std::string::npos) continue;
    if (const auto on = block.flag(name)) identity.flags[name] |= *on;
  }
}

std::string first_text(const Reader& read, std::initializer_list<std::string_view> paths) {
  for (const auto path : paths) {
    if (auto text = read.text(path, 80)) return *text;
  }
  return {};
}

/// A text that the cloud sometimes sends as a number.
std::string text_or_number(const Reader& read, std::string_view path) {
  if (auto text = read.text(path, 16)) return *text;
  const auto number = read.count(path);
  return number ? std::to_string(*number) : std::string();
}

std::string image_url(const Reader& read) {
  const Json* node = read.find("image");
  if (node == nullptr || !node->is_string()) return {};
  const auto& url = node->get_ref<const std::string&>();
  const bool plain = std::all_of(url.begin(), url.end(), [](unsigned char c) {
    return c > 0x20U && c < 0x7FU && c != '"' && c != '<' && c != '>' && c != '\\';
  });
  // An address that contains the VIN must not reach every viewer of the picture.
  if (base::redact_text(url) != url) return {};
  return plain && url.size() <= kLongestUrl && url.starts_with("https://") ? url : std::string();
}

Brand brand_of(const Reader& read, Brand account) {
  const auto letter = read.text("brand", 8);
  for (const auto brand : vehicle::kAllBrands) {
    if (letter == constants_of(brand).code) return brand;
  }
  return account;
}

std::optional<std::chrono::year_month_day> subscription_end(const Reader& read) {
  std::optional<std::chrono::year_month_day> latest;
  for (const auto& subscription : read.list("subscriptions")) {
    const auto status = subscription.text("status");
    const auto end = subscription.date("subscriptionEndDate");
    if (!status || base::lower_case(*status) != "active" || !end) continue;
    if (!latest || *end > *latest) latest = end;
  }
  return latest;
}

/// Letters, digits and the `*` of a masked one, 17 in all (ISO 3779). What stands there instead now
/// and then (empty, "null", zeros) is no car.
std::optional<base::Vin> vin_of(const Reader& entry) {
  constexpr std::size_t kVinLength = 17;
  const auto text = entry.text("vin", 64);
  if (!text || text->size() != kVinLength) return std::nullopt;
  const bool clean =
      std::ranges::all_of(*text, [](char c) { return base::is_alphanumeric(c) || c == '*'; });
  const bool numbered =
      std::ranges::any_of(*text, [](char c) { return base::is_digit(c) || c == '*'; });
  if (!clean || !numbered || std::ranges::none_of(*text, base::is_letter)) return std::nullopt;
  return base::Vin::parse(*text);
}

/// The code of an answer that says, with status 200, that something went wrong; empty = none does.
/// Several codes mean success; all known ones are here (docs/toyota-protocol.md, "Envelopes").
std::string complaint_of(const Reader& read) {
  for (const auto* path : {"status.messages", "messages"}) {
    for (const auto& message : read.list(path)) {
      const auto code = message.text("responseCode", 40).value_or("");
      const bool good = code.empty() || code.ends_with("-10000") || code.ends_with("-20001") ||
                        code == "ONE-DA-200" || code == "OSH-001" || code == "OCPR-0000";
      if (!good) return code;
    }
  }
  const auto number = read.count("code");
  return number && *number >= 400 ? std::to_string(*number) : std::string();
}

ListedVehicle read_vehicle(const Reader& read, base::Vin vin, Brand account,
                           const base::Crypto& crypto) {
  auto id = base::car_id(vin, crypto);
  ListedVehicle listed{
      .identity = {.vin = std::move(vin),
                   .id = std::move(id),
                   .brand = brand_of(read, account),
                   .model = first_text(read, {"modelDescription", "modelName", "carlineName"}),
                   .nickname = base::without_personal(first_text(read, {"nickName"})),
                   .model_year = text_or_number(read, "modelYear"),
                   .fuel_type = read.text("fuelType", 8).value_or(""),
                   .image_url = image_url(read),
                   .remote_display = text_or_number(read, "remoteDisplay"),
                   .remote_subscription = read.text("remoteSubscriptionStatus", 32).value_or(""),
                   .ev_vehicle = read.boolean("evVehicle").value_or(false)},
      .state = {}};
  for (const auto* block : {"extendedCapabilities", "remoteServiceCapabilities", "features"}) {
    read_flags(read.child(block), listed.identity);
  }
  if (const Json* node = read.find(""); node != nullptr) {
    listed.entry = node->dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  const Report report(Source::vehicle_list, std::nullopt);
  report.put(listed.state.subscription_end, subscription_end(read));
  return listed;
}

}  // namespace

base::Result<std::vector<ListedVehicle>> decode_vehicle_list(std::string_view body, Brand brand,
                                                             const base::Crypto& crypto,
                                                             const DecodeContext& context) {
  const auto root = parse_body(body);
  if (!root) return base::fail(root.error());
  const Reader read(&*root, context);
  const Json* payload = read.find("payload");
  // An answer without a list must not read as an account without cars: they would all be removed.
  if (payload == nullptr || !payload->is_array()) {
    return base::fail(base::ErrorCode::unexpected_response, "the vehicle list holds no list");
  }
  std::vector<ListedVehicle> vehicles;
  std::set<std::string> seen;
  for (const auto& entry : read.list("payload")) {
    auto vin = vin_of(entry);
    if (!vin) entry.report_unknown("vin", "no VIN");
    if (!vin || !seen.insert(vin->reveal()).second) continue;
    vehicles.push_back(read_vehicle(entry, std::move(*vin), brand, crypto));
  }
  // With a car in it, it says something; without one, an error is not an account without cars.
  if (const auto code = complaint_of(read); vehicles.empty() && !code.empty()) {
    return base::fail(base::ErrorCode::unexpected_response,
                      "the vehicle list came empty, with an error: " + presentable(code, 40));
  }
  return vehicles;
}

}  // namespace toyota2mqtt::toyota
