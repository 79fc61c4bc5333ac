#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace toyota2mqtt::home_assistant {

/// Which of several cars of one name a car is: 1, 2, … in the order in which they were first seen,
/// so that their entity ids differ and stay. Pure data. Loop thread only.
class Namesakes {
 public:
  /// The number of the car with this id and entity stem (`yaris`); remembered for as long as it is
  /// called so. `stem` must not be empty.
  int number(const std::string& car, const std::string& stem);
  /// The car has left for good: its number may be given away.
  void forget(const std::string& car);

  /// Every id that has a number.
  [[nodiscard]] std::vector<std::string> cars() const;
  [[nodiscard]] std::string serialize() const;
  /// Text of another version, or no such text, remembers nothing.
  void restore(std::string_view text);
  /// Whether serialize() would differ from the last call of saved() or restore().
  [[nodiscard]] bool changed() const { return changed_; }
  void saved() { changed_ = false; }

 private:
  struct Called {
    std::string stem;
    int number = 1;
  };
  [[nodiscard]] bool is_taken(const std::string& full, const std::string& car) const;

  std::map<std::string, Called> cars_;
  bool changed_ = false;
};

}  // namespace toyota2mqtt::home_assistant
