#include "toyota2mqtt/web/page.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "toyota2mqtt/base/address.hpp"
#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/request_limits.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "web/form.hpp"
#include "web/guard.hpp"
#include "web/pages.hpp"
#include "web/sign_in.hpp"

namespace toyota2mqtt::web {

using base::Task;

namespace {

constexpr std::size_t kLongestBody = std::size_t{16} << 10;
constexpr std::size_t kLongestName = 254;
constexpr std::size_t kLongestSecret = 500;
constexpr std::size_t kLongestUser = 100;
constexpr std::size_t kShortestPassword = 10;
constexpr auto kChecked = std::chrono::minutes(10);
/// Of one address, or inside the app of one user, in a minute.
constexpr std::size_t kPagesPerMinute = 1200;

constexpr int kOk = 200;
constexpr int kSeeOther = 303;
constexpr int kBadRequest = 400;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kWrongMethod = 405;
constexpr int kWrongType = 415;
constexpr int kTooLarge = 413;
constexpr int kTooManyPages = 429;
constexpr int kUnprocessable = 422;

/// No document of ours needs more than its own style sheet.
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'";

Response answer(int status, std::string_view type, std::string body) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = std::string(type)},
                      {.name = "Content-Security-Policy", .value = kPolicy},
                      {.name = "X-Content-Type-Options", .value = "nosniff"},
                      {.name = "Referrer-Policy", .value = "no-referrer"},
                      {.name = "Cache-Control", .value = "no-store"}},
          .body = std::move(body)};
}

Response page_answer(int status, const Html& page) {
  return answer(status, "text/html; charset=utf-8", page.text);
}

Response see_other(std::string location) {
  auto response = answer(kSeeOther, "text/plain; charset=utf-8", "");
  response.headers.push_back({.name = "Location", .value = std::move(location)});
  return response;
}

/// Empty when there is none of that name.
std::string query_value(const Request& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

/// Phones put spaces behind an e-mail address.
std::string trimmed_value(const Form& form, std::string_view name) {
  return std::string(base::trimmed(form.value(name)));
}

Trouble own_trouble(Language language, Text problem, Text remedy) {
  return {.problem = {.text = std::string(say(language, problem))},
          .remedy = {.text = std::string(say(language, remedy))}};
}

}  // namespace

struct Page::Impl {
  Impl(setup::OwnerActions& the_actions, const base::Clock& the_clock, base::Random& random,
       Place the_place, PasswordHash the_hash)
      : actions(the_actions),
        clock(the_clock),
        place(the_place),
        sign_ins(the_actions),
        password_hash(std::move(the_hash)) {
    std::array<std::uint8_t, 32> bytes{};
    random.fill(bytes);
    csrf = base::base64url(bytes);
  }

  /// One request with what was read out of it.
  struct Asked {
    Request request;
    View view;
    Form form;
  };

  Task<Response> handle(Request request);
  /// One page at a time is put together, so that all else has its turn in between.
  Task<Response> show(Asked asked, std::string_view path);
  std::optional<Response> hold_back(const Request& request);
  /// Reads the form; an answer when it may not count.
  std::optional<Response> check_form(Asked& asked) const;
  Response trouble_answer(const Asked& asked, int status, Text problem, Text remedy) const;

  // GET
  Response status(const Asked& asked) const;
  static Response style_sheet();
  Response show_sign_in(const Asked& asked) const;
  Response show_cars(const Asked& asked) const;
  Response show_abrp(const Asked& asked) const;
  // POST
  Task<Response> sign_in(Asked asked);
  Task<Response> use_cars(Asked asked);
  Task<Response> abrp(Asked asked);
  Task<Response> check_abrp(Asked asked, setup::AbrpEntry entry);
  Task<Response> save_abrp(Asked asked, setup::AbrpEntry entry);
  Task<Response> account_step(Asked asked, bool remove);
  [[nodiscard]] Response offer_again(const Asked& asked);
  Task<Response> make_password(Asked asked);

  setup::AbrpEntry abrp_entry(const Form& form, const setup::CarCard& car, setup::Origin key_from);
  Response abrp_trouble(const Asked& asked, const std::string& car, Trouble trouble) const;

  setup::OwnerActions& actions;
  const base::Clock& clock;
  Place place;
  std::string csrf;
  SignIns sign_ins;
  PasswordHash password_hash;
  bool hashing = false;  ///< one at a time: each takes a processor for a third of a second
  /// What was checked and accepted and not saved yet, so that it need not be typed twice: the page
  /// itself may not send it back.
  struct Checked {
    setup::AbrpEntry entry;
    base::SteadyTime until{};
  };
  std::map<base::CarId, Checked> checked;
  base::RequestLimits limits{kPagesPerMinute};
  base::AsyncMutex mutex;
};

namespace {

/// Sets the flag as long as it lives.
class Occupied {
 public:
  explicit Occupied(bool& flag) : flag_(flag) { flag_ = true; }
  ~Occupied() { flag_ = false; }
  Occupied(const Occupied&) = delete;
  Occupied& operator=(const Occupied&) = delete;

 private:
  bool& flag_;
};

/// The addresses of the page. A route takes GET (and HEAD) or POST or both.
struct Route {
  std::string_view path;
  std::string_view methods;  ///< as the Allow header says it
  std::string_view root;     ///< what leads from it to the page's root
};
constexpr std::string_view kReads = "GET, HEAD";
constexpr std::string_view kBoth = "GET, HEAD, POST";
constexpr std::array kPageRoutes{
    Route{.path = "/", .methods = kReads, .root = "./"},
    Route{.path = "/style.css", .methods = kReads, .root = "./"},
    Route{.path = "/setup", .methods = kReads, .root = "./"},
    Route{.path = "/setup/account", .methods = "POST", .root = "../"},
    Route{.path = "/setup/cars", .methods = kBoth, .root = "../"},
    Route{.path = "/setup/abrp", .methods = kBoth, .root = "../"},
    Route{.path = "/account/try-again", .methods = "POST", .root = "../"},
    Route{.path = "/account/remove", .methods = "POST", .root = "../"},
    Route{.path = "/car/offer-again", .methods = "POST", .root = "../"},
    Route{.path = "/password", .methods = kBoth, .root = "./"}};

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool allows(const Route& route, std::string_view method) {
  return is_read(method) ? route.methods.starts_with("GET")
                         : method == "POST" && route.methods.ends_with("POST");
}

}  // namespace

Task<Response> Page::Impl::handle(Request request) {
  const auto* route = std::ranges::find(kPageRoutes, request.path, &Route::path);
  const bool known = route != kPageRoutes.end();
  Asked asked{.request = std::move(request), .view = {.csrf = csrf}, .form = {}};
  const auto language = query_value(asked.request, "lang");
  asked.view.language =
      choose_language(language, asked.request.header("Accept-Language").value_or(""));
  asked.view.language_asked = is_language(language);
  // Of an unknown address nobody knows how deep it is.
  asked.view.root = known ? std::string(route->root) : ingress_path(asked.request, place);
  if (!asked.view.root.ends_with('/')) asked.view.root += '/';

  if (!may_see(asked.request, place) || is_foreign_errand(asked.request)) {
    co_return trouble_answer(asked, kForbidden, Text::not_allowed, Text::not_allowed_remedy);
  }
  if (auto held = hold_back(asked.request)) co_return std::move(*held);
  if (!known) co_return trouble_answer(asked, kNotFound, Text::not_found, Text::not_found_remedy);
  if (!allows(*route, asked.request.method)) {
    auto response =
        trouble_answer(asked, kWrongMethod, Text::wrong_method, Text::wrong_method_remedy);
    response.headers.push_back({.name = "Allow", .value = std::string(route->methods)});
    co_return response;
  }
  const auto& path = route->path;
  if (is_read(asked.request.method)) co_return co_await show(std::move(asked), path);
  if (auto refusal = check_form(asked)) co_return std::move(*refusal);
  if (path == "/setup/account") co_return co_await sign_in(std::move(asked));
  if (path == "/setup/cars") co_return co_await use_cars(std::move(asked));
  if (path == "/setup/abrp") co_return co_await abrp(std::move(asked));
  if (path == "/password") co_return co_await make_password(std::move(asked));
  if (path == "/car/offer-again") co_return offer_again(asked);
  co_return co_await account_step(std::move(asked), path == "/account/remove");
}

Task<Response> Page::Impl::show(Asked asked, std::string_view path) {
  if (path == "/style.css") co_return style_sheet();
  const auto lock = co_await mutex.lock();
  co_await base::give_way();
  if (path == "/setup") co_return show_sign_in(asked);
  if (path == "/setup/cars") co_return show_cars(asked);
  if (path == "/setup/abrp") co_return show_abrp(asked);
  if (path == "/password") co_return page_answer(kOk, password_page(asked.view, {}));
  co_return status(asked);
}

std::optional<Response> Page::Impl::hold_back(const Request& request) {
  auto who = base::counted_address(base::plain_address(request.peer).value_or(request.peer));
  // The gateway speaks for everybody, and says for whom.
  if (place == Place::app) who.append(" ").append(request.header("X-Remote-User-Id").value_or(""));
  const auto quota = limits.take(who, clock.steady());
  if (!quota.exceeded) return std::nullopt;
  auto response = answer(kTooManyPages, "text/plain; charset=utf-8",
                         "Too many pages were asked for in a minute. Try again a little later.\n");
  response.headers.push_back({.name = "Retry-After", .value = std::to_string(quota.reset)});
  return response;
}

Response Page::Impl::trouble_answer(const Asked& asked, int status, Text problem,
                                    Text remedy) const {
  return page_answer(status,
                     error_page(asked.view, own_trouble(asked.view.language, problem, remedy)));
}

std::optional<Response> Page::Impl::check_form(Asked& asked) const {
  const auto bad = [&](int status) {
    return trouble_answer(asked, status, Text::bad_form, Text::bad_form_remedy);
  };
  if (!from_own_page(asked.request, place)) {
    return trouble_answer(asked, kForbidden, Text::old_form, Text::old_form_remedy);
  }
  if (asked.request.body.size() > kLongestBody) return bad(kTooLarge);
  const auto type = asked.request.header("Content-Type").value_or("");
  if (!type.starts_with("application/x-www-form-urlencoded")) return bad(kWrongType);
  auto form = Form::parse(asked.request.body);
  if (!form) return bad(kBadRequest);
  if (!same_secret(form->value("csrf"), csrf)) {
    return trouble_answer(asked, kForbidden, Text::old_form, Text::old_form_remedy);
  }
  asked.form = std::move(*form);
  return std::nullopt;
}

Response Page::Impl::status(const Asked& asked) const {
  const auto overview = actions.overview();
  if (overview.accounts.empty()) return see_other(asked.view.kept("setup"));
  return page_answer(kOk, status_page(asked.view, overview));
}

Response Page::Impl::style_sheet() {
  return answer(kOk, "text/css; charset=utf-8", std::string(style()));
}

Response Page::Impl::show_sign_in(const Asked& asked) const {
  return page_answer(kOk, sign_in_page(asked.view, {}));
}

Response Page::Impl::show_cars(const Asked& asked) const {
  return page_answer(kOk, cars_page(asked.view, actions.overview(), std::nullopt));
}

Response Page::Impl::show_abrp(const Asked& asked) const {
  return page_answer(
      kOk, abrp_page(asked.view, actions.overview(), {.car = query_value(asked.request, "car")}));
}

Task<Response> Page::Impl::sign_in(Asked asked) {
  const auto language = asked.view.language;
  SignInForm form{.username = trimmed_value(asked.form, "username")};
  const std::string password = asked.form.value("password");
  const std::string brand = asked.form.value("brand");
  const auto known_brand = brand.empty() ? vehicle::Brand::toyota : vehicle::parse_brand(brand);
  form.brand = known_brand.value_or(vehicle::Brand::toyota);
  if (const auto checked_password = base::check_password(password);
      !password.empty() && !checked_password) {
    form.trouble = trouble_of(language, checked_password.error());
    co_return page_answer(kUnprocessable, sign_in_page(asked.view, form));
  }
  const bool usable = known_brand && !form.username.empty() && !password.empty() &&
                      form.username.size() <= kLongestName && base::is_plain_line(form.username);
  if (!usable) {
    form.trouble =
        own_trouble(language, Text::type_name_and_password, Text::type_name_and_password_remedy);
    co_return page_answer(kUnprocessable, sign_in_page(asked.view, form));
  }
  setup::NewAccount account{
      .username = form.username, .password = base::Secret(password), .brand = form.brand};
  const bool again = asked.form.value("again") == "1";
  const auto outcome = co_await sign_ins.add(std::move(account), again);
  if (outcome && *outcome) co_return see_other(asked.view.kept("cars"));
  form.trouble = outcome ? trouble_of(language, outcome->error())
                         : own_trouble(language, Text::sign_in_busy, Text::sign_in_busy_remedy);
  co_return page_answer(kUnprocessable, sign_in_page(asked.view, form));
}

Task<Response> Page::Impl::use_cars(Asked asked) {
  const auto ticked = asked.form.values("use");
  const auto shown = asked.form.values("shown");
  std::set<base::CarId> used;
  const auto overview = actions.overview();
  for (const setup::CarCard& car : overview.cars) {
    // A car that came after the form was made was not decided on.
    const bool undecided = car.used_from == setup::Origin::configuration ||
                           (!shown.empty() && !shown.contains(car.id.text));
    if (undecided ? car.used : ticked.contains(car.id.text)) used.insert(car.id);
  }
  const auto done = co_await actions.use_cars(std::move(used));
  if (done) co_return see_other(asked.view.link(""));
  co_return page_answer(kUnprocessable, cars_page(asked.view, actions.overview(),
                                                  trouble_of(asked.view.language, done.error())));
}

Response Page::Impl::abrp_trouble(const Asked& asked, const std::string& car,
                                  Trouble trouble) const {
  return page_answer(kUnprocessable, abrp_page(asked.view, actions.overview(),
                                               {.car = car, .trouble = std::move(trouble)}));
}

setup::AbrpEntry Page::Impl::abrp_entry(const Form& form, const setup::CarCard& car,
                                        setup::Origin key_from) {
  setup::AbrpEntry entry{.car = car.id,
                         .api_key = base::Secret(trimmed_value(form, "api_key")),
                         .token = base::Secret(trimmed_value(form, "token"))};
  std::erase_if(checked,
                [now = clock.steady()](const auto& one) { return one.second.until < now; });
  const auto before = checked.find(car.id);
  if (before != checked.end() && entry.token.empty()) {
    entry.token = before->second.entry.token;
    if (entry.api_key.empty()) entry.api_key = before->second.entry.api_key;
  }
  if (key_from == setup::Origin::configuration) entry.api_key = {};
  return entry;
}

Task<Response> Page::Impl::abrp(Asked asked) {
  const auto language = asked.view.language;
  const auto action = asked.form.value("action");
  const auto id = asked.form.value("car");
  if (action != "check" && action != "save" && action != "remove") {
    co_return trouble_answer(asked, kBadRequest, Text::bad_form, Text::bad_form_remedy);
  }
  const auto overview = actions.overview();
  const auto car = std::ranges::find_if(overview.cars, [&](const setup::CarCard& one) {
    return one.id.text == id && abrp_is_open(one);
  });
  if (car == overview.cars.end()) {
    co_return abrp_trouble(
        asked, "", own_trouble(language, Text::abrp_unknown_car, Text::abrp_unknown_car_remedy));
  }
  if (action == "remove") {
    checked.erase(car->id);
    co_return co_await save_abrp(std::move(asked), {.car = car->id, .api_key = {}, .token = {}});
  }
  auto entry = abrp_entry(asked.form, *car, overview.abrp_key_from);
  const auto usable = [](const base::Secret& secret) {
    return secret.reveal().size() <= kLongestSecret && base::is_plain_line(secret.reveal());
  };
  // To be checked again, the token that was saved here need not be typed.
  const bool saved_one = action == "check" && car->abrp_from == setup::Origin::page;
  if ((entry.token.empty() && !saved_one) || !usable(entry.token)) {
    co_return abrp_trouble(
        asked, id, own_trouble(language, Text::abrp_type_token, Text::abrp_type_token_remedy));
  }
  const bool key_missing = entry.api_key.empty() && overview.abrp_key_from == setup::Origin::none;
  if (key_missing || !usable(entry.api_key)) {
    co_return abrp_trouble(asked, id,
                           own_trouble(language, Text::abrp_type_key, Text::abrp_type_key_remedy));
  }
  if (action == "check") co_return co_await check_abrp(std::move(asked), std::move(entry));
  co_return co_await save_abrp(std::move(asked), std::move(entry));
}

Task<Response> Page::Impl::check_abrp(Asked asked, setup::AbrpEntry entry) {
  const auto name = co_await actions.check_abrp(entry);
  AbrpForm form{.car = entry.car.text};
  // A key that may not read is no reason not to save it.
  const bool fit = name || name.error().code == base::ErrorCode::forbidden;
  if (fit && !entry.token.empty()) {
    checked.insert_or_assign(entry.car,
                             Checked{.entry = entry, .until = clock.steady() + kChecked});
    form.kept = true;
  }
  if (name) {
    form.checked = *name;
  } else {
    form.check_failed = trouble_of(asked.view.language, name.error());
  }
  co_return page_answer(kOk, abrp_page(asked.view, actions.overview(), form));
}

Task<Response> Page::Impl::save_abrp(Asked asked, setup::AbrpEntry entry) {
  const auto car = entry.car;
  const auto saved = co_await actions.save_abrp(std::move(entry));
  if (!saved) {
    co_return abrp_trouble(asked, car.text, trouble_of(asked.view.language, saved.error()));
  }
  checked.erase(car);
  co_return see_other(asked.view.link(""));
}

Task<Response> Page::Impl::account_step(Asked asked, bool remove) {
  const auto key = asked.form.value("account");
  const auto overview = actions.overview();
  if (std::ranges::find(overview.accounts, key, &setup::AccountCard::key) ==
      overview.accounts.end()) {
    co_return trouble_answer(asked, kUnprocessable, Text::bad_form, Text::bad_form_remedy);
  }
  const auto done = co_await (remove ? actions.remove_account(key) : actions.try_again(key));
  if (done) co_return see_other(asked.view.link(""));
  const auto trouble = trouble_of(asked.view.language, done.error());
  // What the account's card says has its buttons there.
  if (!remove) {
    co_return page_answer(kUnprocessable, status_page(asked.view, actions.overview(), trouble));
  }
  co_return page_answer(kUnprocessable, error_page(asked.view, trouble));
}

Response Page::Impl::offer_again(const Asked& asked) {
  const auto overview = actions.overview();
  const auto car =
      std::ranges::find(overview.cars, base::CarId{asked.form.value("car")}, &setup::CarCard::id);
  if (car == overview.cars.end()) {
    return trouble_answer(asked, kUnprocessable, Text::bad_form, Text::bad_form_remedy);
  }
  actions.forget_rejections(car->id);
  return see_other(asked.view.link(""));
}

Task<Response> Page::Impl::make_password(Asked asked) {
  PasswordForm form{.name = trimmed_value(asked.form, "name"), .place = place};
  const std::string password = asked.form.value("password");
  const auto refuse = [&](Text problem, Text remedy) {
    form.trouble = own_trouble(asked.view.language, problem, remedy);
    return page_answer(kUnprocessable, password_page(asked.view, form));
  };
  const bool named = !form.name.empty() && form.name.size() <= kLongestUser &&
                     base::is_plain_line(form.name) && !form.name.contains(':');
  if (!named) co_return refuse(Text::hash_no_name, Text::hash_no_name_remedy);
  if (password.size() < kShortestPassword || password.size() > kLongestSecret ||
      !base::is_plain_line(password)) {
    co_return refuse(Text::hash_no_password, Text::hash_no_password_remedy);
  }
  if (password != asked.form.value("again")) {
    co_return refuse(Text::hash_not_same, Text::hash_not_same_remedy);
  }
  if (hashing) co_return refuse(Text::hash_busy, Text::hash_busy_remedy);
  const Occupied occupied(hashing);
  const auto hash = co_await password_hash(base::Secret(password));
  if (!hash) co_return refuse(Text::failed, Text::failed_remedy);
  form.hash = *hash;
  co_return page_answer(kOk, password_page(asked.view, form));
}

Page::Page(setup::OwnerActions& actions, const base::Clock& clock, base::Random& random,
           Place place, PasswordHash password_hash)
    : impl_(std::make_unique<Impl>(actions, clock, random, place, std::move(password_hash))) {}

Page::~Page() = default;

Task<Response> Page::handle(Request request) {
  co_return co_await impl_->handle(std::move(request));
}

}  // namespace toyota2mqtt::web
