#include "toyota2mqtt/home_assistant/namesakes.hpp"

#include "support/catch.hpp"

using toyota2mqtt::home_assistant::Namesakes;

TEST_CASE("cars of one name are numbered in the order in which they were seen, and keep it") {
  Namesakes names;
  CHECK(names.number("b", "yaris") == 1);
  CHECK(names.number("a", "yaris") == 2);
  CHECK(names.number("b", "yaris") == 1);
  CHECK(names.number("c", "corolla") == 1);
  Namesakes later;
  later.restore(names.serialize());
  CHECK_FALSE(later.changed());
  // Another order of the list, and the first one gone for good.
  CHECK(later.number("a", "yaris") == 2);
  later.forget("b");
  CHECK(later.changed());
  CHECK(later.number("a", "yaris") == 2);
  CHECK(later.number("d", "yaris") == 1);
}

TEST_CASE("a car that is called like the second of another name gets ids of its own") {
  Namesakes names;
  CHECK(names.number("a", "yaris") == 1);
  CHECK(names.number("b", "yaris_2") == 1);
  CHECK(names.number("c", "yaris") == 3);
}

TEST_CASE("a renamed car is numbered anew") {
  Namesakes names;
  names.number("a", "yaris");
  names.number("b", "yaris");
  CHECK(names.number("b", "blitz") == 1);
  CHECK(names.number("c", "yaris") == 2);
}

TEST_CASE("a text that is none remembers nothing") {
  for (const char* text : {"", "[]", "{", R"({"a":1})", R"({"a":["x"]})", R"({"a":["x",-1]})"}) {
    Namesakes names;
    names.restore(text);
    CHECK(names.cars().empty());
  }
}
