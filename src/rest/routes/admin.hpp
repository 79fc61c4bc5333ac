#pragma once

#include <optional>
#include <string>

#include "rest/context.hpp"
#include "rest/http/json_body.hpp"

/// Handlers of `admin/…` (docs/rest.md, "Administration"), and what they share.
namespace toyota2mqtt::rest::admin {

// admin_accounts.cpp
base::Task<Response> list_accounts(Context& context);
base::Task<Response> add_account(Context& context);
base::Task<Response> change_account(Context& context);
base::Task<Response> remove_account(Context& context);
base::Task<Response> retry_account(Context& context);

// admin_access.cpp
base::Task<Response> list_sessions(Context& context);
base::Task<Response> end_session(Context& context);
base::Task<Response> list_limits(Context& context);
base::Task<Response> forget_limits(Context& context);
base::Task<Response> forget_limit(Context& context);
base::Task<Response> rotate_keys(Context& context);

// admin_cars.cpp
base::Task<Response> list_caches(Context& context);
base::Task<Response> clear_caches(Context& context);
base::Task<Response> list_breakers(Context& context);
base::Task<Response> list_backfill(Context& context);

// admin_diagnostics.cpp
base::Task<Response> diagnostics(Context& context);

}  // namespace toyota2mqtt::rest::admin
