#include <algorithm>
#include <expected>
#include <set>
#include <utility>

#include "rest/auth/auth.hpp"
#include "rest/http/json_body.hpp"
#include "rest/http/problem.hpp"
#include "rest/routes/admin.hpp"

/// The owner's Toyota accounts: listed, added, changed, removed, tried again.
namespace toyota2mqtt::rest::admin {

namespace {

constexpr std::size_t kLongestAccountName = 254;

struct Entry {
  setup::NewAccount account;
  bool again = false;
};

/// `brand` set: the account is known, and the body does not name it.
std::expected<Entry, Problem> entry_of(const Request& request,
                                       std::optional<vehicle::Brand> brand) {
  const auto body = brand ? JsonBody::read(request, {"username", "password", "again"})
                          : JsonBody::read(request, {"username", "password", "brand", "again"});
  if (!body) return std::unexpected(body.error());
  auto name = body->text("username", kLongestAccountName);
  if (!name) return std::unexpected(std::move(name.error()));
  auto password = body->password();
  if (!password) return std::unexpected(std::move(password.error()));
  const auto again = body->optional_flag("again");
  if (!again) return std::unexpected(again.error());
  if (!brand) {
    const auto typed = body->brand();
    if (!typed) return std::unexpected(typed.error());
    brand = *typed;
  }
  return Entry{.account = {.username = std::move(*name),
                           .password = base::Secret(std::move(*password)),
                           .brand = *brand},
               .again = again->value_or(false)};
}

Json account_body(const setup::AccountCard& account, const setup::Overview& overview) {
  Json vehicles = Json::array();
  for (const auto& car : overview.cars) {
    if (car.account_key == account.key) vehicles.push_back(car.id.text);
  }
  Json body{{"id", account.key},
            {"name", account.masked},
            {"brand", to_string(account.brand)},
            {"origin", to_string(account.origin)},
            {"status", account.status}};
  if (!account.message.empty()) body["message"] = account.message;
  if (!account.remedy.empty()) body["remedy"] = account.remedy;
  body["since"] = json_io::iso_or_null(account.since);
  body["vehicles"] = std::move(vehicles);
  return body;
}

std::optional<setup::AccountCard> find(const setup::Overview& overview, std::string_view key) {
  const auto found = std::ranges::find(overview.accounts, key, &setup::AccountCard::key);
  if (found == overview.accounts.end()) return std::nullopt;
  return *found;
}

Response no_such_account() { return problem_response(not_found("There is no such account.")); }

/// The account as it is now; it may have gone again meanwhile.
Response shown(Context& context, const std::string& key, int status) {
  const auto overview = context.deps.services.owner_actions.overview();
  const auto account = find(overview, key);
  if (!account) return no_such_account();
  auto response = json_response(status, account_body(*account, overview));
  if (status == 201) {
    response.headers.push_back({.name = "Location", .value = api_path("/admin/accounts/") + key});
  }
  return response;
}

/// What became of a sign-in of the cloud's: a refusal there says nothing about who asks here, so it
/// is neither 401 nor 403.
Response refused(const base::Error& error) {
  auto problem = problem_of(error);
  constexpr int kInvalid = 422;
  switch (error.code) {
    case base::ErrorCode::credentials_rejected:
    case base::ErrorCode::action_required:
    case base::ErrorCode::config_invalid:
    case base::ErrorCode::token_expired:
    case base::ErrorCode::forbidden:
    case base::ErrorCode::not_supported: problem.status = kInvalid; break;
    default: break;
  }
  return problem_response(problem);
}

/// nullopt: the account of the path is one that may be changed here.
std::optional<Response> fixed(const std::optional<setup::AccountCard>& account) {
  if (!account) return no_such_account();
  if (account->origin == setup::Origin::page) return std::nullopt;
  return problem_response(conflict("This account stands in the configuration: change it there."));
}

Json guests_body(Context& context) {
  const auto sessions = context.deps.auth.sessions();
  Json guests = Json::array();
  for (const auto& guest : context.deps.services.guests.list()) {
    const auto own = std::ranges::count(sessions, guest.account_key, &SessionView::account_key);
    guests.push_back({{"id", guest.account_key},
                      {"name", guest.masked},
                      {"vehicles", guest.cars},
                      {"sessions", own}});
  }
  return guests;
}

}  // namespace

base::Task<Response> list_accounts(Context& context) {
  const auto overview = context.deps.services.owner_actions.overview();
  Json accounts = Json::array();
  for (const auto& account : overview.accounts) {
    accounts.push_back(account_body(account, overview));
  }
  co_return json_response(200,
                          {{"accounts", std::move(accounts)}, {"guests", guests_body(context)}});
}

base::Task<Response> add_account(Context& context) {
  auto entry = entry_of(context.request, std::nullopt);
  if (!entry) co_return problem_response(entry.error());
  auto& owner_actions = context.deps.services.owner_actions;
  const auto name = entry->account.username;
  const auto brand = entry->account.brand;
  const auto overview = owner_actions.overview();
  if (const auto known = find(overview, owner_actions.find_account(name, brand))) {
    context.audit_target = known->key;
    if (auto refusal = fixed(known)) co_return std::move(*refusal);
  }
  const auto added = co_await owner_actions.add_account(std::move(entry->account), entry->again);
  if (!added) co_return refused(added.error());
  const auto key = owner_actions.find_account(name, brand);
  context.audit_target = key;
  co_return shown(context, key, 201);
}

base::Task<Response> change_account(Context& context) {
  const auto key = context.parameters.at(0);
  auto& owner_actions = context.deps.services.owner_actions;
  const auto account = find(owner_actions.overview(), key);
  if (auto refusal = fixed(account)) co_return std::move(*refusal);
  context.audit_target = key;
  auto entry = entry_of(context.request, account->brand);
  if (!entry) co_return problem_response(entry.error());
  if (owner_actions.find_account(entry->account.username, account->brand) != key) {
    co_return refused({.code = base::ErrorCode::config_invalid,
                       .message = "\"username\" is not the name of this account",
                       .remedy = "Another account is added by POST /api/v1/admin/accounts."});
  }
  const auto changed = co_await owner_actions.add_account(std::move(entry->account), entry->again);
  if (!changed) co_return refused(changed.error());
  co_return shown(context, key, 200);
}

base::Task<Response> remove_account(Context& context) {
  const auto key = context.parameters.at(0);
  auto& owner_actions = context.deps.services.owner_actions;
  if (auto refusal = fixed(find(owner_actions.overview(), key))) co_return std::move(*refusal);
  context.audit_target = key;
  const auto removed = co_await owner_actions.remove_account(key);
  if (!removed) co_return refused(removed.error());
  co_return Response{.status = 204};
}

base::Task<Response> retry_account(Context& context) {
  const auto key = context.parameters.at(0);
  auto& owner_actions = context.deps.services.owner_actions;
  if (!find(owner_actions.overview(), key)) co_return no_such_account();
  context.audit_target = key;
  const auto tried = co_await owner_actions.try_again(key);
  if (!tried) co_return refused(tried.error());
  co_return shown(context, key, 200);
}

}  // namespace toyota2mqtt::rest::admin
