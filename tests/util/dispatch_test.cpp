#include "grapevine/util/dispatch.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/scoped_environment.h"

namespace grapevine {
namespace {

using testing_support::ScopedEnvironment;

TEST(Dispatch, TheEnvironmentLowersTheInstructionSet) {
  {
    const ScopedEnvironment environment("GRAPEVINE_ISA", "default");
    EXPECT_EQ(current_isa(), Isa::kDefault);
  }
  const ScopedEnvironment environment("GRAPEVINE_ISA", "avx2");
  EXPECT_LE(current_isa(), Isa::kAvx2);
}

TEST(Dispatch, TheEnvironmentNeverRaisesIt) {
  const ScopedEnvironment unset("GRAPEVINE_ISA", "");
  const Isa largest = current_isa();
  const ScopedEnvironment environment("GRAPEVINE_ISA", "avx512");
  EXPECT_EQ(current_isa(), largest);
}

TEST(Dispatch, AnUnknownNameIsRefused) {
  const ScopedEnvironment environment("GRAPEVINE_ISA", "mmx");
  EXPECT_ERROR(current_isa(), "GRAPEVINE_ISA", "default, avx2 or avx512", "\"mmx\"");
}

}  // namespace
}  // namespace grapevine
