#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "tools/docgen/documents.hpp"

/// Prints the documents that follow from tables in the program. A program of the build folder: it
/// is not installed.
namespace {

using namespace toyota2mqtt::docgen;

struct Document {
  std::string_view name;
  std::string_view part_of;  ///< the file in which it stands
  std::string (*print)();
};

constexpr auto kDocuments = std::to_array<Document>({
    {.name = "configuration", .part_of = "docs/configuration.md", .print = reference_markdown},
    {.name = "example", .part_of = "config/toyota2mqtt.example.yaml", .print = example_yaml},
    {.name = "app-options", .part_of = "addon/config.yaml", .print = addon_options_yaml},
    {.name = "schedule", .part_of = "docs/schedule.md", .print = schedule_markdown},
});

int usage() {
  std::cerr << "docgen NAME prints one of these documents:\n";
  for (const auto& document : kDocuments) {
    std::cerr << "  " << document.name << " (" << document.part_of << ")\n";
  }
  return EXIT_FAILURE;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return usage();
  const auto found = std::ranges::find(kDocuments, std::string_view(arguments[1]), &Document::name);
  if (found == kDocuments.end()) return usage();
  std::cout << found->print() << std::flush;
  return std::cout.good() ? EXIT_SUCCESS : EXIT_FAILURE;
}
