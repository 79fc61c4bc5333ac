#pragma once

#include "json/json_io.hpp"
#include "toyota/brands.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/toyota/account.hpp"

/// The questions of the sign-in conversation (ForgeRock callbacks; docs/toyota-protocol.md,
/// "Questions and answers"). Pure.
namespace toyota2mqtt::toyota {

/// Judges a reply of status 200: an error when it refuses the sign-in or asks what must not be
/// answered by a program. Fails closed: anything unknown is an error.
base::Result<void> validate_questions(const json_io::Json& reply, const BrandConstants& brand);

/// True when the reply asks for the account's password (type and prompt both match).
bool asks_for_password(const json_io::Json& reply);

/// The reply with every known question answered, ready to be sent back whole.
json_io::Json answered(json_io::Json reply, const Credentials& credentials);

/// What a reply of any other status than 200 means. `credentials_sent`: the name was posted before.
base::Error refusal_of(int status, std::string_view body, bool credentials_sent,
                       const BrandConstants& brand);

}  // namespace toyota2mqtt::toyota
