#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/setup/owner_actions.hpp"
#include "web/words.hpp"

namespace toyota2mqtt::web {

/// A sentence of the bridge as the page says it.
struct Sentence {
  std::string text;
  bool english_only = false;  ///< the page's language is another one, and nobody translated it
};

/// Errors and remedies are written in English for every reader (log, entities, page). Here the
/// known ones are said in the page's language, and, for what was typed into the page, without
/// sending the owner to a configuration file that does not exist. Others stay as they are. Ends
/// with a full stop; empty stays empty.
Sentence reworded(Language language, std::string_view sentence, setup::Origin origin);

/// What went wrong with something typed into the page, and what to do: never empty. What has no
/// translation is told in general words with the original behind it.
struct Trouble {
  Sentence problem;
  Sentence remedy;
};
Trouble trouble_of(Language language, const base::Error& error);

}  // namespace toyota2mqtt::web
