#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliConvert : public CliTest {};

TEST_F(CliConvert, KeepsWhatTrainingReads) {
  const std::string data = generate();
  const auto trained = [&](const std::string& path) {
    const Outcome outcome =
        run_cli("train --threads 1 --epochs 2 --hidden 8 --data '" + path + "'");
    EXPECT_EQ(outcome.status, 0) << path << outcome.errors;
    return lines_of(outcome.output).back();
  };
  const std::string expected = trained(data);
  std::string from = data;
  for (const char* format : {"binary", "ogb", "binary", "ondisk", "ogb"}) {
    const std::string to =
        (folder_ / ("converted-" + from.substr(from.size() - 3) + format)).string();
    const Outcome outcome =
        run_cli("convert --data '" + from + "' --format " + format + " --out '" + to + "'");
    EXPECT_EQ(outcome.status, 0) << format << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("wrote   " + to));
    EXPECT_EQ(trained(to), expected) << from << " to " << format;
    from = to;
  }
}

TEST_F(CliConvert, RefusesWhatItCannotReadOrWrite) {
  const std::string data = generate();
  expect_failure("convert --data '" + data + "' --format zip --out x", 2, {"--format", "zip"});
  expect_failure("convert --data '" + (folder_ / "none").string() + "' --format ogb --out x", 1,
                 {"none"});
  expect_failure("convert --data '" + data + "' --format binary --out '" +
                     (folder_ / "missing/data.gv").string() + "'",
                 1, {"missing/data.gv", "cannot be written"});
}

}  // namespace
}  // namespace grapevine
