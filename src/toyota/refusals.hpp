#pragma once

#include <string>
#include <string_view>

#include "toyota/brands.hpp"
#include "toyota2mqtt/base/error.hpp"

/// What a refused sign-in means in plain words, and what the owner can do about it. One function
/// for each row of docs/toyota-protocol.md, "Refusals at sign-in".
namespace toyota2mqtt::toyota {

base::Error wrong_password(const BrandConstants& brand);
/// Advice while no password may be sent because some were rejected today.
std::string find_out_the_password(const BrandConstants& brand);
base::Error unknown_user(const BrandConstants& brand);
base::Error one_time_code_wanted(const BrandConstants& brand);
base::Error account_locked(const BrandConstants& brand);
base::Error terms_open(const BrandConstants& brand);
/// An account made with Google, Facebook or Apple: there is no password to sign in with.
base::Error social_account(const BrandConstants& brand);
/// A question or message that nobody knows. `text` is the cloud's.
base::Error unknown_question(const BrandConstants& brand, std::string_view text);
/// The conversation grew too old; the only refusal that may be tried again at once.
base::Error session_expired();
bool is_session_expired(const base::Error& error);
/// True for refusals that must not be repeated by themselves.
bool is_standing(const base::Error& error);
/// True for answers that tell nothing about name and password (5xx, 429, HTML, none at all): the
/// same sign-in may be tried again later.
bool is_passing(const base::Error& error);
/// The remedy of an answer that came, but from a cloud that is ill.
std::string cloud_is_ill();

}  // namespace toyota2mqtt::toyota
