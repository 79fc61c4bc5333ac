#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/setup/owner_actions.hpp"
#include "toyota2mqtt/web/page.hpp"
#include "web/html.hpp"
#include "web/sentences.hpp"
#include "web/words.hpp"

/// The pages as pure functions of what they show. They hold no secret: none is passed in.
namespace toyota2mqtt::web {

/// How one answer is to be written.
struct View {
  Language language = Language::en;
  bool language_asked = false;  ///< by ?lang=, which then stays in every link
  std::string root = "./";      ///< what leads from this address to the page's root, with a slash
  std::string csrf;             ///< goes into every form

  /// `path` with the language that was asked for; not escaped.
  [[nodiscard]] std::string kept(std::string_view path) const;
  /// The address of `path` (relative to the root) for a link or a form; not escaped.
  [[nodiscard]] std::string link(std::string_view path) const;
  [[nodiscard]] Html say(Text text) const { return {escape(web::say(language, text))}; }
};

/// A whole document. `self` = the address under which GET shows this page, for the language links.
struct Document {
  Text title{};
  std::string self;
  Html body;
  std::string version = {};  ///< shown at the end unless empty
  bool reload = false;       ///< by itself after a few seconds
};
Html document(const View& view, const Document& page);

/// The box that says what went wrong; elements `problem` and `remedy`.
Html alert(const View& view, const Trouble& trouble);
Html paragraph(const Sentence& sentence, Pattern open = "<p>");
Html csrf_field(const View& view);
/// `<time>` with the words of ago(), lasting() or ahead().
Html time_ago(const View& view, base::Time now, base::Time then);
Html time_lasting(const View& view, base::Time now, base::Time since);
Html time_ahead(const View& view, base::Time now, base::Time then);

/// `trouble`: what has just failed.
Html status_page(const View& view, const setup::Overview& overview,
                 const std::optional<Trouble>& trouble = std::nullopt);

struct SignInForm {
  std::string username;
  vehicle::Brand brand = vehicle::Brand::toyota;
  std::optional<Trouble> trouble = {};  ///< set: the last try failed
};
Html sign_in_page(const View& view, const SignInForm& form);

Html cars_page(const View& view, const setup::Overview& overview,
               const std::optional<Trouble>& trouble);

struct AbrpForm {
  std::string car;                           ///< the chosen one; empty = none yet
  std::optional<Trouble> trouble = {};       ///< saving failed
  std::optional<Trouble> check_failed = {};  ///< what the check said, if there was one
  std::optional<std::string> checked = {};   ///< the vehicle that ABRP named; may be empty
  bool kept = false;                         ///< what was checked need not be typed again
};
Html abrp_page(const View& view, const setup::Overview& overview, const AbrpForm& form);
/// Whether ABRP of this car can be set up on the page.
bool abrp_is_open(const setup::CarCard& car);

/// Making an entry of web.users.
struct PasswordForm {
  std::string name = {};
  Place place = Place::machine;
  std::optional<Trouble> trouble = {};  ///< set: nothing was made
  std::string hash = {};                ///< of the password that was typed; empty = none yet
};
Html password_page(const View& view, const PasswordForm& form);

Html error_page(const View& view, const Trouble& trouble);

/// The style sheet.
std::string_view style();

}  // namespace toyota2mqtt::web
