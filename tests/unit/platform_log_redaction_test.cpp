#include <chrono>

#include "support/catch.hpp"
#include "toyota2mqtt/base/redaction.hpp"

using namespace toyota2mqtt;
using base::escape_controls;
using base::Redactor;
using base::shorten;

namespace {

struct Row {
  std::string text;
  std::string expected;
};

void check_rows(const Redactor& redactor, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(redactor.redact(row.text) == row.expected);
  }
}

const std::string kJwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4_w-c";

}  // namespace

TEST_CASE("a JSON web token is redacted wherever it stands, also cut off") {
  check_rows({}, {{"token " + kJwt + " refused", "token [redacted] refused"},
                  {kJwt, "[redacted]"},
                  {"t=" + kJwt + "&x=1", "t=[redacted]&x=1"},
                  {"a%20" + kJwt, "a%20[redacted]"},
                  {"x" + kJwt, "x[redacted]"},
                  {"\"" + kJwt + "\"", "\"[redacted]\""},
                  {"eyJhbGciOiJIUzI1", "[redacted]"},
                  {"eyJ", "eyJ"},
                  {"eyJ hello", "eyJ hello"}});
}

TEST_CASE("what follows Bearer is redacted") {
  check_rows({}, {{"authorization: Bearer abc.def-123", "authorization: Bearer [redacted]"},
                  {"authorization: bearer\tx", "authorization: bearer\t[redacted]"},
                  {"BEARER   x y", "BEARER   [redacted] y"},
                  {"Bearer%20abc&y", "Bearer%20[redacted]"},
                  {"a%20Bearer%20abc", "a%20Bearer%20[redacted]"},
                  {"{\"Bearer\":\"abc\",\"x\":1}", "{\"Bearer\":\"[redacted]\",\"x\":1}"},
                  {"Bearer: Bearer abc", "Bearer: Bearer [redacted]"},
                  {"the forbearers", "the forbearers"},
                  {"token_type Bearer", "token_type Bearer"},
                  {"Bearer, then", "Bearer, then"}});
}

TEST_CASE("an e-mail address is redacted, its masked form is not") {
  check_rows({}, {{"user driver@example.com failed", "user [redacted] failed"},
                  {"<first.last+tag@mail.example.co.uk>", "<[redacted]>"},
                  {"driver%40example.com", "[redacted]"},
                  {"jürgen@exämple.de.", "[redacted]."},
                  {"d…@e….com", "d…@e….com"},
                  {"account d…@e….com is locked", "account d…@e….com is locked"},
                  {"…driver@example.com", "…[redacted]"},
                  {"a@b", "a@b"},
                  {"@example.com", "@example.com"},
                  {"x @ example.com", "x @ example.com"}});
}

TEST_CASE("user and password in a URL are redacted, the host is not") {
  check_rows({}, {{"mqtt://user:pass@broker:1883", "mqtt://[redacted]@broker:1883"},
                  {"https://u:p@ss@host.example/x", "https://[redacted]@host.example/x"},
                  {"https://host.example/a@b", "https://host.example/a@b"},
                  {"https://host.example/v3/telemetry", "https://host.example/v3/telemetry"}});
}

TEST_CASE("a VIN is redacted in either case, its masked form is not") {
  check_rows({}, {{"car JTMTEST0000000001 answered", "car [redacted] answered"},
                  {"jtmtest0000000001", "[redacted]"},
                  {"vin=JTMTEST0000000001&x", "vin=[redacted]&x"},
                  {"vin%3DJTMTEST0000000001", "vin%3D[redacted]"},
                  {"/v1/JTMTEST0000000001/status", "/v1/[redacted]/status"},
                  {"_JTMTEST0000000001_", "_[redacted]_"},
                  {"{\\nJTMTEST0000000001", "{\\n[redacted]"},
                  {"…0001", "…0001"},
                  {"JTMTEST000000000", "JTMTEST000000000"},
                  {"JTMTEST00000000012", "JTMTEST00000000012"},
                  {"12345678901234567", "12345678901234567"},
                  {"ABCDEFGHJKLMNPRST", "ABCDEFGHJKLMNPRST"},
                  {"IOQTEST0000000001", "[redacted]"}});
}

TEST_CASE("a pair of coordinates is redacted, other numbers are not") {
  check_rows({}, {{"at 50.12345, 8.65432 now", "at [redacted] now"},
                  {"50.123 8.654", "[redacted]"},
                  {"[8.65432,50.12345]", "[[redacted]]"},
                  {"-33.8688;151.2093", "[redacted]"},
                  {"q=50.1234%2C-8.6543", "q=[redacted]"},
                  {"q%3D50.1234%2C8.6543", "q%3D[redacted]"},
                  {"version 2.23.0, took 1.5 s", "version 2.23.0, took 1.5 s"},
                  {"50.12, 8.65", "50.12, 8.65"},
                  {"50.12345", "50.12345"},
                  {"range 412.123, 812.345", "range 412.123, 812.345"},
                  {"10.0.0.138 192.168.178.1", "10.0.0.138 192.168.178.1"}});
}

TEST_CASE("the number behind latitude or longitude is redacted") {
  check_rows({}, {{"latitude: 50.1", "latitude: [redacted]"},
                  {"{\"latitude\":50.12345,\"longitude\":8.6}",
                   "{\"latitude\":[redacted],\"longitude\":[redacted]}"},
                  {"lat=-50.12&lon=8.65&lng=1.5", "lat=[redacted]&lon=[redacted]&lng=[redacted]"},
                  {"vehicleLatitude=50.1", "vehicleLatitude=[redacted]"},
                  {"\\\"lat\\\": 50.1", "\\\"lat\\\": [redacted]"},
                  {"flat: 5.1", "flat: 5.1"},
                  {"late 5.1", "late 5.1"},
                  {"latitude unknown", "latitude unknown"}});
}

TEST_CASE("an added secret is redacted in every form in which it is sent") {
  Redactor redactor;
  redactor.add_secret(base::Secret("p@ss w\"rd/é"));
  redactor.add_secret(base::Secret("p@ss"));
  check_rows(redactor, {{"used p@ss w\"rd/é here", "used [redacted] here"},
                        {"p=p%40ss%20w%22rd%2F%C3%A9&", "p=[redacted]&"},
                        {"p=p%40ss%20w%22rd%2f%c3%a9&", "p=[redacted]&"},
                        {"p=p%40ss+w%22rd%2F%C3%A9&", "p=[redacted]&"},
                        {"{\"p\":\"p@ss w\\\"rd/é\"}", "{\"p\":\"[redacted]\"}"},
                        {"p@ssp@ss", "[redacted][redacted]"},
                        {"P@SS", "P@SS"}});
}

TEST_CASE("a secret beside another one is redacted as well") {
  Redactor redactor;
  redactor.add_secret(base::Secret("pass"));
  check_rows(redactor, {{"passdriver@example.com", "[redacted][redacted]"},
                        {"JTMTEST0000000001.driver@example.com", "[redacted][redacted]"},
                        {"passJTMTEST0000000001", "[redacted][redacted]"},
                        {"pass50.12345,8.65432", "[redacted][redacted]"},
                        {"driver@example.com,other@example.com", "[redacted],[redacted]"},
                        {std::string(300, 'a') + "driver@example.com", "[redacted]"}});
}

TEST_CASE("an added secret that is too short to be distinguished from words is ignored") {
  Redactor redactor;
  redactor.add_secret(base::Secret(""));
  redactor.add_secret(base::Secret("car"));
  CHECK(redactor.redact("the car") == "the car");
  redactor.add_secret(base::Secret("cars"));
  CHECK(redactor.redact("the cars") == "the [redacted]");
}

TEST_CASE("ordinary messages pass unchanged") {
  const Redactor redactor;
  for (const std::string text :
       {"", "GET ctpa-oneapi.tceu-ctp-prd.toyotaconnectedeurope.io /v3/telemetry 200 in 0.412 s",
        "car …0001: wake 3 of 8 today, because it stopped 3m ago", "топливо 50 %",
        "connected to core-mosquitto:1883 (MQTT 5)", "2026-11-20T12:00:00Z"}) {
    CHECK(redactor.redact(text) == text);
  }
}

TEST_CASE("redaction takes linear time, also for hostile text") {
  const Redactor redactor;
  for (const std::string& piece :
       {std::string("a"), std::string("eyJ"), std::string("bearer "), std::string("://"),
        std::string("1.111,"), std::string("a@"), std::string("lat="), std::string("…"),
        std::string("%20"), std::string("bearer+"), std::string("JTMTEST0000000001."),
        std::string("a@b.")}) {
    std::string text;
    while (text.size() < 100'000) text += piece;
    INFO(piece);
    const auto start = std::chrono::steady_clock::now();
    CHECK(redactor.redact(text).size() <= text.size() * 4);
    // Quadratic time would take minutes.
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
  }
}

TEST_CASE("control, invisible and direction-changing characters are escaped") {
  CHECK(escape_controls("a\nb\r\tc") == "a\\nb\\r\\tc");
  CHECK(escape_controls(std::string("\0\x1b[31m\x7f", 7)) == "\\x00\\x1b[31m\\x7f");
  CHECK(escape_controls("a\u0085\u009b") == "a\\u0085\\u009b");
  CHECK(escape_controls("a\u2028\u202e\u200b\ufeff") == "a\\u2028\\u202e\\u200b\\ufeff");
  CHECK(escape_controls("grüße … 電 😀 \\n") == "grüße … 電 😀 \\n");
}

TEST_CASE("invalid UTF-8 is escaped byte by byte") {
  CHECK(escape_controls("a\xff"
                        "b") == "a\\xffb");
  CHECK(escape_controls("\xc0\x8a") == "\\xc0\\x8a");           // overlong newline
  CHECK(escape_controls("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(escape_controls("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(escape_controls("\xe2\x80") == "\\xe2\\x80");  // cut off
}

TEST_CASE("a long text is cut between characters and marked") {
  CHECK(shorten("short", 5) == "short");
  CHECK(shorten("longer", 5) == "lo…");
  CHECK(shorten("ééé", 5) == "é…");
  CHECK(shorten(std::string(5000, 'x'), 4096).size() == 4096);
}

TEST_CASE("of a name only what is personal is taken away") {
  const std::vector<Row> rows{
      {"Dad's car", "Dad's car"},           {"JTMSIMBZ4X0000001", ""},
      {"bZ4X (JTMSIMBZ4X0000001)", "bZ4X"}, {"driver@example.com, RAV4", "RAV4"},
      {"home 50.1109, 8.6821", "home"},     {"[brackets]", "[brackets]"}};
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(base::without_personal(row.text) == row.expected);
  }
  CHECK(base::redact_text("Unlocked: JTMSIMBZ4X0000001") == "Unlocked: [redacted]");
}
