#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine::testing_support {

/// Runs `action` and expects `grapevine::Error` of one line that contains every one of `words`.
template <typename Action>
void expect_error(const char* file, int line, const Action& action,
                  const std::vector<std::string>& words) {
  const testing::ScopedTrace trace(file, line, "EXPECT_ERROR");
  try {
    action();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    const std::string message = error.what();
    for (const std::string& word : words) {
      EXPECT_THAT(message, testing::HasSubstr(word));
    }
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "not a grapevine::Error: " << error.what();
  }
}

}  // namespace grapevine::testing_support

/// Expects that the expression throws `grapevine::Error` whose message contains every one of the
/// words. A macro, because it must not evaluate the expression itself.
#define EXPECT_ERROR(expression, ...)                          \
  grapevine::testing_support::expect_error(__FILE__, __LINE__, \
                                           [&] { static_cast<void>(expression); }, {__VA_ARGS__})
