#pragma once

#include "toyota/json_read.hpp"

/// Parts of a car whose state nobody here understands: they must not pass for closed or locked.
/// Private to this part.
namespace toyota2mqtt::toyota {

struct UnclearParts {
  int openings = 0;
  int locks = 0;
};

/// Of an answer of the status route: parts whose word is not known, and parts under keys that are
/// not known. A part that is missing or null says nothing. Each key is told to
/// DecodeContext::unknown; words are told where they are read.
UnclearParts unclear_parts(const Reader& status);

}  // namespace toyota2mqtt::toyota
