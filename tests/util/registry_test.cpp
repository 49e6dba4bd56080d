#include "grapevine/util/registry.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/expect_error.h"

namespace grapevine {
namespace {

TEST(Registry, FindsWhatWasAdded) {
  Registry<std::function<int(int)>> registry("number");
  registry.add("twice", [](int value) { return 2 * value; });
  registry.add("same", [](int value) { return value; });
  EXPECT_EQ(registry.get("twice")(4), 8);
  EXPECT_TRUE(registry.contains("same"));
  EXPECT_FALSE(registry.contains("half"));
  EXPECT_EQ(registry.names(), (std::vector<std::string>{"same", "twice"}));
}

TEST(Registry, AnUnknownNameListsTheKnownOnes) {
  Registry<std::function<int()>> registry("number");
  registry.add("one", [] { return 1; });
  registry.add("two", [] { return 2; });
  EXPECT_ERROR(registry.get("three"), "number", "\"three\"", "one, two");
}

TEST(Registry, ANameTwiceIsRefused) {
  Registry<std::function<int()>> registry("number");
  registry.add("one", [] { return 1; });
  EXPECT_ERROR(registry.add("one", [] { return 1; }), "number", "\"one\"", "twice");
}

}  // namespace
}  // namespace grapevine
