#include "grapevine/util/error.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace grapevine {
namespace {

TEST(Error, FailFormatsTheMessage) {
  EXPECT_ERROR(fail("fanouts: expected -1 or more, got {}", -3), "fanouts", "got -3");
}

TEST(Error, CheckThrowsOnlyWhenTheConditionFails) {
  EXPECT_NO_THROW(check(true, "never {}", 1));
  EXPECT_ERROR(check(false, "{}: expected {} rows", "h", 3), "h: expected 3 rows");
}

}  // namespace
}  // namespace grapevine
