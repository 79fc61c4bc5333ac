#include "config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_set>

#include <fmt/format.h>

#include "config/table.hpp"

namespace toyota2mqtt::config {
namespace {

/// Thrown through the YAML library to end the reading; the problem is recorded before.
struct Stop {};

/// Builds the tree from the library's events. Limits are checked while reading, so that neither
/// depth nor aliases can make the tree larger than the file.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, Problems& problems)
      : source_(source), problems_(problems) {}

  Element take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    problems_.add(place(mark), {}, "a second YAML document", "one document");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    attach({.kind = Element::Kind::null, .place = place(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    problems_.add(place(mark), path(), "an alias (*…)", instead_of_yaml("the value itself"));
    attach({.kind = Element::Kind::null, .place = place(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    const bool plain = tag == "?" && anchor == 0;  // "!" is a text in quotation marks
    attach({.kind = Element::Kind::scalar,
            .text = value,
            .quoted = tag == "!",
            .left_out = plain ? source_.left_out(mark.pos, value) : LeftOut::nothing,
            .offset = mark.pos,
            .place = place(mark)});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Element::Kind::list, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Element::Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Element node;
    std::optional<Element> key = {};
    std::unordered_set<std::string> seen = {};
  };

  Place place(const YAML::Mark& mark) const { return source_.place(mark.pos); }

  std::string path() const {
    std::string text;
    for (const Frame& frame : frames_) {
      if (frame.node.kind == Element::Kind::list) {
        text = item_path(text, frame.node.children.size());
      } else if (frame.key) {
        text = join_path(text, frame.key->text);
      }
    }
    return text;
  }

  /// A password that begins with one of YAML's own characters needs quotation marks.
  std::string instead_of_yaml(std::string_view otherwise) const {
    return is_secret_path(path()) ? "a text in quotation marks" : std::string(otherwise);
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    problems_.add(place(mark), path(), "an anchor (&…)", instead_of_yaml("a value without anchor"));
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    if (tag != "!secret") {
      problems_.add(place(mark), path(), "a YAML tag (!…)", instead_of_yaml("a value without tag"));
      return;
    }
    const auto where = path();
    problems_.add(place(mark), where, "!secret, which only Home Assistant's own files understand",
                  is_secret_path(where)
                      ? fmt::format("{}_file with the path of a file that holds it", where)
                      : "the value itself");
  }

  void open(Element::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (frames_.size() == kMaxDepth) {
      problems_.add(place(mark), path(), fmt::format("more than {} levels", kMaxDepth),
                    "the sections of the documentation");
      throw Stop{};
    }
    frames_.push_back({.node = {.kind = kind, .place = place(mark)}});
  }
  void close() {
    Element node = std::move(frames_.back().node);
    frames_.pop_back();
    attach(std::move(node));
  }

  void attach(Element node) {
    if (++nodes_ > kMaxNodes) {
      problems_.add(node.place, {}, fmt::format("more than {} values", kMaxNodes),
                    "a configuration");
      throw Stop{};
    }
    if (frames_.empty()) {
      root_ = std::move(node);
    } else if (Frame& frame = frames_.back(); frame.node.kind == Element::Kind::list) {
      frame.node.children.push_back(std::move(node));
    } else if (!frame.key) {
      frame.key = std::move(node);
    } else {
      add_entry(frame, std::move(node));
    }
  }

  void add_entry(Frame& frame, Element value) {
    if (frame.key->kind != Element::Kind::scalar) {
      frame.key->text.clear();
      problems_.add(frame.key->place, path(), "a key that is not a text", "a key");
    } else if (!frame.seen.insert(frame.key->text).second) {
      problems_.add(frame.key->place, path(), "this key a second time", "each key once");
    } else {
      value.key = frame.key->text;
      value.key_place = frame.key->place;
      if (value.kind == Element::Kind::null &&
          source_.hash_is_the_value(frame.key->offset, frame.key->text)) {
        value.left_out = LeftOut::comment;
      }
      frame.node.children.push_back(std::move(value));
    }
    frame.key.reset();
  }

  const SourceText& source_;
  Problems& problems_;
  std::vector<Frame> frames_ = {};
  Element root_ = {};
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// Some of the library's messages end with a piece of the file after a colon: that could be a
// secret, so it is cut off.
std::string syntax_message(const YAML::Exception& error) {
  return shown(error.msg.substr(0, error.msg.find(':')));
}

}  // namespace

Element parse_document(std::string_view text, Problems& problems) {
  if (text.size() > kMaxBytes) {
    problems.add({}, {}, "more than 1 MiB", "a configuration file");
    return {};
  }
  const SourceText source(text);
  if (const auto bad = source.first_bad_byte()) {
    problems.add(source.place_in_original(bad->offset), {}, bad->what, "text in UTF-8");
    return {};
  }
  std::istringstream stream(source.yaml());
  TreeBuilder builder(source, problems);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    return {};
  } catch (const YAML::Exception& error) {
    problems.add(source.place(error.mark.pos), {},
                 fmt::format("a mistake in the YAML or JSON ({})", syntax_message(error)),
                 "a valid file");
    return {};
  }
  return builder.take_root();
}

}  // namespace toyota2mqtt::config
