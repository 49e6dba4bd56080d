#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "grapevine/util/error.h"

namespace grapevine::cli {

/// Options that do not fit each other: exit status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// Runs the parsed subcommand.
using Run = std::function<void()>;

/// Each adds its subcommand to `app` and, when it is parsed, sets `run` to it.
void add_train(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_sample(CLI::App& app, Run& run);
void add_generate(CLI::App& app, Run& run);
void add_info(CLI::App& app, Run& run);
void add_models(CLI::App& app, Run& run);

}  // namespace grapevine::cli
