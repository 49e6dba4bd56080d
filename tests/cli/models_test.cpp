#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grapevine/nn/model_registry.h"
#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliModels : public CliTest {};

TEST_F(CliModels, ListsEveryModelWithItsOptionsAndDefaults) {
  const Outcome outcome = run_cli("models");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  for (const std::string& name : nn::model_names()) {
    const nn::ModelEntry entry = nn::model_entry(name);
    EXPECT_THAT(outcome.output, HasSubstr(entry.description));
    for (const nn::ConvOption& option : entry.options) {
      EXPECT_THAT(outcome.output, HasSubstr(option.name + "=" + option.default_value)) << name;
    }
  }
  expect_failure("models gat", 2, {"gat"});
}

}  // namespace
}  // namespace grapevine
