#include "toyota2mqtt/history/archive.hpp"
